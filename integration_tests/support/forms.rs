//! The forms in which a config can sign in.

use super::site::Site;
use serde_json::{Value, json};

/// One form of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    ApiToken,
    ScopedToken,
    /// A service account's token alone.
    ServiceToken,
    /// A service account's e-mail address and token.
    ServiceEmail,
    /// A service account's client credentials.
    ServiceClient,
    /// OAuth 2.0 (3LO).
    OAuth,
}

impl Form {
    pub const ALL: [Self; 6] =
        [Self::ApiToken, Self::ScopedToken, Self::ServiceToken, Self::ServiceEmail, Self::ServiceClient, Self::OAuth];

    pub fn name(self) -> &'static str {
        match self {
            Self::ApiToken => "API token",
            Self::ScopedToken => "API token with scopes",
            Self::ServiceToken => "service account token",
            Self::ServiceEmail => "service account e-mail and token",
            Self::ServiceClient => "service account client credentials",
            Self::OAuth => "OAuth 2.0 (3LO)",
        }
    }

    /// The right credentials of a simulated site.
    pub fn credentials(self, site: &Site) -> Value {
        let known = site.credentials();
        match self {
            Self::ApiToken => json!({"auth_type": "API Token", "email": known.email, "api_token": known.token}),
            Self::ScopedToken => {
                json!({"auth_type": "API Token", "email": known.email, "api_token": known.scoped_token})
            }
            Self::ServiceToken => {
                json!({"auth_type": "Service Account", "service_account_token": known.service_token})
            }
            Self::ServiceEmail => {
                json!({"auth_type": "API Token", "email": known.service_email, "api_token": known.service_token})
            }
            Self::ServiceClient => json!({
                "auth_type": "Service Account (client credentials)",
                "client_id": known.service_client_id, "client_secret": known.service_client_secret,
            }),
            Self::OAuth => json!({
                "auth_type": "OAuth2.0", "client_id": known.client_id, "client_secret": known.client_secret,
                "refresh_token": known.refresh_token,
            }),
        }
    }

    /// The member that holds the secret.
    pub fn secret(self) -> &'static str {
        match self {
            Self::ApiToken | Self::ScopedToken | Self::ServiceEmail => "api_token",
            Self::ServiceToken => "service_account_token",
            Self::ServiceClient => "client_secret",
            Self::OAuth => "refresh_token",
        }
    }
}
