//! The lines in Singer's words: SCHEMA, RECORD and STATE on stdout, the log on stderr.
//!
//! A STATE holds the bookmarks of all streams. It goes out as late as it may, before the next record, so that streams that tell
//! theirs one after the other make one line; and before the first record, because some targets take the first STATE for loaded.

use super::{Lane, shape::Shape};
use crate::{
    protocol::{
        Failure, FailureType, Level, Message,
        singer::{self, Chosen},
        trace,
    },
    sync::secrets::Secrets,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io::Write};

pub(super) struct Singer {
    log: Box<dyn Write + Send>,
    streams: BTreeMap<String, Stream>,
    /// Bookmarks as they came in.
    came: Map<String, Value>,
    /// A bookmark has changed since the last STATE.
    open: bool,
    /// The last moment of a record, as it is written.
    moment: (i64, String),
    record: Vec<u8>,
}

struct Stream {
    schema: Vec<u8>,
    shape: Shape,
}

impl Singer {
    pub(super) fn new(log: Box<dyn Write + Send>) -> Self {
        Self {
            log,
            streams: BTreeMap::new(),
            came: Map::new(),
            open: false,
            moment: (0, String::new()),
            record: Vec::new(),
        }
    }

    pub(super) fn choose(&mut self, streams: &[Chosen], came: Map<String, Value>) {
        let stream = |chosen: &Chosen| (chosen.name.clone(), Stream::of(chosen));
        self.streams = streams.iter().map(stream).collect();
        self.came = came;
    }

    /// What Singer has no word for is left out.
    pub(super) fn message(&mut self, message: &Message, secrets: &Secrets, out: &mut Vec<u8>) {
        match message {
            Message::Catalog { catalog } => {
                // In many lines: Meltano reads it by line, and none may be longer than 64 KB.
                let _ = serde_json::to_writer_pretty(&mut *out, &singer::catalog(&catalog.streams));
                out.push(b'\n');
            }
            Message::Log { log } => self.log(log.level, &log.message, secrets),
            Message::Trace { trace: trace::Trace { body: trace::Body::Error { error }, .. } } => {
                let failure = Failure {
                    stream: error.stream_descriptor.as_ref().map(|stream| stream.name.clone()),
                    ..Failure::config(&error.message)
                };
                let ours = error.internal_message.iter().filter(|_| error.failure_type == FailureType::SystemError);
                let details: String = ours.map(|internal| format!(" ({internal})")).collect();
                self.log(Level::Error, &format!("{failure}{details}"), secrets);
            }
            _ => {}
        }
    }

    fn log(&mut self, level: Level, text: &str, secrets: &Secrets) {
        let level = format!("{level:?}").to_uppercase();
        // Where the log can't be written there is nobody to tell.
        let _ = writeln!(self.log, "{level} {}", secrets.clean(text));
    }

    /// Begins a stream. Those that don't exist have no schema.
    pub(super) fn start(&mut self, stream: &str, out: &mut Vec<u8>) {
        if let Some(stream) = self.streams.get(stream) {
            out.extend_from_slice(&stream.schema);
            self.open = true;
        }
    }

    pub(super) fn record(&mut self, stream: &str, now: i64, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(known) = self.streams.get(stream) else { return };
        out.extend_from_slice(b"{\"type\":\"RECORD\",\"stream\":\"");
        out.extend_from_slice(stream.as_bytes());
        out.extend_from_slice(b"\",\"record\":");
        if known.shape.is_plain() {
            write(out);
        } else {
            self.record.clear();
            write(&mut self.record);
            known.shape.write(out, &self.record);
        }
        if self.moment.0 != now || self.moment.1.is_empty() {
            self.moment = (now, moment(now));
        }
        out.extend_from_slice(b",\"time_extracted\":\"");
        out.extend_from_slice(self.moment.1.as_bytes());
        out.extend_from_slice(b"\"}\n");
    }

    /// A bookmark has changed.
    pub(super) fn state(&mut self, stream: &str) {
        self.open |= self.streams.contains_key(stream);
    }

    /// The last STATE is to go out once more.
    pub(super) fn repeat(&mut self) {
        self.open = !self.streams.is_empty();
    }

    /// Writes the bookmarks, if any has changed.
    pub(super) fn checkpoint(&mut self, lanes: &BTreeMap<String, Lane>, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let mut bookmarks: BTreeMap<&str, &Value> =
            self.came.iter().map(|(name, bookmark)| (name.as_str(), bookmark)).collect();
        let told = lanes.iter().filter(|(name, _)| self.streams.contains_key(*name));
        bookmarks.extend(told.map(|(name, lane)| (name.as_str(), &lane.state)));
        line(out, &json!({"type": "STATE", "value": {"bookmarks": bookmarks}}));
    }
}

impl Stream {
    fn of(chosen: &Chosen) -> Self {
        let mut message = json!({
            "type": "SCHEMA", "stream": chosen.name, "schema": chosen.schema, "key_properties": chosen.keys,
        });
        if let Some(cursor) = &chosen.cursor {
            message["bookmark_properties"] = vec![cursor.as_str()].into();
        }
        let mut schema = Vec::new();
        line(&mut schema, &message);
        Self { schema, shape: Shape::of(&chosen.schema) }
    }
}

fn line(out: &mut Vec<u8>, message: &Value) {
    // Writing to a Vec cannot fail, and a Value always serialises.
    let _ = serde_json::to_writer(&mut *out, message);
    out.push(b'\n');
}

/// A moment as RFC 3339 has it.
fn moment(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
