//! Fault injection: decides which requests fail, and how.

pub(crate) mod body;
pub(crate) mod limiter;

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::random::Random;
use crate::scenario::{Fault, FaultKind, LimitHeaders, Scenario};
use crate::server::reply::Reply;
use crate::time::{self, Millis, SECOND};

/// Deviations of a route's response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quirks {
    pub says_last: bool,
    pub never_last: bool,
    pub same_page: bool,
    pub overlap: bool,
    pub odd_comments: bool,
    pub repeat_token: bool,
    pub short_page: bool,
    pub empty_page: bool,
    pub duplicate: bool,
    pub truncate: bool,
    pub warned: bool,
    pub issue_errors: bool,
    pub anonymous: bool,
}

/// The faults injected into one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Injection {
    pub delay_ms: u64,
    /// Replaces the real response.
    pub instead: Option<Reply>,
    pub quirks: Quirks,
    pub reset: bool,
    pub cut: bool,
    pub broken_json: bool,
    /// By how much the header `Date` is ahead.
    pub fast: Millis,
}

/// Number of matching requests, per rule.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    seen: HashMap<usize, u64>,
    /// When each rule hit for the first time.
    began: HashMap<usize, Instant>,
    /// Requests that each rule hit.
    hits: HashMap<usize, u64>,
    total: u64,
}

impl Faults {
    pub(crate) fn injection(&mut self, scenario: &Scenario, method: &str, template: &str, now: Millis) -> Injection {
        let mut injection = Injection::default();
        self.total += 1;
        for (number, rule) in scenario.faults.iter().enumerate() {
            let here = rule.route == "*" || rule.route == template;
            if !here || rule.method.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(method)) {
                continue;
            }
            let seen = self.seen.entry(number).or_default();
            *seen += 1;
            if hits(rule, *seen, scenario.seed, number) {
                let began = *self.began.entry(number).or_insert_with(Instant::now);
                if rule.lasting_ms.is_some_and(|lasting| began.elapsed() >= Duration::from_millis(lasting)) {
                    continue;
                }
                *self.hits.entry(number).or_default() += 1;
                injection.add(rule, now);
            }
        }
        let mut random = Random::of(scenario.seed, 91, self.total);
        injection.quirks.short_page |= random.unit() < scenario.search.short_pages;
        injection.quirks.empty_page |= random.unit() < scenario.search.empty_pages;
        injection.quirks.duplicate |= random.unit() < scenario.search.duplicates;
        injection
    }
}

impl Faults {
    /// Requests that a rule hit, by its place in the scenario.
    pub(crate) fn hits(&self, rule: usize) -> u64 {
        self.hits.get(&rule).copied().unwrap_or(0)
    }
}

impl Quirks {
    /// What the request asks for, as a server with these faults understands it.
    pub(crate) fn misread(self, query: &mut [(String, String)]) {
        for (name, value) in query {
            if name == "startAt" && self.same_page {
                *value = "0".to_owned();
            } else if name == "startAt" && self.overlap {
                *value = value.parse::<u64>().map_or(0, |start| start.saturating_sub(1)).to_string();
            }
        }
    }

    /// The signs of a page, as a server with these faults gives them; `asked` is the place that was asked for.
    pub(crate) fn mislead(self, reply: &mut Reply, asked: Option<u64>) {
        let misleads = self.says_last || self.never_last || self.overlap || self.odd_comments;
        if !misleads || reply.status != 200 {
            return;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return };
        if let Some(last) = body.get_mut("isLast") {
            *last = json!(self.says_last || *last == json!(true) && !self.never_last);
        }
        if let (Some(start), Some(asked), true) = (body.get_mut("startAt"), asked, self.overlap) {
            *start = json!(asked);
        }
        for issue in body.get_mut("issues").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(comments) = issue.pointer_mut("/fields/comment").filter(|_| self.odd_comments) {
                *comments = json!("2 comments");
            }
        }
        reply.body = body.to_string().into_bytes();
    }
}

fn hits(rule: &Fault, seen: u64, seed: u64, number: usize) -> bool {
    rule.every.is_none_or(|every| seen.is_multiple_of(every.max(1)))
        && rule.first.is_none_or(|first| seen <= first)
        && rule.after.is_none_or(|after| seen > after)
        && rule.probability.is_none_or(|share| Random::of(seed, 90 + 1000 * number as u64, seen).unit() < share)
}

