//! The authentication methods, and the type of a secret, which no log or message can print.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::cloud_id::CloudId;
use crate::protocol::redaction;

/// The property of `credentials` that selects the authentication method.
pub(super) const TAG: &str = "auth_type";

/// The value of [`TAG`] for an API token: the only method that the old flat form of a config has.
pub(super) const API_TOKEN: &str = "API Token";

/// The end of every service account's email address (Atlassian support: "Understand service accounts").
const SERVICE_ACCOUNTS: &str = "@serviceaccount.atlassian.com";

/// An authentication method with its credentials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "auth_type")]
pub enum Credentials {
    #[serde(rename = "API Token")]
    #[schemars(title = "API Token")]
    ApiToken(ApiToken),
    #[serde(rename = "Service Account")]
    #[schemars(title = "Service Account")]
    ServiceAccount(ServiceAccount),
    #[serde(rename = "OAuth2.0")]
    #[schemars(title = "OAuth2.0")]
    OAuth(OAuth),
    #[serde(rename = "Service Account (client credentials)")]
    #[schemars(title = "Service Account (client credentials)")]
    ClientCredentials(ClientCredentials),
}

/// Authenticates as a user, with an email address and an API token. Those of a service account work too.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ApiToken {
    /// The email address of the Atlassian account that owns the token.
    #[schemars(title = "Email", extend("order" = 1, "examples" = ["jane@example.com"]))]
    pub email: String,

    /// Create a token at <a href="https://id.atlassian.com/manage-profile/security/api-tokens">id.atlassian.com</a>, with
    /// or without scopes. A token expires after one year at most.
    #[schemars(title = "API Token", extend("order" = 2))]
    pub api_token: Secret,

    /// The cloud ID of the site. Needed only if the token has scopes and the connector cannot look the ID up.
    #[schemars(title = "Cloud ID", extend("order" = 3))]
    pub cloud_id: Option<CloudId>,
}

/// Authenticates as a service account of your organization, with an API token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ServiceAccount {
    /// The API token of the service account. An organization admin creates it at
    /// <a href="https://admin.atlassian.com">admin.atlassian.com</a> under Directory, Service accounts.
    #[schemars(title = "Service Account Token", extend("order" = 1))]
    pub service_account_token: Secret,

    /// The cloud ID of the site. Needed only if the service account has access to several sites.
    #[schemars(title = "Cloud ID", extend("order" = 2))]
    pub cloud_id: Option<CloudId>,
}

/// Authenticates through an OAuth 2.0 app, on behalf of the user who authorized it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct OAuth {
    /// The client ID of your app in the
    /// <a href="https://developer.atlassian.com/console/myapps/">developer console</a>, under Settings.
    #[schemars(title = "Client ID", extend("order" = 1))]
    #[serde(deserialize_with = "unregistered")]
    pub client_id: Secret,

    /// The secret shown next to the client ID.
    #[schemars(title = "Client Secret", extend("order" = 2))]
    pub client_secret: Secret,

    /// The refresh token from the authorization with the scope offline_access. Atlassian replaces it at each use, so each
    /// connection needs its own.
    #[schemars(title = "Refresh Token", extend("order" = 3))]
    pub refresh_token: Secret,

    /// The cloud ID of the site. Needed only if the app is authorized for several sites.
    #[schemars(title = "Cloud ID", extend("order" = 4))]
    pub cloud_id: Option<CloudId>,

    /// The current access token. The connector updates it.
    #[schemars(title = "Access Token", extend("order" = 5, "airbyte_hidden" = true))]
    pub access_token: Option<Secret>,

    /// When the current access token expires, for example 2026-01-31T12:00:00Z. The connector updates it.
    #[schemars(title = "Access Token Expiry", extend("order" = 6, "airbyte_hidden" = true))]
    token_expiry_date: Option<String>,
}

