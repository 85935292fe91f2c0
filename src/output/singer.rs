//! Singer: SCHEMA, RECORD and STATE on stdout, the log on stderr.
//!
//! A STATE holds the bookmarks of all streams. It is written as late as possible, before the next record, so that streams
//! whose bookmarks change one after the other share one line; and before the first record, because some targets take the
//! first STATE for already loaded.

use super::{
    column_selection::ColumnSelection,
    encoder::{Encoder, Record},
};
use crate::protocol::{
    Failure, FailureType, Level, Message,
    singer::{self, SelectedStream},
    trace,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io::Write};

pub(super) struct Singer {
    log: Box<dyn Write + Send>,
    streams: BTreeMap<String, Stream>,
    bookmarks: Map<String, Value>,
    /// A bookmark has changed since the last STATE.
    changed: bool,
    /// The time of the last record, as it is written.
    extracted: (i64, String),
    record: Vec<u8>,
}

struct Stream {
    schema: Vec<u8>,
    columns: ColumnSelection,
}

impl Singer {
    pub(super) fn new(log: Box<dyn Write + Send>) -> Self {
        Self {
            log,
            streams: BTreeMap::new(),
            bookmarks: Map::new(),
            changed: false,
            extracted: (0, String::new()),
            record: Vec::new(),
        }
    }

    fn log(&mut self, level: Level, text: &str) {
        let level = format!("{level:?}").to_uppercase();
        // A log that can't be written can't be reported either.
        let _ = writeln!(self.log, "{level} {text}");
    }
}

impl Encoder for Singer {
    fn select(&mut self, streams: &[SelectedStream], bookmarks: Map<String, Value>) {
        self.streams = streams.iter().map(|stream| (stream.name.clone(), Stream::of(stream))).collect();
        self.bookmarks = bookmarks;
    }

    /// Streams that don't exist have no schema.
    fn start(&mut self, stream: &str, state: &Value, out: &mut Vec<u8>) {
        if let Some(known) = self.streams.get(stream) {
            out.extend_from_slice(&known.schema);
            self.bookmarks.insert(stream.to_owned(), state.clone());
            self.changed = true;
        }
    }

    fn record(&mut self, record: Record<'_>, out: &mut Vec<u8>) {
        self.checkpoint(out);
        let Some(known) = self.streams.get(record.stream) else { return };
        out.extend_from_slice(b"{\"type\":\"RECORD\",\"stream\":\"");
        out.extend_from_slice(record.stream.as_bytes());
        out.extend_from_slice(b"\",\"record\":");
        if known.columns.copies_all() {
            (record.write)(out);
        } else {
            self.record.clear();
            (record.write)(&mut self.record);
            known.columns.write(out, &self.record);
        }
        if self.extracted.0 != record.emitted_at || self.extracted.1.is_empty() {
            self.extracted = (record.emitted_at, rfc3339(record.emitted_at));
        }
        out.extend_from_slice(b",\"time_extracted\":\"");
        out.extend_from_slice(self.extracted.1.as_bytes());
        out.extend_from_slice(b"\"}\n");
    }

    fn state(&mut self, stream: &str, state: &Value, _records: u64, _out: &mut Vec<u8>) {
        if self.streams.contains_key(stream) {
            self.bookmarks.insert(stream.to_owned(), state.clone());
            self.changed = true;
        }
    }

    fn logs_to_stderr(&self) -> bool {
        true
    }

    /// What Singer has no message for is left out.
    fn message(&mut self, message: &Message, out: &mut Vec<u8>) {
        match message {
            Message::Catalog { catalog } => {
                // On many lines: Meltano reads it line by line, and none may be longer than 64 KB.
                let _ = serde_json::to_writer_pretty(&mut *out, &singer::catalog(&catalog.streams));
                out.push(b'\n');
            }
            Message::Log { log } => self.log(log.level, &log.message),
            Message::Trace { trace: trace::Trace { body: trace::Body::Error { error }, .. } } => {
                let failure = Failure {
                    stream: error.stream_descriptor.as_ref().map(|stream| stream.name.clone()),
                    ..Failure::config(&error.message)
                };
                let own = error.internal_message.iter().filter(|_| error.failure_type == FailureType::SystemError);
                let details: String = own.map(|internal| format!(" ({internal})")).collect();
                self.log(Level::Error, &format!("{failure}{details}"));
            }
            _ => {}
        }
    }

    fn checkpoint(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.changed) {
            line(out, &json!({"type": "STATE", "value": {"bookmarks": &self.bookmarks}}));
        }
    }

    /// The log goes elsewhere, so only another line shows whether the target is still there.
    fn keep_alive(&mut self) {
        self.changed = !self.streams.is_empty();
    }
}

impl Stream {
    fn of(selected: &SelectedStream) -> Self {
        let mut message = json!({
            "type": "SCHEMA", "stream": selected.name, "schema": selected.schema, "key_properties": selected.keys,
        });
        if let Some(cursor) = &selected.cursor {
            message["bookmark_properties"] = vec![cursor.as_str()].into();
        }
        let mut schema = Vec::new();
        line(&mut schema, &message);
        Self { schema, columns: ColumnSelection::of(&selected.schema) }
    }
}

fn line(out: &mut Vec<u8>, message: &Value) {
    // Writing to a Vec cannot fail, and a Value always serialises.
    let _ = serde_json::to_writer(&mut *out, message);
    out.push(b'\n');
}

fn rfc3339(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
