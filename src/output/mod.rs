//! The only writer of stdout: whole lines, in order, each STATE after the records it covers.
//!
//! [`Output`] keeps the lifecycle of each stream legal (STARTED, RUNNING before the first record, one final status), counts
//! the records between states, redacts secrets and sends heartbeats. An [`Encoder`] writes the lines of one protocol; a
//! [`Writer`] hands them to stdout, on a thread of its own behind a bounded queue.

mod airbyte;
mod clock;
mod column_selection;
mod encoder;
pub mod log;
mod progress;
mod singer;
mod writer;

pub use clock::Clock;
pub use progress::Outcome;

use crate::protocol::{
    Failure, Level, Message, StreamStatus, Trace,
    message::Log,
    redaction::redact,
    singer::SelectedStream,
    text::one_line,
    trace::{Body, ErrorBody},
};
use crate::record::{depth, time};
use encoder::{Encoder, Record};
use progress::StreamProgress;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use writer::Writer;

/// Enough for a page of issues; the rest goes out with each STATE and each heartbeat.
const BUFFER: usize = 256 * 1024;
/// At most so many records of a stream between two of its states.
const STATE_RECORDS: u64 = 5_000;
/// What all requests wait for at the moment.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// How long Jira's rate limit still lets none pass.
    pub rate_limit: Option<Duration>,
    /// The outage of the site, for people, and how long it is still waited for.
    pub outage: Option<(String, Duration)>,
}

/// A LOG line at least so often.
const LOG_EVERY: Duration = Duration::from_secs(55);
/// A RECORD or STATE at least so often: platforms count only those as signs of life.
const STATE_EVERY: Duration = Duration::from_secs(280);

/// Completes a stream's state before it is written: adds what all states share.
pub type CompleteState = Box<dyn Fn(&str, Value) -> Value + Send>;

pub struct Output {
    inner: Mutex<Inner>,
    writer: Writer,
    clock: Clock,
}

struct Inner {
    encoder: Box<dyn Encoder>,
    buffer: Vec<u8>,
    streams: BTreeMap<String, StreamProgress>,
    complete_state: Option<CompleteState>,
    closed: bool,
    /// As they came: secrets may become known only later.
    failures: Vec<Failure>,
    last_log: Instant,
    last_activity: Instant,
}

impl Output {
    /// Airbyte's protocol on `out`, written by whoever calls: for tests and for outputs in memory.
    pub fn new(out: Box<dyn Write + Send>, clock: Clock) -> Self {
        Self::of(Box::new(airbyte::Airbyte), Writer::direct(out), clock)
    }

    /// Airbyte's protocol on `out`, written by a thread.
    pub fn airbyte(out: Box<dyn Write + Send>, clock: Clock) -> Self {
        Self::of(Box::new(airbyte::Airbyte), Writer::threaded(out), clock)
    }

    /// Singer's messages on `out`, written by a thread; its log on `log`.
    pub fn singer(out: Box<dyn Write + Send>, log: Box<dyn Write + Send>, clock: Clock) -> Self {
        Self::of(Box::new(singer::Singer::new(log)), Writer::threaded(out), clock)
    }

    fn of(encoder: Box<dyn Encoder>, writer: Writer, clock: Clock) -> Self {
        let now = Instant::now();
        let inner = Inner {
            encoder,
            buffer: Vec::with_capacity(BUFFER + 64 * 1024),
            streams: BTreeMap::new(),
            complete_state: None,
            closed: false,
            failures: Vec::new(),
            last_log: now,
            last_activity: now,
        };
        Self { inner: Mutex::new(inner), writer, clock }
    }

    /// From now on every state passes through `complete` before it is written.
    pub fn complete_states(&self, complete: CompleteState) {
        self.lock().complete_state = Some(complete);
    }

    /// The streams that a Singer catalog selects, with their schemas, and the bookmarks of the incoming state.
    pub fn select_streams(&self, streams: &[SelectedStream], bookmarks: Map<String, Value>) {
        self.lock().encoder.select(streams, bookmarks);
    }

