//! Handles one request from its first byte to its last.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answer::answer;
use super::control;
use super::language::translate;
use super::reply::Reply;
use super::request::{self, Request};
use super::state::State;
use super::trace::TracedRequest;
use crate::api::routes;
use crate::faults::body::Broken;
use crate::faults::{self, Injection};
use crate::identity::gateway;
use crate::random::mix;
use crate::scenario::{Fault, FaultKind, LimitHeaders};
use crate::time;

/// Bodies of requests are small; the longest are a thousand ids.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

pub(crate) async fn serve(state: Arc<State>, request: axum::extract::Request) -> Response<Body> {
    let request = take_apart(request).await;
    if request.path.starts_with("/_sim") {
        return respond(&request, control::answer(&state, &request), Injection::default()).0;
    }
    let (cloud, path) = match gateway::split_path(&request.path) {
        Some((cloud, path)) => (Some(cloud.to_string()), path.to_string()),
        None => (None, request.path.clone()),
    };
    let request = Request { path, ..request };
    state.log().begin();
    let (number, edits) = state.timeline().advance(&state);
    let mut in_flight = InFlight { state: &state, number, route: format!("{} other", request.method), done: (0, 0, 0) };
    let found = routes::find(&request.method, &request.path, cloud.is_some());
    let template = found.route().map_or("other", |route| route.template);
    in_flight.route = format!("{} {template}", request.method);
    let now = state.site().clock.now();
    let injection = injection(&state, &request.method, template, now);
    if state.trace().is_on() {
        state.trace().arrive(TracedRequest::new(number, &in_flight.route, now, &injection, edits));
    }
    let wait = state.latency + Duration::from_millis(injection.delay_ms);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let asked = request.parameter("startAt").and_then(|start| start.parse().ok());
    let mut request = request;
    injection.quirks.misread(&mut request.query);
    let mut reply = answer(&state, &request, found, &injection, cloud.as_deref());
    injection.quirks.mislead(&mut reply, asked);
    let (language, skew) = {
        let scenario = state.scenario();
        (scenario.account.language.clone(), scenario.site.clock_skew_seconds)
    };
    translate(&mut reply, &request, &language);
    let now = state.site().clock.now();
    let number = mix(now as u64 ^ state.log().requests.rotate_left(32));
    let reply = reply
        .with(
            "date",
            time::http_date(now.saturating_add(skew.saturating_mul(time::SECOND)).saturating_add(injection.fast)),
        )
        .with("atl-traceid", format!("{number:032x}"))
        .with("x-arequestid", format!("{:x}", number >> 32));
    let (response, status, sent, plain) = respond(&request, reply, injection);
    in_flight.done = (status, sent, plain);
    response
}

/// Counts the request when it ends, also if the client disconnected.
struct InFlight<'a> {
    state: &'a State,
    number: u64,
    route: String,
    done: (u16, u64, u64),
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let (status, sent, plain) = self.done;
        self.state.log().end(&self.route, status, sent, plain);
        self.state.trace().end(self.number, status);
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

/// The faults of this request: those of the scenario, and the rate limit.
fn injection(state: &State, method: &str, template: &str, now: time::Millis) -> Injection {
    let scenario = state.scenario();
    let mut injection = state.faults().injection(&scenario, method, template, now);
    if scenario.limits.burst && state.limiter().take(method, template, scenario.limits.scale, now).is_err() {
        let rule = Fault {
            route: template.into(),
            method: None,
            kind: FaultKind::TooMany,
            probability: None,
            every: None,
            first: None,
            after: None,
            lasting_ms: None,
            headers: LimitHeaders::RetryAfter,
            seconds: 1,
            delay_ms: 0,
            reason: None,
            status: None,
        };
        injection.instead = Some(faults::too_many(&rule, now));
    }
    injection
}

/// The response with its status (0 when none goes out) and the sizes of its body, as sent and before compression.
fn respond(request: &Request, mut reply: Reply, injection: Injection) -> (Response<Body>, u16, u64, u64) {
    if injection.broken_json {
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
    let (sent, status) = (reply.body.len() as u64, if injection.reset { 0 } else { reply.status });
    let body = if injection.reset {
        Body::new(Broken::new(None, sent))
    } else if injection.cut {
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
