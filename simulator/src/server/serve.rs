//! One request from its first byte to its last.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answer::answer;
use super::control;
use super::reply::Reply;
use super::request::{self, Request};
use super::speech::speak;
use super::state::State;
use crate::api::routes;
use crate::faults::body::Broken;
use crate::faults::{self, Fate};
use crate::identity::gateway;
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
    let (cloud, path) = match gateway::behind(&request.path) {
        Some((cloud, path)) => (Some(cloud.to_string()), path.to_string()),
        None => (None, request.path.clone()),
    };
    let request = Request { path, ..request };
    state.log().begin();
    state.course().go_on(&state);
    let mut in_flight = InFlight { state: &state, route: format!("{} other", request.method), done: (0, 0, 0) };
    let found = routes::find(&request.method, &request.path, cloud.is_some());
    let template = found.route().map_or("other", |route| route.template);
    in_flight.route = format!("{} {template}", request.method);
    let now = state.site().clock.now();
    let fate = fate(&state, &request.method, template, now);
    let wait = state.latency + Duration::from_millis(fate.delay_ms);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let mut reply = answer(&state, &request, found, &fate, cloud.as_deref());
    let (language, skew) = {
        let scenario = state.scenario();
        (scenario.account.language.clone(), scenario.site.clock_skew_seconds)
    };
    speak(&mut reply, &request, &language);
    let now = state.site().clock.now();
    let number = mix(now as u64 ^ state.log().requests.rotate_left(32));
    let reply = reply
        .with("date", when::http_date(now.saturating_add(skew.saturating_mul(when::SECOND))))
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
