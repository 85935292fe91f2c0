//! Which site is meant: its cloud ID, looked up where that needs no login or listed by the credentials.

use super::{
    auth::{Auth, Signer},
    hosts::Hosts,
    remedy::Remedies,
};
use crate::{
    client::{Error, Gate, Request, Service, Stack, classify, transport::Http},
    config::Secret,
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// A site that the credentials reach.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reached {
    pub id: String,
    #[serde(default)]
    pub url: String,
}

impl Reached {
    /// The host name in its address.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':', '?']).next().unwrap_or_default()
    }
}

/// `acme.atlassian.net (cloud ID 1122…)`, for each site.
pub fn in_words(sites: &[Reached]) -> String {
    let words: Vec<String> = sites.iter().map(|site| format!("{} (cloud ID {})", site.host(), site.id)).collect();
    words.join(", ")
}

/// The cloud ID that a site itself tells to anybody.
pub async fn tenant(stack: &Stack, tries: u32) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Tenant {
        cloud_id: String,
    }
    let request = Request::get("/_edge/tenant_info", &[]).tries(tries);
    let reply = stack.call(&request).await?;
    let tenant: Tenant =
        serde_json::from_str(&reply.body).map_err(|error| classify::malformed(&request, error.to_string()))?;
    Ok(tenant.cloud_id)
}

/// The sites that a token reaches. Atlassian lists a site once for each of its products.
pub async fn reached(stack: &Stack) -> Result<Vec<Reached>, Error> {
    let request = Request::get("/oauth/token/accessible-resources", &[]).tries(3);
    let reply = stack.call(&request).await?;
    let listed: Vec<Reached> =
        serde_json::from_str(&reply.body).map_err(|error| classify::malformed(&request, error.to_string()))?;
    Ok(distinct(listed))
}

/// The sites that a new access token of OAuth 2.0 (3LO) reaches, before there is a config.
pub async fn of_token(access: &Secret, http: &Http, hosts: &Hosts) -> Result<Vec<Reached>, Error> {
    let auth = Auth::new(http.at(&hosts.api), Signer::Fixed(super::bearer(access)?), Remedies::oauth());
    // Only a host of this machine may go without TLS.
    let loopback = hosts.api.starts_with("http://");
    reached(&super::layers(auth, &Arc::new(Gate::new(1)), &Arc::default(), loopback)).await
}

fn distinct(listed: Vec<Reached>) -> Vec<Reached> {
    let by_id: BTreeMap<String, Reached> = listed.into_iter().map(|site| (site.id.clone(), site)).collect();
    let mut sites: Vec<Reached> = by_id.into_values().collect();
    sites.sort_by(|one, other| one.url.cmp(&other.url));
    sites
}

/// What a Jira says of itself to anybody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    pub base_url: String,
    /// The address that people use, where the site has one of its own.
    pub display_url: String,
    /// `Cloud`, or `Server` for Data Center.
    pub deployment_type: String,
}

impl About {
    pub async fn ask(stack: &impl Service) -> Result<Self, Error> {
        Self::at(stack, &Request::get("/rest/api/3/serverInfo", &[]).tries(2)).await
    }

    /// By the version of the API that Data Center has.
    pub async fn ask_older(stack: &impl Service) -> Result<Self, Error> {
        Self::at(stack, &Request::get("/rest/api/2/serverInfo", &[]).tries(1)).await
    }

    async fn at(stack: &impl Service, request: &Request) -> Result<Self, Error> {
        let reply = stack.call(request).await?;
        serde_json::from_str(&reply.body).map_err(|error| classify::malformed(request, error.to_string()))
    }

    pub fn is_cloud(&self) -> bool {
        self.deployment_type.is_empty() || self.deployment_type == "Cloud"
    }

    /// Whether this is the Jira behind a host name.
    pub fn has_host(&self, host: &str) -> bool {
        let of = |url: &str| Reached { id: String::new(), url: url.to_owned() }.host().eq_ignore_ascii_case(host);
        of(&self.base_url) || of(&self.display_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(id: &str, url: &str) -> Reached {
        Reached { id: id.into(), url: url.into() }
    }

    #[test]
    fn sites_are_told_once_and_by_host() {
        let listed = vec![
            site("2", "https://beta.atlassian.net"),
            site("1", "https://acme.atlassian.net/"),
            site("2", "https://beta.atlassian.net"),
        ];
        assert_eq!(in_words(&distinct(listed)), "acme.atlassian.net (cloud ID 1), beta.atlassian.net (cloud ID 2)");
    }

    #[test]
    fn either_address_names_the_site() {
        let about = About {
            base_url: "https://acme.atlassian.net".into(),
            display_url: "https://jira.acme.com".into(),
            ..About::default()
        };
        assert!(about.has_host("ACME.atlassian.net") && about.has_host("jira.acme.com"));
        assert!(!about.has_host("beta.atlassian.net") && !about.has_host(""));
        assert!(about.is_cloud());
    }
}
