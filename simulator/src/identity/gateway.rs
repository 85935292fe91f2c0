//! Authentication on `api.atlassian.com/ex/jira/{cloudId}`, and the errors of the gateway.

use serde_json::json;

use super::scopes::Scopes;
use super::tokens::{Access, App};
use crate::api::account::CLOUD_ID;
use crate::scenario::TokenScheme;
use crate::server::auth::{self, Caller, Login, Who};
use crate::server::context::Context;
use crate::server::reply::Reply;
use crate::time;

/// Where the gateway's paths begin; the cloud id follows.
const PREFIX: &str = "/ex/jira/";

/// Splits a gateway path into the cloud ID and the path on the site.
pub(crate) fn split_path(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(PREFIX)?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

pub(crate) fn caller(context: &Context<'_>, cloud: &str) -> Caller {
    let header = context.request.header("authorization").unwrap_or_default();
    if cloud != CLOUD_ID {
        return Caller::Refused(other_site(context, cloud, header));
    }
    login(context, header).map_or_else(|| Caller::Refused(unauthorised()), Caller::Account)
}

fn login(context: &Context<'_>, header: &str) -> Option<Login> {
    let (own, rules) = (context.credentials, &context.scenario.sign_in);
    let scheme = rules.scoped_token_scheme;
    let configured = |who| Some(Login { who, scopes: Some(Scopes::configured(rules)) });
    if let Some((name, secret)) = auth::basic(header) {
        let is = |email: &str, token: &str| name == email && secret == token;
        return if is(&own.email, &own.token) {
            // A token without scopes has all permissions of the account.
            Some(Login { who: Who::User, scopes: None })
        } else if scheme == TokenScheme::Bearer {
            None
        } else if is(&own.email, &own.scoped_token) {
            configured(Who::User)
        } else if is(&own.service_email, &own.service_token) && !rules.service_revoked {
            configured(Who::ServiceAccount)
        } else {
            None
        };
    }
    let token = auth::bearer(header)?;
    if token == own.scoped_token && scheme != TokenScheme::Basic {
        return configured(Who::User);
    }
    oauth(context, token)
}

/// The login of a Bearer token: an issued access token, or the service account's API token.
pub(super) fn oauth(context: &Context<'_>, token: &str) -> Option<Login> {
    let rules = &context.scenario.sign_in;
    if token == context.credentials.service_token && !rules.service_revoked {
        return Some(Login { who: Who::ServiceAccount, scopes: Some(Scopes::configured(rules)) });
    }
    let access = issued(context, token).filter(|access| access.lives(rules, context.now))?;
    let who = match access.app {
        App::ThreeLegged => Who::User,
        App::Service => Who::ServiceAccount,
    };
    Some(Login { who, scopes: Some(access.scopes) })
}

fn issued(context: &Context<'_>, token: &str) -> Option<Access> {
    context.tokens().access(token).cloned()
}

/// Apps get an error that they aren't installed; all other callers get 404.
fn other_site(context: &Context<'_>, cloud: &str, header: &str) -> Reply {
    match auth::bearer(header).and_then(|token| issued(context, token)) {
        Some(access) if access.app == App::ThreeLegged => {
            if access.lives(&context.scenario.sign_in, context.now) {
                return refusal(403, "The app is not installed on this instance");
            }
            unauthorised()
        }
        _ => {
            let body = json!({"timestamp": time::zulu(context.now), "status": 404, "error": "Not Found",
                "message": "No message available", "path": format!("{PREFIX}{cloud}{}", context.request.path)});
            Reply { status: 404, ..Reply::value(&body) }
        }
    }
}

pub(crate) fn unauthorised() -> Reply {
    refusal(401, "Unauthorized")
}

/// 401, not 403. (Reported by users, common.)
pub(crate) fn scope_missing() -> Reply {
    refusal(401, "Unauthorized; scope does not match")
}

/// The form of Atlassian's outer services.
pub(super) fn refusal(status: u16, message: &str) -> Reply {
    Reply { status, ..Reply::value(&json!({"code": status, "message": message})) }
}