/// Authenticates as a service account of your organization, with an OAuth 2.0 credential.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ClientCredentials {
    /// The client ID of the OAuth 2.0 credential. An organization admin creates it at
    /// <a href="https://admin.atlassian.com">admin.atlassian.com</a> under Directory, Service accounts.
    #[schemars(title = "Client ID", extend("order" = 1))]
    #[serde(deserialize_with = "unregistered")]
    pub client_id: Secret,

    /// The secret that was shown when the credential was created.
    #[schemars(title = "Client Secret", extend("order" = 2))]
    pub client_secret: Secret,

    /// The cloud ID of the site. Needed only if the service account has access to several sites.
    #[schemars(title = "Cloud ID", extend("order" = 3))]
    pub cloud_id: Option<CloudId>,
}

impl Credentials {
    /// The value of `auth_type` for this method.
    pub fn auth_type(&self) -> &'static str {
        match self {
            Self::ApiToken(_) => API_TOKEN,
            Self::ServiceAccount(_) => "Service Account",
            Self::OAuth(_) => "OAuth2.0",
            Self::ClientCredentials(_) => "Service Account (client credentials)",
        }
    }

    /// Whether these credentials may work on the site's own address. All others work only through the gatemethod.
    pub fn can_use_site(&self) -> bool {
        matches!(self, Self::ApiToken(method) if !method.is_service_account())
    }

    pub(super) fn cloud_id(&self) -> Option<&CloudId> {
        match self {
            Self::ApiToken(method) => method.cloud_id.as_ref(),
            Self::ServiceAccount(method) => method.cloud_id.as_ref(),
            Self::OAuth(method) => method.cloud_id.as_ref(),
            Self::ClientCredentials(method) => method.cloud_id.as_ref(),
        }
    }
}

impl ApiToken {
    /// Whether the token belongs to a service account.
    pub fn is_service_account(&self) -> bool {
        self.email.to_ascii_lowercase().ends_with(SERVICE_ACCOUNTS)
    }
}

impl OAuth {
    /// When the access token expires. `None`, if unknown or not a valid time: treat the token as expired.
    pub fn token_expiry(&self) -> Option<DateTime<Utc>> {
        let text = self.token_expiry_date.as_deref()?;
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
    }
}

/// A value that no log, message or debug output may contain: it is registered for redaction when it comes into being. Trimmed.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        redaction::register(text);
        Self(SecretString::from(text))
    }

    /// A value that is hidden like a secret, but may stand in texts: the address of a consent page contains the client ID.
    pub fn unregistered(text: &str) -> Self {
        Self(SecretString::from(text.trim()))
    }

    /// The value itself, for code that sends or stores it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn unregistered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    Ok(Secret::unregistered(&String::deserialize(deserializer)?))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "airbyte_secret": true })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let oauth = json!({
            "auth_type": "OAuth2.0", "client_id": "hush-id", "client_secret": "hush-secret",
            "refresh_token": "hush-refresh", "access_token": "hush-access", "token_expiry_date": "2026-01-31T12:00:00Z",
        });
        let credentials: Credentials = serde_json::from_value(oauth).unwrap();
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("hush"), "{shown}");
        assert_eq!(shown.matches("[secret]").count(), 4);
    }

    #[test]
    fn expiry_is_a_time_or_nothing() {
        let table = [
            (json!("2026-01-31T12:00:00Z"), Some(1_769_860_800)),
            (json!("2026-01-31T13:00:00.5+01:00"), Some(1_769_860_800)),
            (json!("soon"), None),
            (json!(null), None),
        ];
        for (written, expected) in table {
            let oauth: OAuth = serde_json::from_value(json!({
                "client_id": "id", "client_secret": "secret", "refresh_token": "token", "token_expiry_date": written,
            }))
            .unwrap();
            assert_eq!(oauth.token_expiry().map(|time| time.timestamp()), expected, "{written}");
        }
    }

    #[test]
    fn service_accounts_are_known_by_their_address() {
        let table =
            [("etl-1@serviceaccount.atlassian.com", true), ("E@ServiceAccount.Atlassian.Com", true), ("e@x.y", false)];
        for (email, expected) in table {
            let method = json!({"auth_type": "API Token", "email": email, "api_token": "t"});
            let credentials: Credentials = serde_json::from_value(method).unwrap();
            assert_eq!(credentials.can_use_site(), !expected, "{email}");
        }
    }

    #[test]
    fn values_are_trimmed() {
        let secret: Secret = serde_json::from_value(json!(" token\r\n")).unwrap();
        assert_eq!(secret.expose(), "token");
    }
}
