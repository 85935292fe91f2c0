//! Why signing in failed, where the error alone does not tell: no Jira there, Data Center, a suspended site, another
//! site, no licence.

use super::{Host, SignIn, auth::Signer, sites::About};
use crate::{
    client::{Error, Kind},
    protocol::Failure,
};

impl SignIn<'_> {
    /// The failure of the first question, in the words that help most.
    pub(super) async fn diagnosis(&self, host: Host, error: Error) -> Failure {
        match (host, error.kind) {
            (
                Host::Site,
                Kind::NotFound | Kind::NotJson | Kind::Malformed | Kind::Gone | Kind::Forbidden | Kind::Server,
            ) => self.no_cloud_site().await.unwrap_or_else(|| self.signed_in_but(error)),
            (Host::Gateway, Kind::NotFound) => self.elsewhere(error).await,
            // Atlassian's words for an app that has no consent for this site (reported by users).
            (Host::Gateway, Kind::Forbidden) if error.detail.contains("not installed") => self.elsewhere(error).await,
            (Host::Gateway, _) => self.signed_in_but(error),
            _ => error.into(),
        }
    }

    fn signed_in_but(&self, error: Error) -> Failure {
        match error.kind {
            Kind::Forbidden => Failure::config(format!(
                "The credentials are right, but this account may not use Jira at {} ({}). Give it product access to Jira.",
                self.meant(),
                error.said()
            )),
            _ => error.into(),
        }
    }

    async fn elsewhere(&self, error: Error) -> Failure {
        match self.reached().await {
            Ok(sites) => self.other_site(Some(&error), sites.as_deref()),
            Err(error) => error.into(),
        }
    }

    /// What stands at the address instead of a Jira Cloud site that is up; nothing if it is one.
    pub(super) async fn no_cloud_site(&self) -> Option<Failure> {
        let host = self.config.site().host();
        let stack = self.stack(self.config.site().base_url(), Signer::Nobody);
        let about = About::ask(&stack).await;
        let error = match about {
            Ok(about) if about.is_cloud() => return None,
            Ok(about) => return Some(data_center(host, &about)),
            Err(error) => error,
        };
        if let Ok(about) = About::ask_older(&stack).await
            && !about.is_cloud()
        {
            return Some(data_center(host, &about));
        }
        match error.kind {
            Kind::NotFound | Kind::NotJson | Kind::Malformed | Kind::Gone => Some(Failure::config(format!(
                "There is no Jira Cloud site at {host} ({}). Check `domain`; if it is right, open https://{host} in a browser: a free \
                 site that nobody used for long is deactivated.",
                error.said()
            ))),
            Kind::Forbidden => Some(Failure::config(format!(
                "Jira at {host} answers nobody ({}): the site may be suspended, or its plan or licence may have ended. Open \
                 https://{host} in a browser, as an admin.",
                error.said()
            ))),
            _ => None,
        }
    }
}

fn data_center(host: &str, about: &About) -> Failure {
    Failure::config(format!(
        "{host} is Jira Data Center (deployment type \"{}\"), not Jira Cloud. This connector reads Jira Cloud only.",
        about.deployment_type
    ))
}