    /// Whether a changed config reaches the platform.
    pub fn delivers_config(&self) -> bool {
        self.lock().encoder.delivers_config()
    }

    /// Whether the log is on stderr.
    pub fn logs_to_stderr(&self) -> bool {
        self.lock().encoder.logs_to_stderr()
    }

    /// Closes the output because the process is about to end: what was accepted before is still written, and what comes later
    /// is discarded and not counted, so that a report agrees with the lines that were written.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.checkpoint();
        inner.closed = true;
        self.writer.submit(&mut inner.buffer);
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// A LOG after [`Self::close`]. Does not wait for the reader of the output.
    pub fn last_log(&self, level: Level, text: impl Into<String>) {
        let mut inner = self.lock();
        inner.message(&Message::log(level, text));
        self.writer.submit(&mut inner.buffer);
    }

    /// Writes a message that belongs to no stream.
    pub fn message(&self, message: &Message) {
        let mut inner = self.lock();
        // A renewed token must reach the platform even now: the old one stops working.
        if inner.closed && !matches!(message, Message::Control { .. }) {
            return;
        }
        inner.message(message);
        self.submit(inner);
    }

    pub fn log(&self, level: Level, text: impl Into<String>) {
        let Some(mut inner) = self.open() else { return };
        inner.message(&Message::log(level, text));
        inner.last_log = Instant::now();
        // Who follows the log sees it at the time.
        self.submit(inner);
    }

    /// A failure, of one stream or of the whole run.
    pub fn fail(&self, failure: Failure) {
        let Some(mut inner) = self.open() else { return };
        inner.failures.push(failure.clone());
        let trace = Trace::error(failure, self.clock.now());
        inner.message(&Message::Trace { trace });
        self.submit(inner);
    }

    /// How many failures were reported; a run with any must not end with exit code 0.
    pub fn failure_count(&self) -> u64 {
        self.lock().failures.len() as u64
    }

    /// Each failure: the stream, if it ended only one, and the message without secrets.
    pub fn failures(&self) -> Vec<(Option<String>, String)> {
        let inner = self.lock();
        let redacted = |failure: &Failure| redact(&failure.message).into_owned();
        inner.failures.iter().map(|failure| (failure.stream.clone(), redacted(failure))).collect()
    }

    pub fn estimate(&self, stream: &str, rows: u64) {
        let trace = Trace::estimate(stream, rows, self.clock.now());
        if let Some(mut inner) = self.open() {
            inner.message(&Message::Trace { trace });
        }
    }

    /// Begins a stream. `state` is where it begins; it is repeated until a newer one comes.
    pub fn start(&self, stream: &str, state: Value) {
        let Some(mut inner) = self.open() else { return };
        inner.status(stream, StreamStatus::Started, self.clock.now());
        let state = inner.completed(stream, state);
        inner.streams.insert(stream.to_owned(), StreamProgress::new(state.clone()));
        let inner = &mut *inner;
        inner.encoder.start(stream, &state, &mut inner.buffer);
    }

    /// Writes one record; `write` appends its JSON, without a line break.
    pub fn record(&self, stream: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let now = self.clock.now();
        let Some(mut inner) = self.open() else { return };
        inner.run(stream, now);
        let is_deep = {
            let start = inner.buffer.len();
            let inner = &mut *inner;
            let mut write = Some(write);
            let mut once = |line: &mut Vec<u8>| {
                if let Some(write) = write.take() {
                    write(line);
                }
            };
            inner.encoder.record(Record { stream, emitted_at: now, write: &mut once }, &mut inner.buffer);
            depth::is_deep(&inner.buffer[start..])
        };
        let mut repeated = None;
        if let Some(progress) = inner.streams.get_mut(stream) {
            progress.records += 1;
            progress.records_since_state += 1;
            progress.deep_records += u64::from(is_deep);
            progress.rate_limited_until = None;
            // One reply can bring thousands of records: repeat the last state rather than leave them uncounted.
            repeated = (progress.records_since_state >= STATE_RECORDS).then(|| progress.state.clone());
        }
        inner.last_activity = Instant::now();
        if let Some(state) = repeated {
            inner.state(stream, state);
        }
        if inner.buffer.len() >= BUFFER {
            self.submit(inner);
        }
    }

