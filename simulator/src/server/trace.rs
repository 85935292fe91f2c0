//! The last requests one by one, for debugging: numbered as a [`crate::Timeline`] numbers them.

use std::collections::VecDeque;

use crate::faults::Injection;
use crate::site::edit::Edited;
use crate::time::Millis;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRequest {
    /// Counted from 1 since the timeline was set, in the order of arrival.
    pub number: u64,
    /// Method and template, such as `GET /rest/api/3/issue/{issueIdOrKey}/comment`.
    pub route: String,
    /// None while the request is under way; 0 if its connection was closed without an answer.
    pub status: Option<u16>,
    /// What the scenario did to it, such as `429 instead`; empty for nothing.
    pub fault: String,
    /// The site's clock at its arrival, in milliseconds since 1970.
    pub clock: i64,
    /// Edits that the timeline made right before it.
    pub edits: Vec<Edited>,
}

/// Keeps the last requests, none unless asked to.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    most: usize,
    requests: VecDeque<TracedRequest>,
}

impl Trace {
    /// Keeps so many from now on.
    pub(crate) fn of(most: usize) -> Self {
        Self { most, requests: VecDeque::with_capacity(most) }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.most > 0
    }

    pub(crate) fn requests(&self) -> Vec<TracedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn arrive(&mut self, request: TracedRequest) {
        if self.requests.len() == self.most {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    pub(crate) fn end(&mut self, number: u64, status: u16) {
        if let Some(request) = self.requests.iter_mut().rev().find(|request| request.number == number) {
            request.status = Some(status);
        }
    }
}

impl TracedRequest {
    pub(crate) fn new(number: u64, route: &str, clock: Millis, injection: &Injection, edits: Vec<Edited>) -> Self {
        Self { number, route: route.to_string(), status: None, fault: described(injection), clock, edits }
    }
}

fn described(injection: &Injection) -> String {
    let quirks = injection.quirks;
    let mut parts = Vec::new();
    if let Some(reply) = &injection.instead {
        parts.push(format!("{} instead", reply.status));
    }
    if injection.delay_ms > 0 {
        parts.push(format!("{} ms late", injection.delay_ms));
    }
    let named = [
        (injection.reset, "reset"),
        (injection.cut, "cut"),
        (injection.broken_json, "broken JSON"),
        (quirks.repeat_token, "repeated token"),
        (quirks.short_page, "short page"),
        (quirks.empty_page, "empty page"),
        (quirks.duplicate, "duplicate"),
        (quirks.truncate, "truncated"),
        (quirks.warned, "warned"),
        (quirks.issue_errors, "issue errors"),
        (quirks.anonymous, "anonymous"),
    ];
    parts.extend(named.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_string()));
    parts.join(", ")
}
