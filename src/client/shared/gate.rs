//! Limits the requests in flight, the requests per second, and the time until the next request; shared by all clients of a
//! run.
//!
//! No layer itself: `throttle` passes each attempt through it and reports the outcome. Three limits apply at the same time.
//! The concurrency follows AIMD: it starts at half of `max_concurrency`, grows by about one per round of successes, and
//! halves after a refusal or time-out, at most once a second. The rate of each endpoint and method stays below 90 % of
//! Jira's burst limit, which all apps of a site share (Jira: rate limiting). And after a refusal that names a time, nothing
//! is sent before that time.

use crate::client::request::Method;
use std::{collections::HashMap, sync::Mutex, time::Duration};
use tokio::{sync::Notify, time::Instant};

/// Requests per second that Jira allows for an endpoint and method, where that differs from [`USUAL_RATE`].
const RATES: &[(&str, f64)] = &[
    ("/rest/api/3/issue/{id}", 150.0),
    ("/rest/api/3/issue/{id}/changelog", 200.0),
    ("/rest/api/3/search/approximate-count", 150.0),
];
const USUAL_RATE: f64 = 100.0;
/// The part of a rate that is used: other apps share it.
const SHARE: f64 = 0.9;
/// Refusals within this time reduce the concurrency once.
const CUT_INTERVAL: Duration = Duration::from_secs(1);

/// The shared limits.
pub struct Gate {
    limit: f64,
    state: Mutex<State>,
    released: Notify,
}

struct State {
    concurrency: f64,
    in_flight: usize,
    last_cut: Option<Instant>,
    not_before: Option<Instant>,
    buckets: HashMap<(Method, &'static str), Bucket>,
    throttled: Duration,
}

/// A token bucket: it had `tokens` at the time `at`.
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// The right to have one request in flight, until dropped.
pub struct Permit<'a> {
    gate: &'a Gate,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.gate.with(|state| state.in_flight = state.in_flight.saturating_sub(1));
        self.gate.released.notify_one();
    }
}

/// When a request may be sent.
enum Admission {
    Now,
    At(Instant),
    /// When another request ends.
    OnRelease,
}

impl Gate {
    /// `limit`: the most requests that may ever be in flight at the same time.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1) as f64;
        let state = State {
            concurrency: (limit / 2.0).max(1.0),
            in_flight: 0,
            last_cut: None,
            not_before: None,
            buckets: HashMap::new(),
            throttled: Duration::ZERO,
        };
        Self { limit, state: Mutex::new(state), released: Notify::new() }
    }

    /// Waits until a request to this endpoint may be sent.
    pub async fn acquire(&self, method: Method, route: &'static str) -> Permit<'_> {
        loop {
            let released = self.released.notified();
            match self.with(|state| state.admit(method, route)) {
                Admission::Now => return Permit { gate: self },
                Admission::At(instant) => tokio::time::sleep_until(instant).await,
                Admission::OnRelease => released.await,
            }
        }
    }

    /// A request succeeded: raises the concurrency.
    pub fn on_success(&self) {
        self.with(|state| state.concurrency = (state.concurrency + 1.0 / state.concurrency).min(self.limit));
        self.released.notify_one();
    }

    /// Jira refused a request (429, 503) or did not answer: halves the concurrency.
    pub fn on_refusal(&self) {
        self.with(|state| {
            // Refusals of requests that were in flight together are one signal, not many.
            let now = Instant::now();
            if state.last_cut.is_none_or(|cut| now - cut > CUT_INTERVAL) {
                state.concurrency = (state.concurrency / 2.0).max(1.0);
                state.last_cut = Some(now);
            }
        });
    }

    /// Sends nothing before `wait` has passed.
    pub fn close(&self, wait: Duration) {
        self.with(|state| {
            let now = Instant::now();
            let until = now + wait;
            let before = state.not_before.filter(|instant| *instant > now).unwrap_or(now);
            if until > before {
                state.throttled += until - before;
                state.not_before = Some(until);
            }
        });
    }

    /// How long the gate stays closed, if it is closed.
    pub fn closed_for(&self) -> Option<Duration> {
        self.with(|state| state.not_before?.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()))
    }

    /// The total time for which the gate was closed.
    pub fn throttled(&self) -> Duration {
        self.with(|state| state.throttled)
    }

    /// Requests that may be in flight now.
    pub fn concurrency(&self) -> usize {
        self.with(|state| state.concurrency as usize)
    }

    /// The most requests that may ever be in flight.
    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // A panic while holding the lock leaves plain numbers, which stay usable.
        change(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl State {
    fn admit(&mut self, method: Method, route: &'static str) -> Admission {
        let now = Instant::now();
        if let Some(instant) = self.not_before.filter(|instant| *instant > now) {
            return Admission::At(instant);
        }
        if self.in_flight as f64 + 1.0 > self.concurrency.max(1.0) {
            return Admission::OnRelease;
        }
        let rate = rate_of(route) * SHARE;
        // Half a second's worth may be sent in one burst.
        let burst = rate / 2.0;
        let bucket = self.buckets.entry((method, route)).or_insert(Bucket { tokens: burst, at: now });
        bucket.tokens = (bucket.tokens + (now - bucket.at).as_secs_f64() * rate).min(burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            // A millisecond more than computed, because timers round down.
            return Admission::At(
                now + Duration::from_secs_f64((1.0 - bucket.tokens) / rate) + Duration::from_millis(1),
            );
        }
        bucket.tokens -= 1.0;
        self.in_flight += 1;
        Admission::Now
    }
}

fn rate_of(route: &str) -> f64 {
    RATES.iter().find(|(known, _)| *known == route).map_or(USUAL_RATE, |(_, rate)| *rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_opens_in_time_and_adds_up_the_wait() {
        let gate = Gate::new(4);
        gate.close(Duration::from_secs(7));
        gate.close(Duration::from_secs(3));
        assert_eq!(gate.closed_for(), Some(Duration::from_secs(7)));
        let start = Instant::now();
        drop(gate.acquire(Method::Get, "/a").await);
        assert_eq!(start.elapsed().as_secs(), 7);
        assert_eq!(gate.throttled(), Duration::from_secs(7));
        assert_eq!(gate.closed_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn concurrency_halves_on_refusal_and_climbs_back() {
        let gate = Gate::new(16);
        assert_eq!(gate.concurrency(), 8);
        gate.on_refusal();
        gate.on_refusal();
        assert_eq!(gate.concurrency(), 4, "refusals within a second count once");
        for _ in 0..1000 {
            gate.on_success();
        }
        assert_eq!(gate.concurrency(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_requests_than_the_limit_are_in_flight() {
        let gate = Gate::new(2);
        let first = gate.acquire(Method::Get, "/a").await;
        assert!(tokio::time::timeout(Duration::from_secs(60), gate.acquire(Method::Get, "/a")).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(1), gate.acquire(Method::Get, "/a")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_of_one_endpoint_stays_below_its_limit() {
        let gate = Gate::new(50);
        let start = Instant::now();
        for _ in 0..1000 {
            drop(gate.acquire(Method::Get, "/a").await);
        }
        let rate = (1000.0 - 45.0) / start.elapsed().as_secs_f64();
        assert!((50.0..=90.5).contains(&rate), "{rate} requests a second");
    }
}
