//! Where the gateway has the site: its cloud ID as given, as the site tells it, or from the list of sites that the
//! credentials reach.

use super::{
    Host, SignIn,
    auth::Signer,
    remedy::Remedies,
    sites::{self, About, Reached},
};
use crate::{
    client::{Error, Stack},
    config::{CloudId, Credentials},
    protocol::Failure,
};

/// Hosts of Atlassian's own, in which the name of the site stands; all others are custom domains.
const OWN: [&str; 2] = [".atlassian.net", ".jira.com"];

/// Where the gateway has the site.
pub(super) struct Located {
    pub base: String,
    /// A cloud ID that was given, and that nothing has confirmed to be that of `domain`.
    unconfirmed: Option<CloudId>,
}

impl SignIn<'_> {
    /// The address of the site at the gateway.
    pub(super) async fn gateway(&self) -> Result<Located, Failure> {
        let site = self.config.site();
        if let Some(id) = site.cloud_id() {
            let base = if site.is_loopback() { site.base_url().to_owned() } else { self.hosts.gateway(id.as_str()) };
            return Ok(Located { base, unconfirmed: None });
        }
        let told = self.tenant().await;
        let mut unconfirmed = None;
        let id = match (self.config.cloud_id(), told) {
            (Some(given), Ok(told)) if *given != told => return Err(self.mismatch(given, &told).await),
            (Some(given), told) => {
                // A site behind a proxy or with a domain of its own need not tell.
                unconfirmed = told.is_err().then(|| given.clone());
                given.clone()
            }
            (None, Ok(told)) => told,
            (None, Err(error)) => self.listed(error).await?,
        };
        Ok(Located { base: self.hosts.gateway(id.as_str()), unconfirmed })
    }

    /// Makes sure that a cloud ID which was given is that of `domain`: the site at the gateway knows its addresses.
    pub(super) async fn confirm(&self, located: &Located, gateway: &Stack) -> Result<(), Failure> {
        let Some(given) = &located.unconfirmed else { return Ok(()) };
        let host = self.config.site().host();
        let about = About::ask(gateway).await?;
        if about.has_host(host) {
            return Ok(());
        }
        Err(Failure::config(format!(
            "`domain` and `cloud_id` name two sites: {given} is the cloud ID of {}, not of {host}. Correct one of them.",
            about.base_url
        )))
    }

    async fn tenant(&self) -> Result<CloudId, Error> {
        let stack = self.stack(self.config.site().base_url(), Signer::Nobody);
        // Only a comparison, if the ID is given: the gateway works without it.
        let tries = if self.config.cloud_id().is_some() { 1 } else { 2 };
        let id = sites::tenant(&stack, tries).await?;
        id.parse().map_err(|_| {
            let request = crate::client::Request::get("/_edge/tenant_info", &[]);
            crate::client::classify::malformed(&request, "the cloud ID is not a UUID")
        })
    }

    async fn mismatch(&self, given: &CloudId, told: &CloudId) -> Failure {
        let sites = self.reached().await.ok().flatten().unwrap_or_default();
        let meant = sites.iter().find(|site| site.id == given.as_str());
        let whose = meant.map_or("is another site's".to_owned(), |site| format!("is that of {}", site.host()));
        Failure::config(format!(
            "`domain` and `cloud_id` name two sites: the cloud ID of {} is {told}, and {given} {whose}. Leave `cloud_id` out, or \
             correct `domain`.",
            self.config.site().host(),
        ))
    }

    /// The sites that the credentials reach; nothing for those that can't list them.
    pub(super) async fn reached(&self) -> Result<Option<Vec<Reached>>, Error> {
        let Some(way) = self.ways().into_iter().find(|way| way.host == Host::Gateway) else { return Ok(None) };
        if matches!(self.config.credentials, Credentials::ApiToken(_)) {
            return Ok(None);
        }
        sites::reached(&self.stack(&self.hosts.api, self.signer(way.scheme)?)).await.map(Some)
    }

    /// The site did not tell its ID: perhaps the credentials do.
    async fn listed(&self, error: Error) -> Result<CloudId, Failure> {
        let host = self.config.site().host();
        let Some(sites) = self.reached().await? else {
            if let Some(failure) = self.no_cloud_site().await {
                return Err(failure);
            }
            return Err(Failure::config(format!(
                "The cloud ID of {host} could not be found out ({}). Open https://{host}/_edge/tenant_info in a browser, and write the \
                 ID into `cloud_id`.",
                error.said()
            )));
        };
        let found = sites.iter().find(|site| site.host().eq_ignore_ascii_case(host));
        let custom = !OWN.iter().any(|own| host.ends_with(own));
        match (found, sites.as_slice()) {
            (Some(site), _) => id_of(site),
            (None, [only]) if custom => {
                tracing::info!("{host} does not tell its cloud ID; the credentials reach {} alone.", only.host());
                id_of(only)
            }
            _ => Err(self.other_site(None, Some(&sites))),
        }
    }

    /// The credentials are good, but not for this site. `sites` is missing where they can't list those that they reach.
    pub(super) fn other_site(&self, said: Option<&Error>, sites: Option<&[Reached]>) -> Failure {
        let said = said.map_or(String::new(), |error| format!(" ({})", error.said()));
        let remedy = Remedies::of(&self.config.credentials).other_site();
        let reach = match sites {
            None => String::new(),
            Some([]) => " They reach no site at all.".to_owned(),
            Some(sites) => format!(" They reach {}.", sites::in_words(sites)),
        };
        Failure::config(format!(
            "The credentials do not reach {}{said}.{reach} Correct `domain` (and leave `cloud_id` out), {remedy}.",
            self.meant()
        ))
    }

    /// The site that the config names.
    pub(super) fn meant(&self) -> String {
        let site = self.config.site();
        site.cloud_id().map_or_else(|| site.host().to_owned(), |id| format!("the site with the cloud ID {id}"))
    }
}

fn id_of(site: &Reached) -> Result<CloudId, Failure> {
    site.id
        .parse()
        .map_err(|_| Failure::system("Atlassian lists a site whose cloud ID is not a UUID. Give `cloud_id`."))
}
