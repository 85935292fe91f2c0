//! The closing report as one JSON object, for programs that watch over syncs.

use super::{Report, Skipped};
use crate::{
    codes::Severity,
    output::{Clock, Outcome, Output},
    record::time,
    sync::context::SyncContext,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// What one read did. Times are UTC, to the second; properties may be added in later versions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Closing {
    /// The version of the connector.
    version: &'static str,
    /// When the run began, by the clock of its machine.
    started: String,
    /// When the run ended.
    ended: String,
    /// How long it took.
    seconds: f64,
    /// Where the site answers; null if the run ended before it was known.
    site: Option<String>,
    /// The ID of the account that read; null if unknown.
    account: Option<String>,
    /// Each stream that the run started, by name.
    streams: BTreeMap<String, Stream>,
    /// What was requested of each route, by method and path.
    requests: BTreeMap<String, Requests>,
    /// Time in which Jira accepted no request.
    throttled_seconds: f64,
    totals: Totals,
    /// Failures of the run as a whole, without secrets. What ended one stream is listed there.
    errors: Vec<String>,
}

/// The outcome of one stream.
#[derive(Debug, Serialize, JsonSchema)]
struct Stream {
    status: Status,
    /// Records sent, repetitions among them.
    records: u64,
    /// From its start to its end; streams are read in parallel.
    seconds: f64,
    /// Everything that changed before this is in what was sent, as far as is known; null if unknown.
    consistent_as_of: Option<String>,
    /// What was skipped, by code.
    skips: BTreeMap<&'static str, Skip>,
    /// Values of other types than the schema in the catalog declares, by field; they were sent as they are.
    schema_mismatches: BTreeMap<String, u64>,
    /// Why it is incomplete, without secrets.
    errors: Vec<String>,
}

/// How a stream ended. One that was still being read when the run ended is incomplete.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Complete,
    Incomplete,
}

/// What was skipped under one code.
#[derive(Debug, Serialize, JsonSchema)]
struct Skip {
    /// How often.
    times: u64,
    /// What the code means.
    why: &'static str,
    severity: Severity,
}

/// The cost of requests.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Requests {
    /// Requests sent, each try counted.
    requests: u64,
    /// Bytes of bodies received, decompressed.
    bytes: u64,
    /// Tries after the first.
    retries: u64,
    /// Requests without a usable answer in the end.
    failures: u64,
}

/// Sums over all streams and routes.
#[derive(Debug, Serialize, JsonSchema)]
struct Totals {
    /// Streams that ended complete.
    complete: u64,
    /// Streams that did not.
    incomplete: u64,
    /// Records sent.
    records: u64,
    #[serde(flatten)]
    requests: Requests,
}

/// When a run began.
#[derive(Clone, Copy)]
pub struct Begin {
    clock: Clock,
    at: i64,
    instant: Instant,
}

impl Begin {
    pub fn now(clock: Clock) -> Self {
        Self { clock, at: clock.now(), instant: Instant::now() }
    }
}

impl Closing {
    /// What is known by now; `run` is missing if it ended before it was signed in, `site` if the config could not be read.
    pub fn new(begin: Begin, out: &Output, site: Option<&str>, run: Option<&SyncContext>) -> Self {
        let mut errors = Vec::new();
        let mut streams: BTreeMap<String, Stream> =
            out.outcomes().into_iter().map(|(name, outcome)| (name, Stream::new(&outcome))).collect();
        for (name, message) in out.failures() {
            let of_stream = name.and_then(|name| streams.get_mut(&name)).map(|stream| &mut stream.errors);
            of_stream.unwrap_or(&mut errors).push(message);
        }
        if let Some(run) = run {
            run.report.add_to(&mut streams);
        }
        let incomplete = streams.values().filter(|stream| matches!(stream.status, Status::Incomplete)).count();
        let records = streams.values().map(|stream| stream.records).sum();
        let stats = run.map(|run| run.client.stats());
        Self {
            version: env!("CARGO_PKG_VERSION"),
            started: time::short(begin.at),
            ended: time::short(begin.clock.now()),
            seconds: seconds(begin.instant.elapsed()),
            site: site.map(str::to_owned),
            account: run.and_then(|run| run.client.identity().account.clone()),
            totals: Totals {
                complete: (streams.len() - incomplete) as u64,
                incomplete: incomplete as u64,
                records,
                requests: stats.map(|stats| stats.total().into()).unwrap_or_default(),
            },
            streams,
            requests: stats.into_iter().flat_map(|stats| stats.routes()).map(|(at, cost)| (at, cost.into())).collect(),
            throttled_seconds: run.map_or(0.0, |run| seconds(run.client.gate().throttled())),
            errors,
        }
    }

    /// What the object looks like, as a JSON Schema.
    pub fn schema() -> Value {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        settings.for_serialize().into_generator().into_root_schema_for::<Self>().to_value()
    }
}

impl Stream {
    fn new(outcome: &Outcome) -> Self {
        Self {
            status: if outcome.complete { Status::Complete } else { Status::Incomplete },
            records: outcome.records,
            seconds: seconds(outcome.took),
            consistent_as_of: None,
            skips: BTreeMap::new(),
            schema_mismatches: BTreeMap::new(),
            errors: Vec::new(),
        }
    }
}

impl Report {
    /// Adds what it knows to each stream.
    fn add_to(&self, streams: &mut BTreeMap<String, Stream>) {
        for ((name, _), Skipped { code, times }) in self.skips() {
            if let Some(stream) = streams.get_mut(&name) {
                stream.skips.insert(code.name, Skip { times, why: code.why, severity: self.severity(code) });
            }
        }
        for (name, fields) in self.with(|inner| inner.schema_mismatches.clone()) {
            if let Some(stream) = streams.get_mut(&name) {
                stream.schema_mismatches = fields;
            }
        }
        for (name, millis) in self.with(|inner| inner.consistent.clone()) {
            if let Some(stream) = streams.get_mut(&name) {
                stream.consistent_as_of = Some(time::short(millis));
            }
        }
    }
}

impl From<crate::client::observe::RouteStats> for Requests {
    fn from(stats: crate::client::observe::RouteStats) -> Self {
        Self { requests: stats.requests, bytes: stats.bytes, retries: stats.retries, failures: stats.failures }
    }
}

/// To the millisecond.
fn seconds(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1e3
}
