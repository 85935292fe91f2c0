//! What to do about rejected credentials, by the kind of credentials.

use crate::{
    client::{Request, scopes},
    config::Credentials,
};
use chrono::{DateTime, SecondsFormat, Utc};

/// Days after which an unused refresh token expires (Atlassian: OAuth 2.0 (3LO)).
const IDLE_DAYS: i64 = 90;

/// Remedies for one kind of credentials. They complete the description of an error.
#[derive(Clone, Copy, Debug)]
pub struct Remedies(Method);

#[derive(Clone, Copy, Debug)]
enum Method {
    ApiToken,
    ServiceToken,
    OAuth,
    Client,
    Organization,
}

impl Remedies {
    pub fn of(credentials: &Credentials) -> Self {
        Self(match credentials {
            Credentials::ApiToken(method) if method.is_service_account() => Method::ServiceToken,
            Credentials::ApiToken(_) => Method::ApiToken,
            Credentials::ServiceAccount(_) => Method::ServiceToken,
            Credentials::OAuth(_) => Method::OAuth,
            Credentials::ClientCredentials(_) => Method::Client,
        })
    }

    pub const fn oauth() -> Self {
        Self(Method::OAuth)
    }

    pub const fn organization() -> Self {
        Self(Method::Organization)
    }

    /// Jira never accepted the credentials.
    pub fn rejected(self) -> &'static str {
        match self.0 {
            Method::ApiToken => {
                "The email address and the API token don't belong together, or the token expired or was revoked. Check the address, \
                 and create a new token at id.atlassian.com, Security, API tokens."
            }
            Method::ServiceToken => {
                "The service account's token is wrong, expired or revoked. Ask an organization admin to create a new one at \
                 admin.atlassian.com, Directory, Service accounts."
            }
            Method::OAuth => {
                "The access token is new, so the app's access to the site was revoked. Authorize the app again (`source-jira login`, or \
                 the button of your platform)."
            }
            Method::Client => {
                "The access token is new, so the service account was deactivated or lost its access to the site. Ask an organization \
                 admin to check admin.atlassian.com, Directory, Service accounts."
            }
            Method::Organization => {
                "The API key is wrong, expired or revoked. Ask an organization admin to create a new one without scopes at \
                 admin.atlassian.com, Settings, API keys, and set `admin.api_key`."
            }
        }
    }

    /// Jira accepted the credentials earlier in the run.
    pub fn expired(self) -> &'static str {
        match self.0 {
            Method::ApiToken => {
                "The API token expired or was revoked during the run. Create a new one at id.atlassian.com, Security, API tokens. The \
                 next sync resumes from here."
            }
            Method::ServiceToken => {
                "The service account's token expired or was revoked during the run. Ask an organization admin to create a new one at \
                 admin.atlassian.com, Directory, Service accounts. The next sync resumes from here."
            }
            Method::OAuth => {
                "The app's access was revoked during the run. Authorize the app again (`source-jira login`, or the button of your \
                 platform). The next sync resumes from here."
            }
            Method::Client => {
                "The service account's credential was revoked during the run. Ask an organization admin to create a new one at \
                 admin.atlassian.com, Directory, Service accounts. The next sync resumes from here."
            }
            Method::Organization => Self(Method::Organization).rejected(),
        }
    }

    /// The token is valid, but lacks a scope.
    pub fn scope(self, request: &Request) -> String {
        let required = scopes::required_for(request.route);
        let needed = required.map_or(
            "the scope that Atlassian's page on this endpoint names".to_owned(),
            scopes::RequiredScopes::describe,
        );
        // One classic scope does the same as many granular ones, so those come last.
        let granular: Vec<&str> = required
            .filter(|scopes| !scopes.classic.is_empty())
            .into_iter()
            .flat_map(|scopes| scopes.granular())
            .collect();
        let granular = if granular.is_empty() {
            String::new()
        } else {
            format!(" Instead of the classic scope, these granular scopes work: {}.", granular.join(", "))
        };
        format!(
            "The endpoint requires {needed}: {}. Or remove the streams that read this endpoint.{granular}",
            self.grant_scope("it")
        )
    }

    /// How to add scopes to the token. `it` is the pronoun for them: "it" or "them".
    pub fn grant_scope(self, it: &str) -> String {
        match self.0 {
            Method::ApiToken => {
                format!("create a new API token with {it} at id.atlassian.com (the scopes of a token can't be changed)")
            }
            Method::ServiceToken => {
                format!("ask an organization admin to create a new token with {it} for the service account")
            }
            Method::OAuth => format!(
                "add {it} to the app's permissions in the developer console, then authorize the app again, because an authorization \
                 covers only the scopes of its time"
            ),
            Method::Client => {
                format!(
                    "ask an organization admin to create a new OAuth 2.0 credential with {it} for the service account"
                )
            }
            Method::Organization => "create a new organization API key without scopes".to_owned(),
        }
    }

    /// The credentials have no access to the site. Completes "Correct `domain`, …".
    pub fn other_site(self) -> &'static str {
        match self.0 {
            Method::OAuth => "or authorize the app again for the right site",
            Method::ServiceToken | Method::Client => {
                "or ask an organization admin to give the service account access to the right site"
            }
            Method::ApiToken | Method::Organization => {
                "or use the token of an account that has access to the right site"
            }
        }
    }
}

/// Why Atlassian no longer accepts a refresh token, and what to do. `message`: that of the token endpoint; `renewed`: when
/// the token was last replaced, if known.
pub fn grant(message: &str, renewed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let again = "Authorize the app again (`source-jira login`, or the button of your platform)";
    let revoked = message.contains("refresh_token is invalid");
    match renewed.map(|at| ((now - at).num_days(), at.to_rfc3339_opts(SecondsFormat::Secs, true))) {
        Some((days, at)) if days >= IDLE_DAYS => format!(
            "It was last used on {at}, {days} days ago, and a refresh token expires after {IDLE_DAYS} days without use. {again}."
        ),
        Some((_, at)) if revoked => format!(
            "It was renewed on {at} and has been revoked since then, by the user at id.atlassian.com, Connected apps, or by an \
             admin. {again}."
        ),
        Some((_, at)) => format!(
            "It was renewed on {at}. Since then another copy of this config has used it, which replaces it for that copy alone, \
             or the user's password was changed. Use this config in one connection only. {again}."
        ),
        None if revoked => format!(
            "It was revoked (by the user at id.atlassian.com, Connected apps, or by an admin), was mistyped, or belongs to another \
             app. {again}."
        ),
        None => format!(
            "It was used before (each use replaces it, so two copies of a config can't share one refresh token), was not used for \
             {IDLE_DAYS} days, or was mistyped. {again}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_distinguished_by_what_is_known() {
        let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        let ago = |days: i64| Some(now - chrono::TimeDelta::days(days));
        let (unknown, invalid) = ("invalid_grant: Unknown or invalid refresh token.", "refresh_token is invalid");
        for (message, renewed, expected) in [
            (unknown, ago(120), "120 days ago"),
            (invalid, ago(120), "120 days ago"),
            (unknown, ago(3), "another copy of this config"),
            (invalid, ago(3), "has been revoked since"),
            (unknown, None, "two copies of a config"),
            (invalid, None, "It was revoked"),
        ] {
            let text = grant(message, renewed, now);
            assert!(text.contains(expected) && text.contains("Authorize the app again"), "{text}");
        }
    }
}
