//! Lets each attempt pass the gate, and reports the outcome to it.
//!
//! Observes the kind, the status and the named wait of each attempt's error. Lies below `retry`, so that retries wait like
//! first attempts, and above `auth`, so that a token is not renewed for a request that still waits. Limits: those of
//! [`Gate`]; a wait that Jira names closes the gate, unless it is longer than [`MAX_WAIT`].

use super::{Error, Gate, Kind, Reply, Request, Service};
use std::{sync::Arc, time::Duration};

/// The longest wait that is waited for: Jira restores a quota at the top of the hour at the latest (Jira: rate limiting).
pub const MAX_WAIT: Duration = Duration::from_secs(70 * 60);

/// The layer.
pub struct Throttle<S> {
    inner: S,
    gate: Arc<Gate>,
}

impl<S> Throttle<S> {
    pub fn new(inner: S, gate: Arc<Gate>) -> Self {
        Self { inner, gate }
    }
}

impl<S: Service> Service for Throttle<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        if request.is_probe {
            return self.inner.call(request).await;
        }
        let permit = self.gate.acquire(request.method, request.route).await;
        let result = self.inner.call(request).await;
        drop(permit);
        match &result {
            Ok(_) => self.gate.on_success(),
            Err(error) => {
                if matches!(error.kind, Kind::RateLimited | Kind::Timeout) || error.status == Some(503) {
                    self.gate.on_refusal();
                }
                let wait = error.wait.filter(|_| matches!(error.kind, Kind::RateLimited | Kind::Server));
                // A longer one is not waited for, so it holds up nothing else either.
                if let Some(wait) = wait.filter(|wait| *wait <= MAX_WAIT) {
                    self.gate.close(wait);
                }
            }
        }
        result
    }
}
