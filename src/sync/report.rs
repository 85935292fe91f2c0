//! What a run can say about itself at its end: what was read, what it cost, and what was left out under which code.

use crate::client::Client;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

#[derive(Debug, Default)]
pub struct Report {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    skips: BTreeMap<(String, &'static str), Skipped>,
    worklogs: u64,
    vanished: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Skipped {
    pub times: u64,
    pub why: &'static str,
}

impl Report {
    /// Counts something that was left out, and is known to be.
    pub fn skip(&self, stream: &str, code: &'static str, why: &'static str) {
        self.with(|inner| {
            let skipped = inner.skips.entry((stream.to_owned(), code)).or_default();
            skipped.times += 1;
            skipped.why = why;
        });
    }

    /// How often a stream left something out under a code.
    pub fn skips(&self) -> BTreeMap<(String, &'static str), Skipped> {
        self.with(|inner| inner.skips.clone())
    }

    /// Issues that were listed but not there any more, or not visible, when they were read.
    pub fn vanished(&self, count: u64) {
        self.with(|inner| inner.vanished += count);
    }

    /// Worklogs that the issues seen so far say they have.
    pub fn worklogs(&self, count: u64) {
        self.with(|inner| inner.worklogs += count);
    }

    pub fn worklogs_seen(&self) -> u64 {
        self.with(|inner| inner.worklogs)
    }

    /// The closing report, a line an entry.
    pub fn lines(&self, client: &Client, records: &[(String, u64)], wall: Duration) -> Vec<String> {
        let total = client.stats().total();
        let sum: u64 = records.iter().map(|(_, count)| count).sum();
        let mut lines = vec![format!(
            "Report: {sum} records, {} requests ({} retries), {:.1} MB received, throttled {:.1} s, {:.1} s in all.",
            total.requests,
            total.retries,
            total.bytes as f64 / 1e6,
            client.gate().throttled().as_secs_f64(),
            wall.as_secs_f64()
        )];
        let mut streams = String::from("Report, records by stream:");
        for (stream, count) in records {
            let _ = write!(streams, " {stream} {count}");
        }
        lines.push(streams);
        for (route, stats) in client.stats().routes() {
            let retries = if stats.retries > 0 { format!(", {} retries", stats.retries) } else { String::new() };
            let failures = if stats.failures > 0 { format!(", {} failed", stats.failures) } else { String::new() };
            lines.push(format!(
                "Report, {route}: {} requests, {:.1} MB{retries}{failures}.",
                stats.requests,
                stats.bytes as f64 / 1e6
            ));
        }
        for ((stream, code), skipped) in self.skips() {
            lines.push(format!("Report, left out of {stream}: {} × {code} ({}).", skipped.times, skipped.why));
        }
        let vanished = self.with(|inner| inner.vanished);
        if vanished > 0 {
            lines.push(format!(
                "Report: {vanished} issue(s) were deleted or hidden between being listed and being read."
            ));
        }
        lines
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
