//! Makes each try wait for its turn, and tells the gate what came of it.

use super::{Error, Gate, Kind, Reply, Request, Service};
use std::{sync::Arc, time::Duration};

/// A wait longer than this is not waited for: the quota comes back at the top of the hour at the latest.
pub const LONGEST: Duration = Duration::from_secs(70 * 60);

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
        let permit = self.gate.enter(request.method, request.route).await;
        let result = self.inner.call(request).await;
        drop(permit);
        match &result {
            Ok(_) => self.gate.succeeded(),
            Err(error) => {
                if matches!(error.kind, Kind::RateLimited | Kind::Timeout) || error.status == Some(503) {
                    self.gate.refused();
                }
                if let Some(wait) = error.wait.filter(|_| matches!(error.kind, Kind::RateLimited | Kind::Server)) {
                    self.gate.close(wait.min(LONGEST));
                }
            }
        }
        result
    }
}
