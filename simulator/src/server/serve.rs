//! One request from its first byte to its last.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::auth::{self, Caller};
use super::context::Context;
use super::control;
use super::reply::Reply;
use super::request::{self, Request};
use super::speech::speak;
use super::state::State;
use crate::api::account::CLOUD_ID;
use crate::api::routes::{self, Found, Nobody, Route};
use crate::faults::body::Broken;
use crate::faults::{self, Fate};
use crate::random::mix;
use crate::scenario::{Fault, FaultKind, LimitHeaders};
use crate::when;

/// Bodies of requests are small; the longest are a thousand ids.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

pub(crate) async fn serve(state: Arc<State>, request: axum::extract::Request) -> Response<Body> {
    let request = take_apart(request).await;
    if request.path.starts_with("/_sim") {
        return respond(&request, control::answer(&state, &request), Fate::default()).0;
    }
    let gateway = format!("/ex/jira/{CLOUD_ID}");
    let (path, through_gateway) = match request.path.strip_prefix(&gateway) {
        Some(path) => (path.to_string(), true),
        None => (request.path.clone(), false),
    };
    let request = Request { path, ..request };
    state.log().begin();
    let mut in_flight = InFlight { state: &state, route: format!("{} other", request.method), done: (0, 0, 0) };
    let found = routes::find(&request.method, &request.path);
    let template = match &found {
        Found::Route(route, _) => route.template,
        Found::OtherMethod(template) => template,
        Found::Nothing => "other",
    };
    in_flight.route = format!("{} {template}", request.method);
    let now = state.site().clock.now();
    let fate = fate(&state, &request.method, template, now);
    let wait = state.latency + Duration::from_millis(fate.delay_ms);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let mut reply = answer(&state, &request, found, &fate, through_gateway);
    speak(&mut reply, &request, &state.scenario().account.language);
    let now = state.site().clock.now();
    let number = mix(now as u64 ^ state.log().requests.rotate_left(32));
    let reply = reply
        .with("date", when::http_date(now))
        .with("atl-traceid", format!("{number:032x}"))
        .with("x-arequestid", format!("{:x}", number >> 32));
    let (response, status, sent, plain) = respond(&request, reply, fate);
    in_flight.done = (status, sent, plain);
    response
}

/// Counts the request when it is over, also when the client went away in the middle.
struct InFlight<'a> {
    state: &'a State,
    route: String,
    done: (u16, u64, u64),
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let (status, sent, plain) = self.done;
        self.state.log().end(&self.route, status, sent, plain);
    }
}

async fn take_apart(request: axum::extract::Request) -> Request {
    let (head, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value))).collect();
    let body = axum::body::to_bytes(body, LONGEST_BODY).await.unwrap_or_default().to_vec();
    Request {
        method: head.method.to_string(),
        path: head.uri.path().to_string(),
        query: request::query(head.uri.query().unwrap_or_default()),
        headers,
        body,
    }
}

/// What goes wrong with this request: by rule, or because too many came at once.
fn fate(state: &State, method: &str, template: &str, now: when::Millis) -> Fate {
    let scenario = state.scenario();
    let mut fate = state.faults().fate(&scenario, method, template, now);
    if scenario.limits.burst && state.limiter().take(method, template, scenario.limits.scale, now).is_err() {
        let rule = Fault {
            route: template.into(),
            method: None,
            kind: FaultKind::TooMany,
            probability: None,
            every: None,
            first: None,
            after: None,
            headers: LimitHeaders::RetryAfter,
            seconds: 1,
            delay_ms: 0,
            reason: None,
        };
        fate.instead = Some(faults::too_many(&rule, now));
    }
    fate
}

