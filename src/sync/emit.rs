//! The only writer of stdout: whole lines, in order, each STATE after the records it covers.
//!
//! Keeps the life of each stream legal (STARTED, RUNNING before the first record, one last status), counts the records
//! between states, hides secrets, and sees to it that a long silence never looks like death. The lines are in Airbyte's words
//! or in Singer's.

mod lane;
mod shape;
mod singer;

pub use lane::Outcome;

use super::{airbyte::Beside, clock::Clock, secrets::Secrets};
use crate::protocol::{
    Failure, Level, Message, StreamStatus, Trace, message::Log, singer::Chosen, state::StateMessage,
};
use lane::Lane;
use serde_json::{Map, Value};
use singer::Singer;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Enough for a page of issues; what is left goes out with each STATE and each second.
const BUFFER: usize = 256 * 1024;
/// No more records of a stream than this between two of its states.
const STATE_RECORDS: u64 = 5_000;
/// A LOG line at least so often.
const LOG_EVERY: Duration = Duration::from_secs(55);
/// A RECORD or STATE at least so often: platforms count only those as signs of life.
const STATE_EVERY: Duration = Duration::from_secs(280);

pub struct Emitter {
    inner: Mutex<Inner>,
    clock: Clock,
}

struct Inner {
    words: Words,
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    lanes: BTreeMap<String, Lane>,
    /// What states are to carry for Airbyte's connector.
    beside: Option<Beside>,
    secrets: Secrets,
    broken: Option<io::ErrorKind>,
    /// Those that went out, as they came: secrets may be known only later.
    failures: Vec<Failure>,
    last_log: Instant,
    last_sign: Instant,
}

/// Whose protocol the lines are in.
enum Words {
    Airbyte,
    Singer(Box<Singer>),
}

impl Emitter {
    pub fn new(out: Box<dyn Write + Send>, clock: Clock) -> Self {
        Self::of(Words::Airbyte, out, clock)
    }

    /// One in Singer's words.
    pub fn singer(out: Box<dyn Write + Send>, log: Box<dyn Write + Send>, clock: Clock) -> Self {
        Self::of(Words::Singer(Box::new(Singer::new(log))), out, clock)
    }

    fn of(words: Words, out: Box<dyn Write + Send>, clock: Clock) -> Self {
        let now = Instant::now();
        let inner = Inner {
            words,
            out,
            buffer: Vec::with_capacity(BUFFER + 64 * 1024),
            lanes: BTreeMap::new(),
            beside: None,
            secrets: Secrets::new(),
            broken: None,
            failures: Vec::new(),
            last_log: now,
            last_sign: now,
        };
        Self { inner: Mutex::new(inner), clock }
    }

