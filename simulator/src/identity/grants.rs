//! The token endpoint: codes, refresh tokens and client credentials become access tokens.

use serde_json::json;

use super::form::Form;
use super::scopes::{OFFLINE, Scopes};
use super::tokens::{App, BadCode};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) fn answer(context: &Context<'_>) -> Answer {
    let form = Form::either(context.request).with_client(context.request);
    match wanted(&form, "grant_type")? {
        "refresh_token" => refresh(context, &form),
        "authorization_code" => code(context, &form),
        "client_credentials" => service(context, &form),
        other => Err(refusal(400, "unsupported_grant_type", format!("Unsupported grant type: {other}"))),
    }
}

fn refresh(context: &Context<'_>, form: &Form) -> Answer {
    let (id, secret) = (wanted(form, "client_id")?, wanted(form, "client_secret")?);
    let token = wanted(form, "refresh_token")?;
    three_legged(context, id, secret)?;
    let rules = &context.scenario.sign_in;
    if rules.revoked {
        return Err(refusal(403, "unauthorized_client", "refresh_token is invalid"));
    }
    let used = context.tokens().exchange(token, rules, context.now);
    let (scopes, next) = used.ok_or_else(|| refusal(403, "invalid_grant", "Unknown or invalid refresh token."))?;
    let scopes = scopes.unwrap_or_else(|| Scopes::configured(rules));
    Ok(granted(context, App::ThreeLegged, scopes, next))
}

fn code(context: &Context<'_>, form: &Form) -> Answer {
    let (id, secret) = (wanted(form, "client_id")?, wanted(form, "client_secret")?);
    let (code, callback) = (wanted(form, "code")?, wanted(form, "redirect_uri")?);
    three_legged(context, id, secret)?;
    let redeemed = context.tokens().redeem(code, callback, context.now);
    let scopes = redeemed.map_err(|bad| match bad {
        BadCode::Unknown => refusal(403, "invalid_grant", "Invalid authorization code"),
        BadCode::OtherCallback => refusal(400, "invalid_request", "redirect_uri does not match"),
    })?;
    let offline = scopes.has(OFFLINE);
    let next = offline.then(|| context.tokens().issue_refresh(Some(scopes.clone()), context.now));
    Ok(granted(context, App::ThreeLegged, scopes, next))
}

/// No refresh token: the client requests a new access token. (Atlassian: OAuth 2.0 credential for service accounts.)
fn service(context: &Context<'_>, form: &Form) -> Answer {
    let (id, secret) = (wanted(form, "client_id")?, wanted(form, "client_secret")?);
    let own = context.credentials;
    let rules = &context.scenario.sign_in;
    if (id, secret) != (&own.service_client_id, &own.service_client_secret) || rules.service_revoked {
        return Err(denied());
    }
    Ok(granted(context, App::Service, Scopes::configured(rules), None))
}

fn three_legged(context: &Context<'_>, id: &str, secret: &str) -> Result<(), Reply> {
    let own = context.credentials;
    if (id, secret) == (&own.client_id, &own.client_secret) { Ok(()) } else { Err(denied()) }
}

fn granted(context: &Context<'_>, app: App, scopes: Scopes, refresh: Option<String>) -> Reply {
    let rules = &context.scenario.sign_in;
    let scope = scopes.names().join(" ");
    let token = context.tokens().issue_access(app, scopes, rules, context.now);
    let mut body = json!({"access_token": token, "token_type": "Bearer", "expires_in": rules.token_life_seconds,
        "scope": scope});
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
    }
    Reply::value(&body).with("cache-control", "no-store")
}

fn wanted<'a>(form: &'a Form, name: &str) -> Result<&'a str, Reply> {
    form.get(name).ok_or_else(|| refusal(400, "invalid_request", format!("Missing required parameter: {name}")))
}

fn denied() -> Reply {
    refusal(401, "access_denied", "Unauthorized")
}

fn refusal(status: u16, error: &str, description: impl Into<String>) -> Reply {
    Reply { status, ..Reply::value(&json!({"error": error, "error_description": description.into()})) }
}
