//! Burst limits: a token bucket per endpoint and method, shared by all callers. (Atlassian: rate limiting.)

use std::collections::HashMap;

use crate::time::Millis;

#[derive(Debug, Default)]
pub(crate) struct Limiter {
    buckets: HashMap<String, (f64, Millis)>,
}

/// Requests a second; a full bucket holds one second's worth.
fn ceiling(method: &str, template: &str) -> f64 {
    match (method, template) {
        ("GET", "/rest/api/3/issue/{issueIdOrKey}" | "/rest/api/3/user") => 150.0,
        ("GET", "/rest/api/3/issue/{issueIdOrKey}/changelog") => 200.0,
        ("POST", "/rest/api/3/search/approximate-count") => 150.0,
        _ => 100.0,
    }
}

impl Limiter {
    /// Takes one request; `Err` when the bucket is empty.
    pub(crate) fn take(&mut self, method: &str, template: &str, scale: f64, now: Millis) -> Result<(), f64> {
        let ceiling = (ceiling(method, template) * scale).max(1.0);
        let bucket = self.buckets.entry(format!("{method} {template}")).or_insert((ceiling, now));
        bucket.0 = (bucket.0 + (now - bucket.1) as f64 / 1000.0 * ceiling).min(ceiling);
        bucket.1 = now;
        if bucket.0 < 1.0 {
            return Err(ceiling);
        }
        bucket.0 -= 1.0;
        Ok(())
    }
}
