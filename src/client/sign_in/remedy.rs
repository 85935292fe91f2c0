//! What to do about refused credentials: it depends on their kind.

use crate::{
    client::{Request, scopes},
    config::Credentials,
};
use chrono::{DateTime, SecondsFormat, Utc};

/// Days after which Atlassian drops an unused refresh token (Atlassian: OAuth 2.0 (3LO)).
const IDLE_DAYS: i64 = 90;

/// Remedies for one kind of credentials.
#[derive(Clone, Copy, Debug)]
pub struct Remedies(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    ApiToken,
    ServiceToken,
    OAuth,
    Client,
    Organization,
}

impl Remedies {
    pub fn of(credentials: &Credentials) -> Self {
        Self(match credentials {
            Credentials::ApiToken(way) if way.is_service_account() => Form::ServiceToken,
            Credentials::ApiToken(_) => Form::ApiToken,
            Credentials::ServiceAccount(_) => Form::ServiceToken,
            Credentials::OAuth(_) => Form::OAuth,
            Credentials::ClientCredentials(_) => Form::Client,
        })
    }

    pub const fn oauth() -> Self {
        Self(Form::OAuth)
    }

    pub const fn organization() -> Self {
        Self(Form::Organization)
    }

    /// Jira never accepted them.
    pub fn refused(self) -> &'static str {
        match self.0 {
            Form::ApiToken => {
                "The e-mail address and the API token don't belong together, or the token expired or was revoked: check the \
                 address, and make a new token at id.atlassian.com, Security, API tokens."
            }
            Form::ServiceToken => {
                "The service account's token is wrong, expired or revoked: have an organization admin make a new one at \
                 admin.atlassian.com, Directory, Service accounts."
            }
            Form::OAuth => {
                "The access token is new, so the app's access to the site was revoked: authorize it again (`source-jira login`, or \
                 your platform's button)."
            }
            Form::Client => {
                "The access token is new, so the service account was deactivated or lost its access to the site: have an \
                 organization admin look at admin.atlassian.com, Directory, Service accounts."
            }
            Form::Organization => {
                "The API key is wrong, expired or revoked: have an organization admin make a new one, without scopes, at \
                 admin.atlassian.com, Settings, API keys, and put it into `admin.api_key`."
            }
        }
    }

    /// Jira accepted them at first.
    pub fn lapsed(self) -> &'static str {
        match self.0 {
            Form::ApiToken => {
                "The API token expired or was revoked while it was in use: make a new one at id.atlassian.com, Security, API \
                 tokens. The next sync goes on where this one stopped."
            }
            Form::ServiceToken => {
                "The service account's token expired or was revoked while it was in use: have an organization admin make a new \
                 one at admin.atlassian.com, Directory, Service accounts. The next sync goes on where this one stopped."
            }
            Form::OAuth => {
                "The app's access was revoked while it was in use: authorize it again (`source-jira login`, or your platform's \
                 button). The next sync goes on where this one stopped."
            }
            Form::Client => {
                "The service account's credential was revoked while it was in use: have an organization admin make a new one at \
                 admin.atlassian.com, Directory, Service accounts. The next sync goes on where this one stopped."
            }
            Form::Organization => Self(Form::Organization).refused(),
        }
    }

    /// The token is good, but lacks a scope.
    pub fn scope(self, request: &Request) -> String {
        let needs = scopes::of(request.route);
        let wanted =
            needs.map_or("the scope that Atlassian's page on this endpoint names".to_owned(), scopes::Needs::in_words);
        // The classic scope is one, the granular ones are many: those last.
        let granular: Vec<&str> =
            needs.filter(|needs| !needs.classic.is_empty()).into_iter().flat_map(|needs| needs.granular()).collect();
        let granular = if granular.is_empty() {
            String::new()
        } else {
            format!(" Its granular scopes are {}.", granular.join(", "))
        };
        format!("It needs {wanted}: {}. Or leave out the streams that read this endpoint.{granular}", self.gain("it"))
    }

    /// How a token comes to a scope, or to several: `it` stands for what is wanted.
    pub fn gain(self, it: &str) -> String {
        match self.0 {
            Form::ApiToken => {
                format!("make a new API token with {it} at id.atlassian.com (a token's scopes can't be changed)")
            }
            Form::ServiceToken => {
                format!("have an organization admin make a new token with {it} for the service account")
            }
            Form::OAuth => format!(
                "add {it} to the app's permissions in the developer console, then authorize the app again, because a consent \
                 covers only what was asked for at the time"
            ),
            Form::Client => {
                format!("have an organization admin make a new OAuth 2.0 credential with {it} for the service account")
            }
            Form::Organization => "make a new organization API key without scopes".to_owned(),
        }
    }

    /// The site was not among those that the credentials reach.
    pub fn other_site(self) -> &'static str {
        match self.0 {
            Form::OAuth => "or sign in again and choose the right site",
            Form::ServiceToken | Form::Client => {
                "or have an organization admin give the service account access to the right site"
            }
            Form::ApiToken | Form::Organization => "or use a token of an account that can open the right site",
        }
    }
}

/// Why a refresh token is not accepted any more, as far as it can be told.
pub fn grant(said: &str, renewed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let again = "Sign in again (`source-jira login`, or your platform's button)";
    let revoked = said.contains("refresh_token is invalid");
    match renewed.map(|at| ((now - at).num_days(), at.to_rfc3339_opts(SecondsFormat::Secs, true))) {
        Some((days, at)) if days >= IDLE_DAYS => format!(
            "It was last used on {at}, {days} days ago, and Atlassian drops a refresh token after {IDLE_DAYS} days without use. {again}."
        ),
        Some((_, at)) if revoked => format!(
            "It was renewed on {at} and has been revoked since: by the user at id.atlassian.com, Connected apps, or by an \
             admin. {again}."
        ),
        Some((_, at)) => format!(
            "It was renewed on {at}. Since then another copy of this config has used it, which replaces it for that copy alone, \
             or the user's password was changed. Let only one connection use this config. {again}."
        ),
        None if revoked => format!(
            "It was revoked (by the user at id.atlassian.com, Connected apps, or by an admin), was mistyped, or belongs to another \
             app. {again}."
        ),
        None => format!(
            "It was used before (each use replaces it, so one refresh token can't serve two copies of a config), was not used for \
             {IDLE_DAYS} days, or was mistyped. {again}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart_by_what_is_known() {
        let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        let ago = |days: i64| Some(now - chrono::TimeDelta::days(days));
        let (unknown, invalid) = ("invalid_grant: Unknown or invalid refresh token.", "refresh_token is invalid");
        for (said, renewed, expected) in [
            (unknown, ago(120), "120 days ago"),
            (invalid, ago(120), "120 days ago"),
            (unknown, ago(3), "another copy of this config"),
            (invalid, ago(3), "has been revoked since"),
            (unknown, None, "can't serve two copies"),
            (invalid, None, "It was revoked"),
        ] {
            let text = grant(said, renewed, now);
            assert!(text.contains(expected) && text.contains("Sign in again"), "{text}");
        }
    }
}
