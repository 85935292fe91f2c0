//! From a request and its injected faults to the reply: authentication, authorization, and the route's response.

use super::auth::{self, Caller, Login, Who};
use super::context::Context;
use super::reply::Reply;
use super::request::Request;
use super::state::State;
use crate::api::account::SERVICE_ACCOUNT_ID;
use crate::api::route::{Anonymous, Host, Route};
use crate::api::routes::Found;
use crate::faults::Injection;
use crate::identity::gateway;
use crate::scenario::Deployment;

/// `cloud` is the gateway's cloud id, for requests that came through it.
pub(super) fn answer(
    state: &State,
    request: &Request,
    found: Found,
    injection: &Injection,
    cloud: Option<&str>,
) -> Reply {
    // Each lock is taken once: a second reader would wait for a writer that waits for the first one.
    let (site, scenario) = (state.site(), state.scenario());
    let mut context = Context {
        site: &site,
        scenario: &scenario,
        request,
        parameters: Vec::new(),
        quirks: injection.quirks,
        credentials: &state.credentials,
        who: None,
        issued: &state.tokens,
        now: site.clock.now(),
        searches: &state.searches,
    };
    let elsewhere = found.route().is_some_and(|route| route.host == Host::Accounts);
    let mut caller = match cloud {
        // These routes check the credentials themselves.
        _ if elsewhere => Caller::Anonymous { failed: false },
        Some(cloud) => gateway::caller(&context, cloud),
        None => auth::on_site(request, &state.credentials, scenario.account.captcha),
    };
    if let (Caller::Account(Login { scopes: Some(scopes), .. }), Found::Route(route, _)) = (&caller, &found)
        && !scopes.enough(route.method, route.template)
    {
        // The gateway refuses before Jira sees the request.
        caller = Caller::Refused(gateway::scope_missing());
    }
    if injection.quirks.anonymous && matches!(caller, Caller::Account(_)) {
        caller = match cloud {
            Some(_) => Caller::Refused(gateway::unauthorised()),
            None => Caller::Anonymous { failed: true },
        };
    }
    let reply = match &injection.instead {
        // Only the site's own host gives the reason of a failed login.
        Some(instead) if instead.status == 401 && (cloud.is_some() || elsewhere) => gateway::unauthorised(),
        Some(instead) => instead.clone(),
        None => real(&mut context, found, &caller),
    };
    signed(reply, &context, &caller)
}

fn real(context: &mut Context<'_>, found: Found, caller: &Caller) -> Reply {
    if let Caller::Refused(refusal) = caller {
        return refusal.clone();
    }
    let (route, parameters) = match found {
        Found::Route(route, parameters) => (route, parameters),
        Found::OtherMethod(_) => return Reply::outer(405, "Method Not Allowed"),
        Found::Nothing => return Reply::dead_link(),
    };
    let rules = &context.scenario.site;
    // Version 3 exists in Jira Cloud only.
    if rules.deployment != Deployment::Cloud && route.template.starts_with("/rest/api/3/") {
        return Reply::dead_link();
    }
    match caller {
        Caller::Account(_) if rules.unlicensed && route.anonymous != Anonymous::Same => {
            return Reply::outer(403, "User is not licensed to use Jira");
        }
        Caller::Account(login) if !rules.unlicensed => context.who = Some(login.who),
        Caller::Anonymous { .. } if route.anonymous != Anonymous::Same => return anonymous(route),
        _ => {}
    }
    let unknown = context.request.query.iter().find(|(name, _)| !route.query.contains(&name.as_str()));
    // Atlassian's login ignores parameters it doesn't know, as OAuth wants it; Jira's routes here are strict.
    if let Some((name, _)) = unknown.filter(|_| route.host != Host::Accounts) {
        return Reply::refusal(400, format!("The query parameter '{name}' is not supported."));
    }
    context.parameters = parameters;
    (route.answer)(context).unwrap_or_else(|refusal| refusal)
}

fn anonymous(route: &Route) -> Reply {
    match route.anonymous {
        Anonymous::Empty(body) => Reply::json(body.into()),
        Anonymous::NotFound => Reply::refusal(404, "Issue does not exist or you do not have permission to see it."),
        Anonymous::Refused | Anonymous::Same => {
            Reply::outer(401, "Client must be authenticated to access this resource.")
        }
    }
}

/// Adds the authenticated account, or the reason of a failed login, to every response.
fn signed(reply: Reply, context: &Context<'_>, caller: &Caller) -> Reply {
    match caller {
        Caller::Account(Login { who: Who::ServiceAccount, .. }) => reply.with("x-aaccountid", SERVICE_ACCOUNT_ID),
        Caller::Account(_) => {
            let first = context.site.catalog.users.first();
            reply.with("x-aaccountid", first.map(|user| user.account_id.clone()).unwrap_or_default())
        }
        Caller::Anonymous { failed: true } => reply.with("x-seraph-loginreason", "AUTHENTICATED_FAILED"),
        _ => reply,
    }
}
