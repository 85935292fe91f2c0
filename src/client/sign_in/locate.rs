//! The address of the site at the gateway. It contains the cloud ID, which comes from the config, from the site, or from the
//! list of sites to which the credentials have access.

use super::{
    deployment::not_a_cloud_site,
    routes::{Host, candidate_routes},
    sites::{self, AccessibleSite, ServerInfo},
    stacks::Stacks,
};
use crate::{
    client::{
        Error, Request,
        auth::{Signer, remedy::Remedies},
        classify,
        stack::Stack,
    },
    config::{CloudId, Config, Credentials},
    protocol::Failure,
};

/// Atlassian's own domains. All others are custom domains.
const ATLASSIAN_DOMAINS: [&str; 2] = [".atlassian.net", ".jira.com"];

/// The site at the gateway.
pub(super) struct GatewaySite {
    /// The address of its API.
    pub base: String,
    /// The cloud ID in the config, if the site did not confirm it.
    unconfirmed: Option<CloudId>,
}

/// The address of the site at the gateway.
pub(super) async fn gateway(stacks: &Stacks<'_>) -> Result<GatewaySite, Failure> {
    let site = stacks.config.site();
    if let Some(id) = site.cloud_id() {
        let base = if site.is_loopback() { site.base_url().to_owned() } else { stacks.hosts.gateway(id.as_str()) };
        return Ok(GatewaySite { base, unconfirmed: None });
    }
    let published = published_cloud_id(stacks).await;
    let mut unconfirmed = None;
    let id = match (stacks.config.cloud_id(), published) {
        (Some(given), Ok(published)) if *given != published => return Err(mismatch(stacks, given, &published).await),
        (Some(given), published) => {
            // A proxy or a custom domain may not forward the request.
            unconfirmed = published.is_err().then(|| given.clone());
            given.clone()
        }
        (None, Ok(published)) => published,
        (None, Err(error)) => listed_cloud_id(stacks, error).await?,
    };
    Ok(GatewaySite { base: stacks.hosts.gateway(id.as_str()), unconfirmed })
}

/// Checks that an unconfirmed cloud ID is that of `domain`: the site at the gateway knows its addresses.
pub(super) async fn confirm(config: &Config, located: &GatewaySite, gateway: &Stack) -> Result<(), Failure> {
    let Some(given) = &located.unconfirmed else { return Ok(()) };
    let host = config.site().host();
    let info = ServerInfo::fetch(gateway).await?;
    if info.has_host(host) {
        return Ok(());
    }
    Err(Failure::config(format!(
        "`domain` and `cloud_id` are of different sites: {given} is the cloud ID of {}, not of {host}. Correct one of them.",
        info.base_url
    )))
}

/// The cloud ID that the site publishes.
async fn published_cloud_id(stacks: &Stacks<'_>) -> Result<CloudId, Error> {
    let stack = stacks.stack(stacks.config.site().base_url(), Signer::Unsigned);
    // If the config contains the ID, this is only a comparison, which may fail.
    let tries = if stacks.config.cloud_id().is_some() { 1 } else { 2 };
    let id = sites::cloud_id(&stack, tries).await?;
    id.parse().map_err(|_| {
        let request = Request::get("/_edge/tenant_info", &[]);
        classify::malformed(&request, "the cloud ID is not a UUID")
    })
}

async fn mismatch(stacks: &Stacks<'_>, given: &CloudId, published: &CloudId) -> Failure {
    let sites = accessible_sites(stacks).await.ok().flatten().unwrap_or_default();
    let other = sites.iter().find(|site| site.id == given.as_str());
    let whose = other.map_or("is that of another site".to_owned(), |site| format!("is that of {}", site.host()));
    Failure::config(format!(
        "`domain` and `cloud_id` are of different sites: the cloud ID of {} is {published}, and {given} {whose}. Remove `cloud_id`, or \
         correct `domain`.",
        stacks.config.site().host(),
    ))
}

/// The sites to which the credentials have access; `None` for credentials that can't list them.
pub(super) async fn accessible_sites(stacks: &Stacks<'_>) -> Result<Option<Vec<AccessibleSite>>, Error> {
    let Some(route) = candidate_routes(stacks.config).into_iter().find(|route| route.host == Host::Gateway) else {
        return Ok(None);
    };
    if matches!(stacks.config.credentials, Credentials::ApiToken(_)) {
        return Ok(None);
    }
    sites::accessible(&stacks.stack(&stacks.hosts.api, stacks.signer(route.scheme)?)).await.map(Some)
}

/// The cloud ID from the list of accessible sites. `error`: why the site did not publish it.
async fn listed_cloud_id(stacks: &Stacks<'_>, error: Error) -> Result<CloudId, Failure> {
    let host = stacks.config.site().host();
    let Some(sites) = accessible_sites(stacks).await? else {
        if let Some(failure) = not_a_cloud_site(stacks).await {
            return Err(failure);
        }
        return Err(Failure::config(format!(
            "The cloud ID of {host} cannot be determined ({}). Open https://{host}/_edge/tenant_info in a browser, and set \
             `cloud_id` to the ID that it shows.",
            error.summary()
        )));
    };
    let found = sites.iter().find(|site| site.host().eq_ignore_ascii_case(host));
    let custom = !ATLASSIAN_DOMAINS.iter().any(|domain| host.ends_with(domain));
    match (found, sites.as_slice()) {
        (Some(site), _) => id_of(site),
        (None, [only]) if custom => {
            tracing::info!(
                "{host} does not publish its cloud ID; using {}, the only site to which the credentials have access.",
                only.host()
            );
            id_of(only)
        }
        _ => Err(other_site(stacks.config, None, Some(&sites))),
    }
}

/// The failure of valid credentials without access to this site. `sites`: those with access, if known.
pub(super) fn other_site(config: &Config, refusal: Option<&Error>, sites: Option<&[AccessibleSite]>) -> Failure {
    let refusal = refusal.map_or(String::new(), |error| format!(" ({})", error.summary()));
    let remedy = Remedies::of(&config.credentials).other_site();
    let accessible = match sites {
        None => String::new(),
        Some([]) => " They have access to no site.".to_owned(),
        Some(sites) => format!(" They have access to {}.", sites::describe(sites)),
    };
    Failure::config(format!(
        "The credentials have no access to {}{refusal}.{accessible} Correct `domain` (and remove `cloud_id`), {remedy}.",
        site_name(config)
    ))
}

/// The site in the config, for messages.
pub(super) fn site_name(config: &Config) -> String {
    let site = config.site();
    site.cloud_id().map_or_else(|| site.host().to_owned(), |id| format!("the site with the cloud ID {id}"))
}

fn id_of(site: &AccessibleSite) -> Result<CloudId, Failure> {
    site.id.parse().map_err(|_| Failure::system("Atlassian lists a site whose cloud ID is not a UUID. Set `cloud_id`."))
}