impl Injection {
    fn add(&mut self, rule: &Fault, now: Millis) {
        let quirks = &mut self.quirks;
        match rule.kind {
            FaultKind::TooMany => self.instead = Some(too_many(rule, now)),
            FaultKind::Unavailable => {
                let reply = Reply::html(503, "Service Unavailable", "The service is temporarily unavailable.");
                self.instead = Some(with_retry_headers(reply, rule, now));
            }
            FaultKind::Broken => self.instead = Some(Reply::refusal(500, "Internal server error")),
            FaultKind::BadGateway => self.instead = Some(Reply::html(502, "502 Bad Gateway", "nginx")),
            FaultKind::GatewayTimeout => self.instead = Some(Reply::html(504, "504 Gateway Time-out", "nginx")),
            FaultKind::Unauthorised => self.instead = Some(unauthorised()),
            FaultKind::Conflict => self.instead = Some(Reply::refusal(409, "The search took too long.")),
            FaultKind::Forbidden => {
                let message = "You do not have the permission to see the specified resource.";
                self.instead = Some(Reply::refusal(403, message));
            }
            FaultKind::NotFound => {
                let message = "Issue does not exist or you do not have permission to see it.";
                self.instead = Some(Reply::refusal(404, message));
            }
            FaultKind::BadRequest => self.instead = Some(Reply::refusal(400, "The request could not be understood.")),
            FaultKind::Html => {
                let text = "We are performing maintenance and will be back soon.";
                self.instead = Some(Reply::html(rule.status.unwrap_or(200), "Jira is down for maintenance", text));
            }
            FaultKind::Clock => self.fast += rule.seconds as Millis * SECOND,
            FaultKind::Slow => self.delay_ms += rule.delay_ms,
            FaultKind::Reset => self.reset = true,
            FaultKind::Cut => self.cut = true,
            FaultKind::BrokenJson => self.broken_json = true,
            FaultKind::RepeatToken => quirks.repeat_token = true,
            FaultKind::SaysLast => quirks.says_last = true,
            FaultKind::NeverLast => quirks.never_last = true,
            FaultKind::SamePage => quirks.same_page = true,
            FaultKind::Overlap => quirks.overlap = true,
            FaultKind::OddComments => quirks.odd_comments = true,
            FaultKind::EmptyObject => self.instead = Some(Reply::json("{}".to_owned())),
            FaultKind::ShortPage => quirks.short_page = true,
            FaultKind::EmptyPage => quirks.empty_page = true,
            FaultKind::Duplicate => quirks.duplicate = true,
            FaultKind::Truncate => quirks.truncate = true,
            FaultKind::TruncateWarned => {
                quirks.truncate = true;
                quirks.warned = true;
            }
            FaultKind::IssueErrors => quirks.issue_errors = true,
            FaultKind::Anonymous => quirks.anonymous = true,
        }
    }
}

pub(crate) fn unauthorised() -> Reply {
    let text = "Client must be authenticated to access this resource.";
    Reply::outer(401, text)
        .with("x-seraph-loginreason", "AUTHENTICATED_FAILED")
        .with("www-authenticate", "OAuth realm=\"https%3A%2F%2Fsimulator.atlassian.net\"")
}

pub(crate) fn too_many(rule: &Fault, now: Millis) -> Reply {
    let reply = Reply::refusal(429, "Rate limit exceeded.");
    let reason = rule.reason.clone().unwrap_or_else(|| "jira-burst-based".into());
    if rule.headers == LimitHeaders::None {
        // As gateways respond.
        return reply.with("x-failure-category", "FAILURE_CLIENT_RATE_LIMIT");
    }
    with_retry_headers(reply, rule, now).with("ratelimit-reason", reason)
}

/// Adds the headers with the wait, in the form that the rule selects.
fn with_retry_headers(reply: Reply, rule: &Fault, now: Millis) -> Reply {
    let (seconds, zulu) = (rule.seconds.to_string(), time::zulu(now + rule.seconds as i64 * SECOND));
    match rule.headers {
        LimitHeaders::RetryAfter => {
            reply.with("retry-after", seconds).with("x-ratelimit-limit", "100").with("x-ratelimit-remaining", "0")
        }
        LimitHeaders::Reset => reply.with("x-ratelimit-reset", format!("{}Z", &zulu[..19])),
        LimitHeaders::ResetMinutes => reply.with("x-ratelimit-reset", format!("{}Z", &zulu[..16])),
        LimitHeaders::Beta => {
            reply.with("beta-retry-after", seconds).with("beta-ratelimit-policy", "\"jira-burst\";q=100;w=1")
        }
        LimitHeaders::Draft => reply
            .with("ratelimit-policy", "\"jira-burst\";q=100;w=1")
            .with("ratelimit", format!("\"jira-burst\";r=0;t={seconds}")),
        LimitHeaders::None => reply,
    }
}
