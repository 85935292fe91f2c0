//! Authentication on the site's own host.

use super::base64;
use super::reply::Reply;
use super::request::Request;
use crate::identity::scopes::Scopes;

/// The credentials the simulator accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub email: String,
    /// API token without scopes.
    pub token: String,
    /// API token with scopes, for the same email.
    pub scoped_token: String,
    pub service_email: String,
    pub service_token: String,
    /// The OAuth 2.0 (3LO) app.
    pub client_id: String,
    pub client_secret: String,
    /// Issued to that app when the simulator starts.
    pub refresh_token: String,
    /// The service account's client, for client credentials.
    pub service_client_id: String,
    pub service_client_secret: String,
    pub org_id: String,
    pub org_key: String,
    /// Organization key with scopes: recognized, but refused.
    pub scoped_org_key: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            email: "sim@example.com".into(),
            token: "simulated-token".into(),
            scoped_token: "simulated-scoped-token".into(),
            service_email: "sim-bot@serviceaccount.atlassian.com".into(),
            service_token: "simulated-service-token".into(),
            client_id: "simulated-client".into(),
            client_secret: "simulated-client-secret".into(),
            refresh_token: "simulated-refresh-token".into(),
            service_client_id: "simulated-service-client".into(),
            service_client_secret: "simulated-service-secret".into(),
            org_id: "51310000-0000-4000-8000-0000000000a9".into(),
            org_key: "simulated-org-key".into(),
            scoped_org_key: "simulated-scoped-org-key".into(),
        }
    }
}

/// The account of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The first user of the site.
    User,
    /// The service account.
    ServiceAccount,
}

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub who: Who,
    /// `None`: the credential has no scopes.
    pub scopes: Option<Scopes>,
}

pub(crate) enum Caller {
    Account(Login),
    /// No login, or a failed login: most routes respond anyway, with empty results.
    Anonymous {
        failed: bool,
    },
    Refused(Reply),
}

pub(crate) fn on_site(request: &Request, credentials: &Credentials, captcha: bool) -> Caller {
    let Some(header) = request.header("authorization") else { return Caller::Anonymous { failed: false } };
    if captcha {
        // Locked out until a CAPTCHA is solved. (Atlassian: basic auth for REST APIs.)
        let reply = Reply::outer(403, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED");
        return Caller::Refused(reply.with("x-seraph-loginreason", "AUTHENTICATION_DENIED"));
    }
    if bearer(header).is_some() {
        // Any token: this host accepts only those of Connect. (Reported by users.)
        return Caller::Refused(Reply::outer(403, "Failed to parse Connect Session Auth Token"));
    }
    match basic(header) {
        Some((email, token)) if email == credentials.email && token == credentials.token => {
            Caller::Account(Login { who: Who::User, scopes: None })
        }
        _ => Caller::Anonymous { failed: true },
    }
}

/// Name and secret. The scheme's name is case-sensitive, with one space. (Reported by users.)
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(base64::decode(header.strip_prefix("Basic ")?)?).ok()?;
    let (name, secret) = decoded.split_once(':')?;
    Some((name.into(), secret.into()))
}

pub(crate) fn bearer(header: &str) -> Option<&str> {
    header.strip_prefix("Bearer ")
}
