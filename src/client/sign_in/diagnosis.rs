//! Why authentication failed, where the error alone does not show it: no Jira at the address, Data Center, a suspended site,
//! another site, no product access.

use super::{
    deployment::not_a_cloud_site,
    locate::{accessible_sites, other_site, site_name},
    routes::Host,
    stacks::Stacks,
};
use crate::{
    client::{Error, Kind},
    config::Config,
    protocol::Failure,
};

/// The failure of the first request, with the most specific explanation.
pub(super) async fn diagnose(stacks: &Stacks<'_>, host: Host, error: Error) -> Failure {
    match (host, error.kind) {
        (
            Host::Site,
            Kind::NotFound | Kind::NotJson | Kind::Malformed | Kind::EndpointRemoved | Kind::Forbidden | Kind::Server,
        ) => not_a_cloud_site(stacks).await.unwrap_or_else(|| no_product_access(stacks.config, error)),
        (Host::Gateway, Kind::NotFound) => site_not_accessible(stacks, error).await,
        // Atlassian's message for an app that is not authorized for this site (reported by users).
        (Host::Gateway, Kind::Forbidden) if error.detail.contains("not installed") => {
            site_not_accessible(stacks, error).await
        }
        (Host::Gateway, _) => no_product_access(stacks.config, error),
        _ => error.into(),
    }
}

fn no_product_access(config: &Config, error: Error) -> Failure {
    match error.kind {
        Kind::Forbidden => Failure::config(format!(
            "The credentials are valid, but the account has no access to Jira at {} ({}). Give it product access to Jira.",
            site_name(config),
            error.summary()
        )),
        _ => error.into(),
    }
}

async fn site_not_accessible(stacks: &Stacks<'_>, error: Error) -> Failure {
    match accessible_sites(stacks).await {
        Ok(sites) => other_site(stacks.config, Some(&error), sites.as_deref()),
        Err(error) => error.into(),
    }
}
