//! The routes: combinations of a host and an authentication scheme.

use crate::config::{ApiHost, Config, Credentials};

/// A host and an authentication scheme that may work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AuthRoute {
    pub host: Host,
    pub scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Site,
    Gateway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Basic,
    Bearer,
    /// Bearer, with tokens from the token endpoint.
    Tokens,
}

impl AuthRoute {
    /// What to change in the config, so that this route is the first one. `fell_back`: Jira refused another route before.
    pub(super) fn advice(self, fell_back: bool) -> Option<&'static str> {
        (fell_back && self.host == Host::Gateway).then_some(
            "The site refused the token and the gateway accepted it, so the token has scopes. Set `api_host` to \"gateway\" to save the \
             first request.",
        )
    }
}

/// The routes that may work for these credentials, the most likely one first.
pub(super) fn candidate_routes(config: &Config) -> Vec<AuthRoute> {
    let scheme = match &config.credentials {
        Credentials::ApiToken(_) => Scheme::Basic,
        Credentials::ServiceAccount(_) => Scheme::Bearer,
        Credentials::OAuth(_) | Credentials::ClientCredentials(_) => Scheme::Tokens,
    };
    let mut routes = Vec::new();
    let is_gateway = config.site().cloud_id().is_some();
    let on_site = match config.api_host {
        ApiHost::Auto => config.credentials.can_use_site() && !is_gateway,
        ApiHost::Site => !is_gateway,
        ApiHost::Gateway => false,
    };
    if on_site {
        routes.push(AuthRoute { host: Host::Site, scheme });
    }
    if !on_site || config.api_host == ApiHost::Auto {
        routes.push(AuthRoute { host: Host::Gateway, scheme });
        if scheme == Scheme::Basic {
            // Atlassian documents Basic for tokens with scopes; users report that for some only Bearer works.
            routes.push(AuthRoute { host: Host::Gateway, scheme: Scheme::Bearer });
        }
    }
    routes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use serde_json::{Value, json};

    fn routes(credentials: Value, domain: &str, api_host: &str) -> String {
        let config = json!({"credentials": credentials, "domain": domain, "api_host": api_host}).to_string();
        let config = config::parse(config.as_bytes()).unwrap().config;
        let routes = candidate_routes(&config);
        routes.iter().map(|route| format!("{:?} {:?}", route.host, route.scheme)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_kind_of_credentials_has_its_routes() {
        let token = |email: &str| json!({"auth_type": "API Token", "email": email, "api_token": "t"});
        let (user, service) = (token("e@x.y"), token("e@serviceaccount.atlassian.com"));
        let bearer = json!({"auth_type": "Service Account", "service_account_token": "t"});
        let id = "11223344-a1b2-3b33-c444-def123456789";
        let gateway = format!("api.atlassian.com/ex/jira/{id}");
        for (credentials, domain, api_host, expected) in [
            (&user, "a.atlassian.net", "auto", "Site Basic, Gateway Basic, Gateway Bearer"),
            (&user, "a.atlassian.net", "site", "Site Basic"),
            (&user, "a.atlassian.net", "gateway", "Gateway Basic, Gateway Bearer"),
            (&user, gateway.as_str(), "auto", "Gateway Basic, Gateway Bearer"),
            (&service, "a.atlassian.net", "auto", "Gateway Basic, Gateway Bearer"),
            (&bearer, "a.atlassian.net", "auto", "Gateway Bearer"),
        ] {
            assert_eq!(routes(credentials.clone(), domain, api_host), expected, "{credentials} {domain} {api_host}");
        }
        let oauth = json!({"auth_type": "OAuth2.0", "client_id": "c", "client_secret": "s", "refresh_token": "r"});
        assert_eq!(routes(oauth, "a.atlassian.net", "gateway"), "Gateway Tokens");
    }
}