    /// Values that no LOG and no TRACE may show.
    pub fn hide<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        self.lock().secrets.add(secrets);
    }

    /// From now on states also carry what Airbyte's connector reads in them.
    pub fn write_beside(&self, beside: Beside) {
        self.lock().beside = Some(beside);
    }

    /// What Singer's targets are to be told of the streams: their schemas, and the bookmarks that came in.
    pub fn choose(&self, streams: &[Chosen], came: Map<String, Value>) {
        if let Words::Singer(singer) = &mut self.lock().words {
            singer.choose(streams, came);
        }
    }

    /// Whether a changed config reaches anybody.
    pub fn hands_over_configs(&self) -> bool {
        matches!(self.lock().words, Words::Airbyte)
    }

    /// Writes a message that belongs to no stream's life.
    pub fn message(&self, message: &Message) {
        self.lock().message(message);
    }

    pub fn log(&self, level: Level, text: impl Into<String>) {
        let mut inner = self.lock();
        inner.message(&Message::Log { log: Log { level, message: text.into() } });
        inner.last_log = Instant::now();
    }

    /// A failure, of one stream or of the whole run.
    pub fn fail(&self, failure: Failure) {
        let mut inner = self.lock();
        inner.failures.push(failure.clone());
        let trace = Trace::error(failure, self.clock.now());
        inner.message(&Message::Trace { trace });
        inner.flush();
    }

    /// How many failures went out; a run with any must not end with exit code 0.
    pub fn failures(&self) -> u64 {
        self.lock().failures.len() as u64
    }

    /// Each failure that went out: the stream, if it was one stream's, and the message without secrets.
    pub fn told(&self) -> Vec<(Option<String>, String)> {
        let inner = self.lock();
        let told = inner.failures.iter();
        told.map(|failure| (failure.stream.clone(), inner.secrets.clean(&failure.message).into_owned())).collect()
    }

    pub fn estimate(&self, stream: &str, rows: u64) {
        let trace = Trace::estimate(stream, rows, self.clock.now());
        self.lock().message(&Message::Trace { trace });
    }

    /// Begins a stream. `state` is what it starts from: repeated should nothing better come in time.
    pub fn start(&self, stream: &str, state: Value) {
        let mut inner = self.lock();
        inner.status(stream, StreamStatus::Started, self.clock.now());
        inner.lanes.insert(stream.to_owned(), Lane::new(state));
        let inner = &mut *inner;
        if let Words::Singer(singer) = &mut inner.words {
            singer.start(stream, &mut inner.buffer);
        }
    }

    /// Writes one record; `write` appends its JSON, without a line break.
    pub fn record(&self, stream: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let now = self.clock.now();
        let mut inner = self.lock();
        inner.run(stream, now);
        let inner = &mut *inner;
        match &mut inner.words {
            Words::Airbyte => record(&mut inner.buffer, stream, now, write),
            Words::Singer(singer) => {
                singer.checkpoint(&inner.lanes, &mut inner.buffer);
                singer.record(stream, now, &mut inner.buffer, write);
            }
        }
        if let Some(lane) = inner.lanes.get_mut(stream) {
            lane.records += 1;
            lane.since_state += 1;
            lane.rate_limited = None;
        }
        inner.last_sign = Instant::now();
        // One reply can bring thousands of records: repeat the last state rather than leave them uncounted.
        if let Some(state) =
            inner.lanes.get(stream).filter(|lane| lane.since_state >= STATE_RECORDS).map(|lane| lane.state.clone())
        {
            inner.state(stream, state);
        }
        if inner.buffer.len() >= BUFFER {
            inner.flush();
        }
    }

    /// Writes a checkpoint: everything of the stream before it is covered.
    pub fn state(&self, stream: &str, state: Value) {
        let mut inner = self.lock();
        inner.state(stream, state);
        inner.flush();
    }

    /// The last state and the last status of a stream.
    pub fn finish(&self, stream: &str, state: Value, complete: bool) {
        let now = self.clock.now();
        let mut inner = self.lock();
        inner.run(stream, now);
        inner.state(stream, state);
        inner.status(stream, if complete { StreamStatus::Complete } else { StreamStatus::Incomplete }, now);
        if let Some(lane) = inner.lanes.get_mut(stream) {
            (lane.finished, lane.complete) = (true, complete);
            lane.took = lane.began.elapsed();
        }
        inner.flush();
    }

    /// Called each second: sends what waits, and signs of life where they are due. `closed_for` is how long Jira still
    /// wants no request.
    pub fn beat(&self, closed_for: Option<Duration>) {
        let now = self.clock.now();
        let mut inner = self.lock();
        if let Some(wait) = closed_for.filter(|wait| *wait > Duration::from_secs(1)) {
            inner.rate_limited(now + wait.as_millis() as i64, now);
        }
        if inner.last_sign.elapsed() >= STATE_EVERY {
            inner.repeat_states();
        }
        if inner.last_log.elapsed() >= LOG_EVERY {
            let message = inner.progress(closed_for);
            inner.message(&Message::Log { log: Log { level: Level::Info, message } });
            inner.last_log = Instant::now();
            inner.probe();
        }
        inner.checkpoint();
        inner.flush();
    }

    pub fn flush(&self) {
        let mut inner = self.lock();
        inner.checkpoint();
        inner.flush();
    }

    /// Why nothing can be written any more, if so.
    pub fn broken(&self) -> Option<io::ErrorKind> {
        self.lock().broken
    }

    /// Records of a stream so far.
    pub fn records(&self, stream: &str) -> u64 {
        self.lock().lanes.get(stream).map_or(0, |lane| lane.records)
    }

    /// Each stream with its records so far and the time that it took, in order of name.
    pub fn summary(&self) -> Vec<(String, u64, Duration)> {
        self.lock().lanes.iter().map(|(name, lane)| (name.clone(), lane.records, lane.took)).collect()
    }

    /// Each stream by name; one that is still under way took the time until now.
    pub fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.lock().lanes.iter().map(|(name, lane)| (name.clone(), lane.outcome())).collect()
    }

    /// Records of a stream since its last state.
    pub fn since_state(&self, stream: &str) -> u64 {
        self.lock().lanes.get(stream).map_or(0, |lane| lane.since_state)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn message(&mut self, message: &Message) {
        if let Words::Singer(singer) = &mut self.words {
            return singer.message(message, &self.secrets, &mut self.buffer);
        }
        let Ok(mut line) = serde_json::to_string(message) else { return };
        if matches!(message, Message::Log { .. } | Message::Trace { .. } | Message::ConnectionStatus { .. }) {
            line = self.secrets.clean(&line).into_owned();
        }
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
    }

    fn status(&mut self, stream: &str, status: StreamStatus, now: i64) {
        self.message(&Message::Trace { trace: Trace::status(stream, status, now) });
    }

    fn run(&mut self, stream: &str, now: i64) {
        if let Some(lane) = self.lanes.get_mut(stream).filter(|lane| !lane.running) {
            lane.running = true;
            self.status(stream, StreamStatus::Running, now);
        }
    }

    fn state(&mut self, stream: &str, mut state: Value) {
        if let Some(beside) = self.beside {
            beside.add(stream, &mut state);
        }
        let Some(lane) = self.lanes.get_mut(stream) else { return };
        let state = match self.words {
            Words::Airbyte => lane.marked(state),
            Words::Singer(_) => state,
        };
        lane.state = state.clone();
        let records = std::mem::take(&mut lane.since_state);
        match &mut self.words {
            Words::Airbyte => self.message(&Message::State { state: StateMessage::new(stream, state, records) }),
            Words::Singer(singer) => singer.state(stream),
        }
        self.last_sign = Instant::now();
    }

    /// Singer's log goes elsewhere, so that it takes another line to find out whether the target is still there.
    fn probe(&mut self) {
        if let Words::Singer(singer) = &mut self.words {
            singer.repeat();
        }
    }

    /// Writes what Singer's STATE was waiting with.
    fn checkpoint(&mut self) {
        if let Words::Singer(singer) = &mut self.words {
            singer.checkpoint(&self.lanes, &mut self.buffer);
        }
    }

    fn rate_limited(&mut self, until: i64, now: i64) {
        let waiting: Vec<String> = self
            .lanes
            .iter()
            .filter(|(_, lane)| !lane.finished && lane.rate_limited.is_none_or(|told| told < now))
            .map(|(name, _)| name.clone())
            .collect();
        for stream in waiting {
            self.message(&Message::Trace { trace: Trace::rate_limited(&stream, Some(until), now) });
            if let Some(lane) = self.lanes.get_mut(&stream) {
                (lane.rate_limited, lane.running) = (Some(until), true);
            }
        }
    }

    fn repeat_states(&mut self) {
        let open: Vec<(String, Value)> = self
            .lanes
            .iter()
            .filter(|(_, lane)| !lane.finished)
            .map(|(name, lane)| (name.clone(), lane.state.clone()))
            .collect();
        for (stream, state) in open {
            self.state(&stream, state);
        }
    }

    fn progress(&self, closed_for: Option<Duration>) -> String {
        let open: Vec<String> = self
            .lanes
            .iter()
            .filter(|(_, lane)| !lane.finished)
            .map(|(name, lane)| format!("{name} {}", lane.records))
            .collect();
        let waiting = closed_for
            .map_or(String::new(), |wait| format!(" Jira's rate limit wants {} s more of waiting.", wait.as_secs()));
        format!(
            "Still reading; records so far: {}.{waiting}",
            if open.is_empty() { "none".to_owned() } else { open.join(", ") }
        )
    }

    fn flush(&mut self) {
        if self.broken.is_none() {
            let written = self.out.write_all(&self.buffer).and_then(|()| self.out.flush());
            self.broken = written.err().map(|error| error.kind());
        }
        self.buffer.clear();
    }
}

fn record(out: &mut Vec<u8>, stream: &str, now: i64, write: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"");
    out.extend_from_slice(stream.as_bytes());
    out.extend_from_slice(b"\",\"data\":");
    write(out);
    let _ = writeln!(out, ",\"emitted_at\":{now}}}}}");
}

#[cfg(test)]
mod tests;
