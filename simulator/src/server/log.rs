//! Counters of requests and responses, per route.

use std::collections::BTreeMap;

use serde::Serialize;

/// The requests of one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RouteLog {
    pub count: u64,
    pub statuses: BTreeMap<u16, u64>,
    /// Bytes of bodies as sent, after compression.
    pub bytes: u64,
}

/// The requests since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestLog {
    /// By method and template, such as `GET /rest/api/3/issue/{issueIdOrKey}/comment`.
    pub routes: BTreeMap<String, RouteLog>,
    pub statuses: BTreeMap<u16, u64>,
    pub requests: u64,
    /// Bytes of bodies as sent, after compression.
    pub bytes: u64,
    /// Bytes of bodies before compression.
    pub plain_bytes: u64,
    pub max_in_flight: u64,
    #[serde(skip)]
    pub(crate) in_flight: u64,
}

impl RequestLog {
    /// Number of requests of a route, such as `POST /rest/api/3/search/jql`.
    pub fn count(&self, route: &str) -> u64 {
        self.routes.get(route).map_or(0, |log| log.count)
    }

    /// Number of responses with a status.
    pub fn status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    pub(crate) fn begin(&mut self) {
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
    }

    /// A request that ended; status 0 stands for a connection closed without an answer.
    pub(crate) fn end(&mut self, route: &str, status: u16, sent: u64, plain: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.requests += 1;
        self.bytes += sent;
        self.plain_bytes += plain;
        *self.statuses.entry(status).or_default() += 1;
        let log = self.routes.entry(route.to_string()).or_default();
        log.count += 1;
        log.bytes += sent;
        *log.statuses.entry(status).or_default() += 1;
    }

    /// Resets the counters; requests in progress stay counted as such.
    pub(crate) fn reset(&mut self) {
        *self = Self { in_flight: self.in_flight, max_in_flight: self.in_flight, ..Self::default() };
    }
}
