//! The consent page of the 3LO app, and its redirect. (Atlassian: OAuth 2.0 (3LO).)

use std::fmt::Write;

use super::callback;
use super::form::Form;
use super::scopes::{OFFLINE, Scopes};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

/// A valid authorization request of an app.
struct AuthorizationRequest<'a> {
    scopes: Scopes,
    callback: &'a str,
}

/// The parameters that the form passes from the page to the decision.
const CARRIED: [&str; 7] = ["audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt"];

pub(super) fn page(context: &Context<'_>) -> Answer {
    let form = Form::of_query(context.request);
    let requested = parse(context, &form)?;
    let mut inside = String::from("Simulated App asks for access to your site:</p><ul>");
    for name in requested.scopes.names() {
        let _ = write!(inside, "<li>{}</li>", escape(name));
    }
    inside.push_str("</ul><form method=\"post\" action=\"/authorize\">");
    for name in CARRIED {
        if let Some(value) = form.get(name) {
            let _ = write!(inside, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
        }
    }
    inside.push_str("<button type=\"submit\" name=\"decision\" value=\"accept\">Accept</button>");
    inside.push_str("<button type=\"submit\" name=\"decision\" value=\"deny\">Cancel</button></form><p>");
    Ok(Reply::html(200, "Authorize app", &inside))
}

pub(super) fn decided(context: &Context<'_>) -> Answer {
    let form = Form::urlencoded(context.request);
    let requested = parse(context, &form)?;
    let issued;
    let mut parameters = match form.get("decision") {
        Some("accept") => {
            issued = context.tokens().issue_code(requested.scopes, requested.callback, context.now);
            vec![("code", issued.as_str())]
        }
        Some("deny") => {
            vec![("error", "access_denied"), ("error_description", "User did not authorize the request")]
        }
        _ => return Err(problem("decision", "neither accept nor deny")),
    };
    parameters.extend(form.get("state").map(|state| ("state", state)));
    let address = callback::with(requested.callback, &parameters);
    Ok(Reply::html(302, "Found", "").with("location", address))
}

/// Validates the request. Atlassian shows errors on a page and does not redirect to a URL that it can't trust.
fn parse<'a>(context: &Context<'_>, form: &'a Form) -> Result<AuthorizationRequest<'a>, Reply> {
    let rules = &context.scenario.sign_in;
    let is = |name: &str, wanted: &str, description: &str| {
        if form.get(name) == Some(wanted) { Ok(()) } else { Err(problem(name, description)) }
    };
    is("client_id", &context.credentials.client_id, "no app has this id")?;
    is("response_type", "code", "only code is supported")?;
    is("audience", "api.atlassian.com", "it must be api.atlassian.com")?;
    let callback = form.get("redirect_uri").filter(|given| callback::allowed(&rules.callback, given));
    let callback = callback.ok_or_else(|| problem("redirect_uri", "it is not the app's registered callback"))?;
    // The app's settings don't list offline_access: every app may request it.
    let known =
        |name: &&str| *name == OFFLINE || rules.app_scopes.as_ref().is_none_or(|own| own.iter().any(|one| one == name));
    let asked: Vec<&str> = form.get("scope").unwrap_or_default().split_whitespace().filter(known).collect();
    Ok(AuthorizationRequest { scopes: Scopes::of(&asked), callback })
}

fn problem(name: &str, description: &str) -> Reply {
    Reply::html(400, "Something went wrong", &format!("{name}: {description}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