    /// Writes a checkpoint: it covers everything of the stream before it.
    pub fn state(&self, stream: &str, state: Value) {
        let Some(mut inner) = self.open() else { return };
        let state = inner.completed(stream, state);
        inner.state(stream, state);
        self.submit(inner);
    }

    /// The last state and the final status of a stream.
    pub fn finish(&self, stream: &str, state: Value, complete: bool) {
        let now = self.clock.now();
        let Some(mut inner) = self.open() else { return };
        inner.run(stream, now);
        let state = inner.completed(stream, state);
        inner.state(stream, state);
        inner.status(stream, if complete { StreamStatus::Complete } else { StreamStatus::Incomplete }, now);
        if let Some(progress) = inner.streams.get_mut(stream) {
            progress.finish(complete);
        }
        self.submit(inner);
    }

    /// Called each second: sends what is buffered, and heartbeats where they are due.
    pub fn heartbeat(&self, waits: &Waits) {
        let now = self.clock.now();
        let Some(mut inner) = self.open() else { return };
        if let Some(wait) = waits.rate_limit.filter(|wait| *wait > Duration::from_secs(1)) {
            inner.rate_limited(now + wait.as_millis() as i64, now);
        }
        if inner.last_activity.elapsed() >= STATE_EVERY {
            inner.repeat_states();
        }
        if inner.last_log.elapsed() >= LOG_EVERY {
            let message = inner.progress(waits, now);
            inner.message(&Message::log(Level::Info, message));
            inner.last_log = Instant::now();
            inner.encoder.keep_alive();
        }
        inner.checkpoint();
        self.submit(inner);
    }

