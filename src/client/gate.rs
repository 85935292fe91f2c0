//! How many requests may be under way, how many a second, and until when none: shared by everything that asks.
//!
//! Concurrency follows AIMD: a little more after each success, half as much after a refusal. The rate of each
//! endpoint stays under Jira's burst limits, which all apps of a site share (Jira's rate limiting page).

use super::request::Method;
use std::{collections::HashMap, sync::Mutex, time::Duration};
use tokio::{sync::Notify, time::Instant};

/// Requests a second that Jira allows, per endpoint and method, where it differs from 100.
const CEILINGS: &[(&str, f64)] = &[
    ("/rest/api/3/issue/{id}", 150.0),
    ("/rest/api/3/issue/{id}/changelog", 200.0),
    ("/rest/api/3/search/approximate-count", 150.0),
];
const CEILING: f64 = 100.0;
/// Other apps share the limits: leave them some.
const SHARE: f64 = 0.9;

pub struct Gate {
    most: f64,
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    allowed: f64,
    under_way: usize,
    last_cut: Option<Instant>,
    not_before: Option<Instant>,
    buckets: HashMap<(Method, &'static str), Bucket>,
    throttled: Duration,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

/// The right to have one request under way.
pub struct Permit<'a> {
    gate: &'a Gate,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.gate.with(|state| state.under_way = state.under_way.saturating_sub(1));
        self.gate.freed.notify_one();
    }
}

enum Turn {
    Now,
    At(Instant),
    WhenFreed,
}

impl Gate {
    /// At most `most` requests at once; half of them to begin with.
    pub fn new(most: usize) -> Self {
        let most = most.max(1) as f64;
        let state = State {
            allowed: (most / 2.0).max(1.0),
            under_way: 0,
            last_cut: None,
            not_before: None,
            buckets: HashMap::new(),
            throttled: Duration::ZERO,
        };
        Self { most, state: Mutex::new(state), freed: Notify::new() }
    }

    pub async fn enter(&self, method: Method, route: &'static str) -> Permit<'_> {
        loop {
            let freed = self.freed.notified();
            match self.with(|state| state.turn(method, route)) {
                Turn::Now => return Permit { gate: self },
                Turn::At(instant) => tokio::time::sleep_until(instant).await,
                Turn::WhenFreed => freed.await,
            }
        }
    }

    pub fn succeeded(&self) {
        self.with(|state| state.allowed = (state.allowed + 1.0 / state.allowed).min(self.most));
        self.freed.notify_one();
    }

    /// Jira refused (429, 503) or did not answer: fewer at once from now on.
    pub fn refused(&self) {
        self.with(|state| {
            // Refusals of requests that were under way together are one signal, not many.
            let now = Instant::now();
            if state.last_cut.is_none_or(|cut| now - cut > Duration::from_secs(1)) {
                state.allowed = (state.allowed / 2.0).max(1.0);
                state.last_cut = Some(now);
            }
        });
    }

    /// Nobody may ask before `wait` has passed.
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

    /// How long Jira still wants no request.
    pub fn closed_for(&self) -> Option<Duration> {
        self.with(|state| state.not_before?.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()))
    }

    /// Time in which nobody was allowed to ask, in all.
    pub fn throttled(&self) -> Duration {
        self.with(|state| state.throttled)
    }

    /// Requests that may be under way now.
    pub fn allowed(&self) -> usize {
        self.with(|state| state.allowed as usize)
    }

    /// Requests that may ever be under way at once.
    pub fn most(&self) -> usize {
        self.most as usize
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // A panic while holding the lock leaves plain numbers, which stay usable.
        change(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl State {
    fn turn(&mut self, method: Method, route: &'static str) -> Turn {
        let now = Instant::now();
        if let Some(instant) = self.not_before.filter(|instant| *instant > now) {
            return Turn::At(instant);
        }
        if self.under_way as f64 + 1.0 > self.allowed.max(1.0) {
            return Turn::WhenFreed;
        }
        let rate = ceiling(route) * SHARE;
        let most = rate / 2.0;
        let bucket = self.buckets.entry((method, route)).or_insert(Bucket { tokens: most, at: now });
        bucket.tokens = (bucket.tokens + (now - bucket.at).as_secs_f64() * rate).min(most);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            // A millisecond more than the sum says: timers round down.
            return Turn::At(now + Duration::from_secs_f64((1.0 - bucket.tokens) / rate) + Duration::from_millis(1));
        }
        bucket.tokens -= 1.0;
        self.under_way += 1;
        Turn::Now
    }
}

fn ceiling(route: &str) -> f64 {
    CEILINGS.iter().find(|(known, _)| *known == route).map_or(CEILING, |(_, ceiling)| *ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_opens_when_the_time_has_come_and_counts_it() {
        let gate = Gate::new(4);
        gate.close(Duration::from_secs(7));
        gate.close(Duration::from_secs(3));
        assert_eq!(gate.closed_for(), Some(Duration::from_secs(7)));
        let start = Instant::now();
        drop(gate.enter(Method::Get, "/a").await);
        assert_eq!(start.elapsed().as_secs(), 7);
        assert_eq!(gate.throttled(), Duration::from_secs(7));
        assert_eq!(gate.closed_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn concurrency_halves_on_refusal_and_climbs_back() {
        let gate = Gate::new(16);
        assert_eq!(gate.allowed(), 8);
        gate.refused();
        gate.refused();
        assert_eq!(gate.allowed(), 4, "refusals of one moment count once");
        for _ in 0..1000 {
            gate.succeeded();
        }
        assert_eq!(gate.allowed(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_allowed_are_under_way() {
        let gate = Gate::new(2);
        let first = gate.enter(Method::Get, "/a").await;
        assert!(tokio::time::timeout(Duration::from_secs(60), gate.enter(Method::Get, "/a")).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(1), gate.enter(Method::Get, "/a")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_of_one_endpoint_stays_under_its_ceiling() {
        let gate = Gate::new(50);
        let start = Instant::now();
        for _ in 0..1000 {
            drop(gate.enter(Method::Get, "/a").await);
        }
        let rate = (1000.0 - 45.0) / start.elapsed().as_secs_f64();
        assert!((50.0..=90.5).contains(&rate), "{rate} requests a second");
    }
}
