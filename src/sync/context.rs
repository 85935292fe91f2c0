//! What every reader of a sync gets: the client, the output, the report, the config, and when the sync started.

use super::report::Report;
use crate::{
    client::Client, codes, config::Config, output::Output, protocol::Failure, record::keys::Keys, state::Body,
    streams::Stream,
};
use std::sync::Arc;

/// Cursors must not run ahead of the site: without its clock, this machine's is assumed to be this fast. Milliseconds.
pub const UNKNOWN_CLOCK: i64 = 15 * 60_000;

/// Clocks that differ by less agree. Milliseconds.
const CLOCKS_AGREE: i64 = 5 * 60_000;

pub struct SyncContext {
    pub client: Client,
    pub out: Arc<Output>,
    pub config: Config,
    pub report: Report,
    /// The platform's name for its job, if it has one (`WORKER_JOB_ID`).
    pub job: Option<String>,
    /// The issues that the destination holds, if a file lists them.
    pub destination_ids: Option<Keys>,
    /// The site's clock at the start, as its first reply says.
    first_date: i64,
    /// This machine's clock at the start, if it is behind the site's.
    machine: Option<i64>,
}

/// A stream of the catalog that exists, with the state that it begins with.
pub struct ConfiguredStream<S> {
    pub stream: &'static Stream,
    pub state: S,
}

impl SyncContext {
    pub fn new(
        client: Client,
        out: Arc<Output>,
        config: Config,
        job: Option<String>,
        destination_ids: Option<Keys>,
    ) -> Self {
        let report = Report::new(&config);
        let now = out.now();
        let first_date = match client.identity().date {
            Some(date) => date.timestamp_millis(),
            None => now - UNKNOWN_CLOCK,
        };
        let machine = Some(now).filter(|now| *now < first_date - CLOCKS_AGREE);
        Self { client, out, config, report, job, destination_ids, first_date, machine }
    }

    /// No cursor may lie after this, epoch milliseconds: where all replies agree on a time, it may still be that of a proxy with
    /// a fast clock, and this machine's clock is the last witness.
    pub fn cursor_limit(&self) -> i64 {
        if cfg!(mutant = "the_first_reply_alone_says_the_time") {
            return self.first_date;
        }
        self.machine.map_or(self.started(), |machine| machine.min(self.started()))
    }

    /// The site's clock at the start, epoch milliseconds: the most cautious of all that replies have said so far.
    pub fn started(&self) -> i64 {
        if cfg!(mutant = "the_first_reply_alone_says_the_time") {
            return self.first_date;
        }
        self.client.began_by(self.first_date)
    }

    /// Ends a stream with what is known of it: a failure, or what it skipped, makes it incomplete.
    pub fn end<S: Body>(&self, stream: &ConfiguredStream<S>, result: Result<(), Failure>) {
        for _ in 0..self.out.deep_records(stream.stream.name) {
            self.report.skip(stream.stream.name, &codes::DEEPLY_NESTED);
        }
        match result.err().or_else(|| self.report.failure(stream.stream.name)) {
            Some(failure) => self.give_up(stream, failure),
            None => self.out.finish(stream.stream.name, stream.state.to_json(), true),
        }
    }

    /// Ends a stream as incomplete.
    pub fn give_up<S: Body>(&self, stream: &ConfiguredStream<S>, failure: Failure) {
        self.out.fail(failure.stream(stream.stream.name));
        self.out.finish(stream.stream.name, stream.state.to_json(), false);
    }
}