    /// Sends heartbeats each second until dropped.
    pub async fn heartbeats(&self, waits: impl Fn() -> Waits) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.heartbeat(&waits());
        }
    }

    /// Hands everything to the writer, and waits until all of it is written, or nothing can be written any more.
    pub fn drain(&self) {
        let mut inner = self.lock();
        inner.checkpoint();
        self.submit(inner);
        self.writer.drain();
    }

    /// Why nothing can be written any more, if so.
    pub fn broken(&self) -> Option<io::ErrorKind> {
        self.writer.broken()
    }

    /// This machine's clock, epoch milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Records of a stream so far.
    pub fn records(&self, stream: &str) -> u64 {
        self.lock().streams.get(stream).map_or(0, |progress| progress.records)
    }

    /// Records of a stream that are nested more deeply than readers may take.
    pub fn deep_records(&self, stream: &str) -> u64 {
        self.lock().streams.get(stream).map_or(0, |progress| progress.deep_records)
    }

    /// Each stream with its records so far and the time it took, in order of name.
    pub fn summary(&self) -> Vec<(String, u64, Duration)> {
        let inner = self.lock();
        inner.streams.iter().map(|(name, progress)| (name.clone(), progress.records, progress.took)).collect()
    }

    /// Each stream by name; one that is still being read took the time until now.
    pub fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.lock().streams.iter().map(|(name, progress)| (name.clone(), progress.outcome())).collect()
    }

    /// Records of a stream since its last state.
    pub fn records_since_state(&self, stream: &str) -> u64 {
        self.lock().streams.get(stream).map_or(0, |progress| progress.records_since_state)
    }

    /// Hands the buffer to the writer, in order; then waits, without the lock, until the writer's queue has room.
    fn submit(&self, mut inner: MutexGuard<'_, Inner>) {
        self.writer.submit(&mut inner.buffer);
        drop(inner);
        self.writer.wait_for_room();
    }

    /// As [`Self::lock`]; `None` once the output is closed.
    fn open(&self) -> Option<MutexGuard<'_, Inner>> {
        Some(self.lock()).filter(|inner| !inner.closed)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn message(&mut self, message: &Message) {
        match redacted(message) {
            Some(clean) => self.encoder.message(&clean, &mut self.buffer),
            None => self.encoder.message(message, &mut self.buffer),
        }
    }

    fn status(&mut self, stream: &str, status: StreamStatus, now: i64) {
        self.message(&Message::Trace { trace: Trace::status(stream, status, now) });
    }

    fn run(&mut self, stream: &str, now: i64) {
        if let Some(progress) = self.streams.get_mut(stream).filter(|progress| !progress.running) {
            progress.running = true;
            self.status(stream, StreamStatus::Running, now);
        }
    }

    fn completed(&self, stream: &str, state: Value) -> Value {
        match &self.complete_state {
            Some(complete) => complete(stream, state),
            None => state,
        }
    }

    fn state(&mut self, stream: &str, state: Value) {
        let Some(progress) = self.streams.get_mut(stream) else { return };
        let state = if self.encoder.distinguishes_states() { progress.distinguished(state) } else { state };
        let records = std::mem::take(&mut progress.records_since_state);
        self.encoder.state(stream, &state, records, &mut self.buffer);
        progress.state = state;
        self.last_activity = Instant::now();
    }

    fn checkpoint(&mut self) {
        self.encoder.checkpoint(&mut self.buffer);
    }

    fn rate_limited(&mut self, until: i64, now: i64) {
        let is_due = |progress: &StreamProgress| {
            !progress.finished && progress.rate_limited_until.is_none_or(|reported| reported < now)
        };
        let waiting: Vec<String> =
            self.streams.iter().filter(|(_, progress)| is_due(progress)).map(|(name, _)| name.clone()).collect();
        for stream in waiting {
            self.message(&Message::Trace { trace: Trace::rate_limited(&stream, Some(until), now) });
            if let Some(progress) = self.streams.get_mut(&stream) {
                (progress.rate_limited_until, progress.running) = (Some(until), true);
            }
        }
    }

    fn repeat_states(&mut self) {
        let open = self.streams.iter().filter(|(_, progress)| !progress.finished);
        let open: Vec<(String, Value)> = open.map(|(name, progress)| (name.clone(), progress.state.clone())).collect();
        for (stream, state) in open {
            self.state(&stream, state);
        }
    }

    fn progress(&self, waits: &Waits, now: i64) -> String {
        let open = self.streams.iter().filter(|(_, progress)| !progress.finished);
        let open: Vec<String> = open.map(|(name, progress)| format!("{name} {}", progress.records)).collect();
        let limited = waits.rate_limit;
        let limited = limited.map(|wait| format!(" Rate-limited: waiting {} more seconds.", wait.as_secs()));
        let outage = waits.outage.as_ref().map(|(outage, left)| {
            format!(" {outage}; waiting until {} at most.", time::short(now + left.as_millis() as i64))
        });
        let waiting: String = limited.into_iter().chain(outage).collect();
        format!(
            "Still reading; records so far: {}.{waiting}",
            if open.is_empty() { "none".to_owned() } else { open.join(", ") }
        )
    }
}

/// The message without secrets and on one line, if it holds text written for people.
fn redacted(message: &Message) -> Option<Message> {
    let clean = |text: &str| one_line(&redact(text)).into_owned();
    match message {
        Message::Log { log } => Some(Message::Log { log: Log { level: log.level, message: clean(&log.message) } }),
        Message::Trace { trace: Trace { emitted_at, body: Body::Error { error } } } => {
            let error = ErrorBody {
                message: clean(&error.message),
                internal_message: error.internal_message.as_deref().map(clean),
                failure_type: error.failure_type,
                stream_descriptor: error.stream_descriptor.clone(),
            };
            Some(Message::Trace { trace: Trace { emitted_at: *emitted_at, body: Body::Error { error } } })
        }
        Message::ConnectionStatus { connection_status } => {
            Some(Message::connection_status(connection_status.status, clean(&connection_status.message)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
