//! When the run began, by the site's clock: what every reply says of it, and the most cautious of them counts.
//!
//! Cursors follow the site's clock, which replies show in the header `Date`. A proxy, a cache or one server of many may have
//! another clock. A time that is too early costs some issues that are read again; one that is too late would lose some.

use chrono::{DateTime, Utc};
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Clocks that differ by less agree: replies take time, and `Date` has whole seconds. Milliseconds.
const TOLERANCE: i64 = 60_000;

/// The witnesses so far.
pub struct SiteClock {
    start: Instant,
    /// The earliest and the latest beginning that a reply named, epoch milliseconds.
    named: Mutex<Option<(i64, i64)>>,
}

impl SiteClock {
    /// Of a run that begins now.
    pub fn start() -> Self {
        Self { start: Instant::now(), named: Mutex::default() }
    }

    /// Takes the time in a reply that has just arrived.
    pub fn observe(&self, date: DateTime<Utc>) {
        let began = date.timestamp_millis().saturating_sub(self.start.elapsed().as_millis() as i64);
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        *named = Some(named.map_or((began, began), |(first, last)| (first.min(began), last.max(began))));
    }

    /// The beginning of the run, where a reply says that it was earlier than `assumed`, epoch milliseconds.
    pub fn no_later_than(&self, assumed: i64) -> i64 {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.map(|(first, _)| first).filter(|first| *first < assumed - TOLERANCE).unwrap_or(assumed)
    }

    /// By how many milliseconds replies disagree about the time, if they do.
    pub fn disagreement(&self) -> Option<i64> {
        let named = *self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.map(|(first, last)| last - first).filter(|apart| *apart > TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_witness_counts() {
        let clock = SiteClock::start();
        let assumed = at(0).timestamp_millis();
        assert_eq!(clock.no_later_than(assumed), assumed, "without a witness");
        clock.observe(at(0));
        tokio::time::advance(Duration::from_secs(100)).await;
        clock.observe(at(100));
        assert_eq!((clock.no_later_than(assumed), clock.disagreement()), (assumed, None));
        // One reply is an hour ahead, and what it says is not believed.
        clock.observe(at(3_700));
        assert_eq!((clock.no_later_than(assumed), clock.disagreement()), (assumed, Some(3_600_000)));
        // The first reply was ahead.
        assert_eq!(clock.no_later_than(at(3_600).timestamp_millis()), assumed);
    }
}
