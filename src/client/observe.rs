//! Counts the cost of every call by route, for the report, notes the time at the site, and logs failures.
//!
//! Observes the final outcome of a call: its attempts, its bytes, its error. The outermost layer, so that it counts a call
//! once and its attempts as retries. It never delays, changes or stops a call, and has no limits.

use super::{Error, Reply, Request, Service, shared::site_clock::SiteClock};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The cost of the requests to one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteStats {
    /// Requests sent, retries included.
    pub requests: u64,
    pub retries: u64,
    /// Bytes of the bodies of good replies, after decompression.
    pub bytes: u64,
    /// Calls that failed after all retries.
    pub failures: u64,
    /// Halves of surrogate pairs that good replies had in place of characters.
    pub replaced: u64,
}

impl RouteStats {
    /// A call of so many attempts.
    fn of_tries(tries: u32) -> Self {
        Self { requests: tries.into(), retries: tries.saturating_sub(1).into(), ..Self::default() }
    }

    fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            retries: self.retries + other.retries,
            bytes: self.bytes + other.bytes,
            failures: self.failures + other.failures,
            replaced: self.replaced + other.replaced,
        }
    }
}

/// Costs by route, shared by all clients of a run.
#[derive(Debug, Default)]
pub struct Stats {
    routes: Mutex<BTreeMap<String, RouteStats>>,
}

impl Stats {
    /// By method and route, for example `GET /rest/api/3/myself`.
    pub fn routes(&self) -> BTreeMap<String, RouteStats> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The sum over all routes.
    pub fn total(&self) -> RouteStats {
        self.routes().into_values().fold(RouteStats::default(), RouteStats::and)
    }

    /// Counts an attempt that belongs to no call.
    pub(super) fn add_attempt(&self, request: &Request, is_good: bool) {
        self.add(request, RouteStats { failures: u64::from(!is_good), ..RouteStats::of_tries(1) });
    }

    fn add(&self, request: &Request, call: RouteStats) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let route = routes.entry(request.label()).or_default();
        *route = route.and(call);
    }
}

/// The layer.
pub struct Observe<S> {
    inner: S,
    stats: Arc<Stats>,
    clock: Arc<SiteClock>,
}

impl<S> Observe<S> {
    pub fn new(inner: S, stats: Arc<Stats>, clock: Arc<SiteClock>) -> Self {
        Self { inner, stats, clock }
    }
}

impl<S: Service> Service for Observe<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let result = self.inner.call(request).await;
        match &result {
            Ok(reply) => {
                if let Some(date) = reply.date {
                    self.clock.observe(date);
                }
                let (bytes, replaced) = (reply.body.len() as u64, reply.replaced);
                self.stats.add(request, RouteStats { bytes, replaced, ..RouteStats::of_tries(reply.tries) });
            }
            Err(error) => {
                self.stats.add(request, RouteStats { failures: 1, ..RouteStats::of_tries(error.tries) });
                tracing::debug!(target = %request.target(), trace = error.trace.as_deref().unwrap_or("none"), "{error}");
            }
        }
        result
    }
}
