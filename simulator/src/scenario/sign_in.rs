//! The lifetimes and scopes of tokens, and the sites that they have access to.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignIn {
    /// Lifetime of an access token.
    pub token_life_seconds: u32,
    /// How long a replaced refresh token stays valid after its first use.
    pub leeway_seconds: u32,
    /// A refresh token expires when it isn't used for so long.
    pub idle_days: u32,
    /// Each use of a refresh token issues a new one.
    pub rotate: bool,
    /// The account revoked its consent to the 3LO app.
    pub revoked: bool,
    /// The service account's token and client are revoked.
    pub service_revoked: bool,
    /// Scopes of the tokens that no consent limits; absent: all scopes.
    pub scopes: Option<Vec<String>>,
    /// The 3LO app's registered callback; empty: any `http` URL of the local machine.
    pub callback: String,
    /// Scopes that the 3LO app may request; absent: any.
    pub app_scopes: Option<Vec<String>>,
    pub scoped_token_scheme: TokenScheme,
    /// What `accessible-resources` lists; absent: the site itself.
    pub sites: Option<Vec<ListedSite>>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            token_life_seconds: 3600,
            leeway_seconds: 600,
            idle_days: 90,
            rotate: true,
            revoked: false,
            service_revoked: false,
            scopes: None,
            callback: String::new(),
            app_scopes: None,
            scoped_token_scheme: TokenScheme::Basic,
            sites: None,
        }
    }
}

/// How API tokens with scopes are sent. (Atlassian's pages and its users disagree.)
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScheme {
    #[default]
    Basic,
    Bearer,
    Both,
}

/// One entry of `accessible-resources`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListedSite {
    pub id: String,
    pub url: String,
    pub name: String,
}
