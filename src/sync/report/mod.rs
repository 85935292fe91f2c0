//! The closing report of a run: what was read, what it cost, and what was skipped under which code.

pub mod closing;

use crate::{
    client::Client,
    codes::{self, Code, Severity},
    config::Config,
    protocol::{Failure, Level, text},
    record::time,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

#[derive(Debug, Default)]
pub struct Report {
    /// The severity of each code by the config, by name; a code that is not here has its default.
    severities: BTreeMap<&'static str, Severity>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    skips: BTreeMap<(String, &'static str), Skipped>,
    consistent: BTreeMap<String, i64>,
    /// By stream and field.
    schema_mismatches: BTreeMap<String, BTreeMap<String, u64>>,
    worklogs: u64,
    vanished: u64,
}

/// What a stream skipped under one code.
#[derive(Clone, Debug)]
pub struct Skipped {
    pub code: &'static Code,
    pub times: u64,
}

impl Report {
    pub fn new(config: &Config) -> Self {
        let severities = codes::ALL.iter().map(|code| (code.name, config.severity(code))).collect();
        Self { severities, ..Self::default() }
    }

    /// Counts something that was skipped.
    pub fn skip(&self, stream: &str, code: &'static Code) {
        self.with(|inner| {
            let key = (stream.to_owned(), code.name);
            inner.skips.entry(key).or_insert(Skipped { code, times: 0 }).times += 1;
        });
    }

    /// Counts a value of another type than declared.
    pub fn schema_mismatch(&self, stream: &str, field: String) {
        self.skip(stream, &codes::TYPE_MISMATCH);
        self.with(|inner| {
            *inner.schema_mismatches.entry(stream.to_owned()).or_default().entry(field).or_default() += 1
        });
    }

    /// How often a stream skipped something under a code.
    pub fn skips(&self) -> BTreeMap<(String, &'static str), Skipped> {
        self.with(|inner| inner.skips.clone())
    }

    /// The severity of a code in this run.
    pub fn severity(&self, code: &Code) -> Severity {
        self.severities.get(code.name).copied().unwrap_or(code.severity)
    }

    /// Why a stream must not end as complete, though nothing else of it failed: what it skipped.
    pub fn failure(&self, stream: &str) -> Option<Failure> {
        let mut skipped = String::new();
        let mut remedies = Vec::new();
        let skips = self.skips().into_iter().filter(|((of, _), _)| of == stream).map(|(_, entry)| entry);
        for Skipped { code, times } in skips.filter(|entry| self.severity(entry.code) == Severity::Fail) {
            let _ = write!(skipped, " {times} × {} ({}).", code.name, code.why);
            remedies.push(code.remedy);
        }
        (!remedies.is_empty()).then(|| {
            remedies.dedup();
            Failure::config(format!(
                "{stream} is not complete. Everything else of it was read, but this was skipped:{skipped} {} To accept that, set the \
                 code to \"warn\" in `on_skip_codes`.",
                remedies.join(" ")
            ))
        })
    }

    /// Everything that changed before this, epoch milliseconds, is in what the stream has sent, as far as is known.
    pub fn consistent_as_of(&self, stream: &str, millis: i64) {
        self.with(|inner| inner.consistent.insert(stream.to_owned(), millis));
    }

    /// Issues that were listed but not there any more, or not visible, when they were read.
    pub fn vanished(&self, count: u64) {
        self.with(|inner| inner.vanished += count);
    }

    /// Why a stream is read in full, though its cursor is known.
    pub fn full_read_reason(&self, stream: &str, last: i64, days: i64) -> String {
        format!(
            "{stream}: last read in full on {}. Some of its changes don't update the issue's `updated`, so it is re-read in full \
             every {days} days (`full_refresh_interval_days`).",
            time::short(last)
        )
    }

    /// Worklogs that the issues seen so far say they have.
    pub fn worklogs(&self, count: u64) {
        self.with(|inner| inner.worklogs += count);
    }

    pub fn worklogs_seen(&self) -> u64 {
        self.with(|inner| inner.worklogs)
    }

    /// The closing report, a line an entry.
    pub fn lines(&self, client: &Client, records: &[(String, u64)], wall: Duration) -> Vec<(Level, String)> {
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
        for (stream, millis) in self.with(|inner| inner.consistent.clone()) {
            lines.push(format!("Report, {stream}: consistent as of {}.", time::short(millis)));
        }
        for (stream, fields) in self.with(|inner| inner.schema_mismatches.clone()) {
            let fields: Vec<String> = fields.iter().map(|(field, times)| format!("{field} {times}")).collect();
            lines.push(format!(
                "Report, {stream}: values of other types than declared, by field: {}.",
                fields.join(", ")
            ));
        }
        let mut lines: Vec<(Level, String)> = lines.into_iter().map(|line| (Level::Info, line)).collect();
        lines.extend(self.skips().into_iter().map(|((stream, name), Skipped { code, times })| {
            let level = if self.severity(code) == Severity::Note { Level::Info } else { Level::Warn };
            (level, format!("Report, skipped in {stream}: {times} × {name} ({}).", code.why))
        }));
        if total.replaced > 0 {
            let line = format!(
                "Report: {} replaced by U+FFFD: Jira had cut the text within a character, and strict readers refuse what is left.",
                match total.replaced {
                    1 => "1 half of a surrogate pair was".to_owned(),
                    many => format!("{many} halves of surrogate pairs were"),
                }
            );
            lines.push((Level::Warn, line));
        }
        let vanished = self.with(|inner| inner.vanished);
        if vanished > 0 {
            let (issues, were) = (text::count(vanished, "issue"), text::agree(vanished, "was", "were"));
            let line =
                format!("Report: {issues} {were} deleted or hidden after they were listed and before they were read.");
            lines.push((Level::Info, line));
        }
        lines
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
