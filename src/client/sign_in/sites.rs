//! What Atlassian reports about sites: the cloud ID and the server information, which are public, and the sites to which
//! credentials have access.

use crate::{
    client::{
        Error, Request, Service,
        auth::{Auth, Signer, header, hosts::Hosts, remedy::Remedies},
        classify,
        shared::Shared,
        stack::{Stack, layers},
        transport::Http,
    },
    config::Secret,
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// A site to which the credentials have access.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessibleSite {
    pub id: String,
    #[serde(default)]
    pub url: String,
}

impl AccessibleSite {
    /// The host name in its address.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':', '?']).next().unwrap_or_default()
    }
}

/// For messages: `acme.atlassian.net (cloud ID 1122…)`, for each site.
pub fn describe(sites: &[AccessibleSite]) -> String {
    let sites: Vec<String> = sites.iter().map(|site| format!("{} (cloud ID {})", site.host(), site.id)).collect();
    sites.join(", ")
}

/// The cloud ID of the site itself, which needs no authentication.
pub async fn cloud_id(stack: &Stack, tries: u32) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Tenant {
        cloud_id: String,
    }
    let request = Request::get("/_edge/tenant_info", &[]).tries(tries).short();
    let reply = stack.call(&request).await?;
    let tenant: Tenant = serde_json::from_str(&reply.body).map_err(|error| classify::malformed(&request, error))?;
    Ok(tenant.cloud_id)
}

/// The sites to which a token has access. Atlassian lists a site once for each of its products.
pub async fn accessible(stack: &Stack) -> Result<Vec<AccessibleSite>, Error> {
    let request = Request::get("/oauth/token/accessible-resources", &[]).tries(3).short();
    let reply = stack.call(&request).await?;
    listed(&reply.body).map(distinct).map_err(|error| classify::malformed(&request, error))
}

/// The sites in a list. One entry that can't be read must not hide the others; a list in which none can be read is no list.
fn listed(body: &str) -> serde_json::Result<Vec<AccessibleSite>> {
    let entries: Vec<Value> = serde_json::from_str(body)?;
    let (mut sites, mut failure) = (Vec::new(), None);
    for entry in entries {
        match AccessibleSite::deserialize(entry) {
            Ok(site) => sites.push(site),
            Err(error) => failure = Some(error),
        }
    }
    failure.filter(|_| sites.is_empty()).map_or(Ok(sites), Err)
}

/// The sites to which a new access token of OAuth 2.0 (3LO) has access, before there is a config.
pub async fn of_token(access: &Secret, http: &Http, hosts: &Hosts) -> Result<Vec<AccessibleSite>, Error> {
    let auth = Auth::new(http.at(&hosts.api), Signer::Fixed(header::bearer(access)?), Remedies::oauth());
    // Only a host on this machine may lack TLS.
    let loopback = hosts.api.starts_with("http://");
    accessible(&layers(auth, &Shared::new(1, loopback, Duration::ZERO))).await
}

fn distinct(listed: Vec<AccessibleSite>) -> Vec<AccessibleSite> {
    let by_id: BTreeMap<String, AccessibleSite> = listed.into_iter().map(|site| (site.id.clone(), site)).collect();
    let mut sites: Vec<AccessibleSite> = by_id.into_values().collect();
    sites.sort_by(|one, other| one.url.cmp(&other.url));
    sites
}

/// What a Jira publishes about itself, without authentication (Jira REST v3: "Get Jira instance info").
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerInfo {
    pub base_url: String,
    /// The address that people use, if the site has a custom domain.
    pub display_url: String,
    /// `Cloud`, or `Server` for Data Center.
    pub deployment_type: String,
}

impl ServerInfo {
    /// Reads it from version 3 of the API.
    pub async fn fetch(stack: &impl Service) -> Result<Self, Error> {
        Self::at(stack, &Request::get("/rest/api/3/serverInfo", &[]).tries(2)).await
    }

    /// Reads it from version 2 of the API, the only one that Data Center has.
    pub async fn fetch_v2(stack: &impl Service) -> Result<Self, Error> {
        Self::at(stack, &Request::get("/rest/api/2/serverInfo", &[]).tries(1)).await
    }

    async fn at(stack: &impl Service, request: &Request) -> Result<Self, Error> {
        let reply = stack.call(request).await?;
        serde_json::from_str(&reply.body).map_err(|error| classify::malformed(request, error))
    }

    /// Whether it is Jira Cloud. A Jira that does not say so is taken for one.
    pub fn is_cloud(&self) -> bool {
        self.deployment_type.is_empty() || self.deployment_type == "Cloud"
    }

    /// Whether a host name is one of its addresses.
    pub fn has_host(&self, host: &str) -> bool {
        let of =
            |url: &str| AccessibleSite { id: String::new(), url: url.to_owned() }.host().eq_ignore_ascii_case(host);
        of(&self.base_url) || of(&self.display_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(id: &str, url: &str) -> AccessibleSite {
        AccessibleSite { id: id.into(), url: url.into() }
    }

    #[test]
    fn sites_are_named_once_and_by_host() {
        let listed = vec![
            site("2", "https://beta.atlassian.net"),
            site("1", "https://acme.atlassian.net/"),
            site("2", "https://beta.atlassian.net"),
        ];
        assert_eq!(describe(&distinct(listed)), "acme.atlassian.net (cloud ID 1), beta.atlassian.net (cloud ID 2)");
    }

    #[test]
    fn an_entry_that_cannot_be_read_hides_no_other() {
        let good = r#"{"id": "1", "url": "https://acme.atlassian.net", "scopes": null}"#;
        let hosts = |body: &str| listed(body).map(|sites| sites.len());
        for (body, expected) in [
            (format!("[{good}, {{\"id\": null}}, {{\"url\": 7}}, 3]"), Some(1)),
            ("[]".to_owned(), Some(0)),
            (r#"[{"id": 7}]"#.to_owned(), None),
            ("{}".to_owned(), None),
        ] {
            assert_eq!(hosts(&body).ok(), expected, "{body}");
        }
    }

    #[test]
    fn either_address_names_the_site() {
        let info = ServerInfo {
            base_url: "https://acme.atlassian.net".into(),
            display_url: "https://jira.acme.com".into(),
            ..ServerInfo::default()
        };
        assert!(info.has_host("ACME.atlassian.net") && info.has_host("jira.acme.com"));
        assert!(!info.has_host("beta.atlassian.net") && !info.has_host(""));
        assert!(info.is_cloud());
    }
}
