//! How far each stream has come, and how it ended.

use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What has been written of one stream.
pub(super) struct StreamProgress {
    began: Instant,
    pub records: u64,
    pub records_since_state: u64,
    /// Records that are nested more deeply than readers may take.
    pub deep_records: u64,
    pub running: bool,
    /// Until when the platform knows that the stream waits, epoch milliseconds.
    pub rate_limited_until: Option<i64>,
    pub finished: bool,
    complete: bool,
    pub took: Duration,
    pub state: Value,
    repetitions: u64,
}

/// How a stream ended.
pub struct Outcome {
    pub complete: bool,
    pub records: u64,
    pub took: Duration,
}

/// The state's property that tells repetitions apart.
const REPETITION: &str = "beat";

impl StreamProgress {
    pub(super) fn new(state: Value) -> Self {
        Self {
            began: Instant::now(),
            records: 0,
            records_since_state: 0,
            deep_records: 0,
            running: false,
            rate_limited_until: None,
            finished: false,
            complete: false,
            took: Duration::ZERO,
            state,
            repetitions: 0,
        }
    }

    pub(super) fn finish(&mut self, complete: bool) {
        (self.finished, self.complete) = (true, complete);
        self.took = self.began.elapsed();
    }

    /// One that is still being read took the time until now.
    pub(super) fn outcome(&self) -> Outcome {
        let took = if self.finished { self.took } else { self.began.elapsed() };
        Outcome { complete: self.complete, records: self.records, took }
    }

    /// The state, marked if it would repeat the last one with records between them, which Airbyte's protocol forbids.
    pub(super) fn distinguished(&mut self, mut state: Value) -> Value {
        if self.records_since_state > 0 && same(&self.state, &state) {
            self.repetitions += 1;
            if let Some(properties) = state.as_object_mut() {
                properties.insert(REPETITION.to_owned(), self.repetitions.into());
            }
        }
        state
    }
}

/// Whether two states are equal but for their mark.
fn same(one: &Value, other: &Value) -> bool {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return one == other };
    let unmarked = |name: &&String| name.as_str() != REPETITION;
    one.keys().filter(unmarked).eq(other.keys().filter(unmarked))
        && one
            .iter()
            .filter(|(name, _)| name.as_str() != REPETITION)
            .all(|(name, value)| other.get(name) == Some(value))
}
