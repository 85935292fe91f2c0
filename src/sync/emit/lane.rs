//! What has gone out for one stream, and how it has come out.

use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What has gone out for one stream.
pub(super) struct Lane {
    pub(super) began: Instant,
    pub(super) records: u64,
    pub(super) since_state: u64,
    pub(super) running: bool,
    /// Until when the platform was told that it waits, epoch milliseconds.
    pub(super) rate_limited: Option<i64>,
    pub(super) finished: bool,
    pub(super) complete: bool,
    pub(super) took: Duration,
    pub(super) state: Value,
    pub(super) beats: u64,
}

/// How a stream has come out.
pub struct Outcome {
    pub complete: bool,
    pub records: u64,
    pub took: Duration,
}

impl Lane {
    pub(super) fn new(state: Value) -> Self {
        Self {
            began: Instant::now(),
            records: 0,
            since_state: 0,
            running: false,
            rate_limited: None,
            finished: false,
            complete: false,
            took: Duration::ZERO,
            state,
            beats: 0,
        }
    }

    /// One that is still under way took the time until now.
    pub(super) fn outcome(&self) -> Outcome {
        let took = if self.finished { self.took } else { self.began.elapsed() };
        Outcome { complete: self.complete, records: self.records, took }
    }

    /// The protocol forbids two identical states with records between them.
    pub(super) fn marked(&mut self, mut state: Value) -> Value {
        let without_beat = |state: &Value| {
            let mut state = state.clone();
            if let Some(members) = state.as_object_mut() {
                members.remove("beat");
            }
            state
        };
        if self.since_state > 0 && without_beat(&self.state) == without_beat(&state) {
            self.beats += 1;
            if let Some(members) = state.as_object_mut() {
                members.insert("beat".to_owned(), self.beats.into());
            }
        }
        state
    }
}