fn answer(state: &State, request: &Request, found: Found, fate: &Fate, gateway: bool) -> Reply {
    let scenario = state.scenario();
    let mut caller = auth::caller(request, &state.credentials, gateway, scenario.account.captcha);
    if fate.quirks.anonymous && caller == Caller::Account {
        caller = Caller::Anonymous { failed: true };
    }
    if let Some(instead) = &fate.instead {
        return signed(instead.clone(), state, caller);
    }
    let (route, parameters) = match found {
        Found::Route(route, parameters) => (route, parameters),
        Found::OtherMethod(_) => return signed(Reply::outer(405, "Method Not Allowed"), state, caller),
        Found::Nothing => return signed(Reply::dead_link(), state, caller),
    };
    let reply = match caller {
        Caller::Denied => Reply::outer(403, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED"),
        Caller::Unreadable => Reply::outer(403, "Failed to parse Connect Session Auth Token"),
        Caller::Unauthorised => {
            let body = serde_json::json!({"code": 401, "message": "Unauthorized; scope does not match"});
            Reply { status: 401, ..Reply::value(&body) }
        }
        Caller::Anonymous { .. } if route.nobody != Nobody::Same => nobody(route),
        _ => known(state, request, route, parameters, fate, caller == Caller::Account),
    };
    signed(reply, state, caller)
}

fn nobody(route: &Route) -> Reply {
    match route.nobody {
        Nobody::Empty(body) => Reply::json(body.into()),
        Nobody::NotFound => Reply::refusal(404, "Issue does not exist or you do not have permission to see it."),
        Nobody::Refused | Nobody::Same => Reply::outer(401, "Client must be authenticated to access this resource."),
    }
}

fn known(
    state: &State,
    request: &Request,
    route: &Route,
    parameters: Vec<String>,
    fate: &Fate,
    account: bool,
) -> Reply {
    if let Some((name, _)) = request.query.iter().find(|(name, _)| !route.query.contains(&name.as_str())) {
        return Reply::refusal(400, format!("The query parameter '{name}' is not supported."));
    }
    let (site, scenario) = (state.site(), state.scenario());
    let now = site.clock.now();
    let context = Context {
        site: &site,
        scenario: &scenario,
        request,
        parameters,
        quirks: fate.quirks,
        email: &state.credentials.email,
        account,
        now,
        searches: &state.searches,
    };
    (route.answer)(&context).unwrap_or_else(|refusal| refusal)
}

/// Says on every answer who was calling, as far as Jira could tell.
fn signed(reply: Reply, state: &State, caller: Caller) -> Reply {
    match caller {
        Caller::Account => {
            let site = state.site();
            let id = site.catalog.users.first().map(|user| user.account_id.clone()).unwrap_or_default();
            reply.with("x-aaccountid", id)
        }
        Caller::Anonymous { failed: true } => reply.with("x-seraph-loginreason", "AUTHENTICATED_FAILED"),
        Caller::Denied => reply.with("x-seraph-loginreason", "AUTHENTICATION_DENIED"),
        _ => reply,
    }
}

/// The response with its status (0 when none goes out) and the sizes of its body, as sent and before compression.
fn respond(request: &Request, mut reply: Reply, fate: Fate) -> (Response<Body>, u16, u64, u64) {
    if fate.broken_json {
        reply.body.truncate(reply.body.len() / 2);
    }
    let plain = reply.body.len() as u64;
    let zip = request.header("accept-encoding").is_some_and(|wanted| wanted.contains("gzip")) && reply.body.len() > 600;
    if zip {
        let mut encoder = GzEncoder::new(Vec::with_capacity(reply.body.len() / 6), Compression::fast());
        // Writing into memory can't fail.
        if encoder.write_all(&reply.body).is_ok()
            && let Ok(packed) = encoder.finish()
        {
            reply.body = packed;
            reply = reply.with("content-encoding", "gzip");
        }
    }
    let (sent, status) = (reply.body.len() as u64, if fate.reset { 0 } else { reply.status });
    let body = if fate.reset {
        Body::new(Broken::new(None, sent))
    } else if fate.cut {
        Body::new(Broken::new(Some(Bytes::copy_from_slice(&reply.body[..reply.body.len() / 2])), sent))
    } else {
        Body::from(reply.body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(reply.kind));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    (response, status, sent, plain)
}
