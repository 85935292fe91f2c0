//! What an output format has to provide. One format is one file that implements [`Encoder`].

use crate::protocol::{Message, singer::SelectedStream};
use serde_json::{Map, Value};

/// A record on its way out.
pub(super) struct Record<'a> {
    pub stream: &'a str,
    /// Epoch milliseconds.
    pub emitted_at: i64,
    /// Appends the record's JSON, without a line break. Called once.
    pub write: &'a mut dyn FnMut(&mut Vec<u8>),
}

/// Turns what the connector says into lines. Every method appends whole lines to `out`.
pub(super) trait Encoder: Send {
    /// What the catalog selects, and the bookmarks of the incoming state; for formats that describe the streams themselves.
    fn select(&mut self, _streams: &[SelectedStream], _bookmarks: Map<String, Value>) {}

    /// A stream begins, at `state`.
    fn start(&mut self, _stream: &str, _state: &Value, _out: &mut Vec<u8>) {}

    fn record(&mut self, record: Record<'_>, out: &mut Vec<u8>);

    /// A checkpoint of a stream, after `records` records since its last one.
    fn state(&mut self, stream: &str, state: &Value, records: u64, out: &mut Vec<u8>);

    /// Logs, errors, statuses, catalogs. Text for people comes without secrets.
    fn message(&mut self, message: &Message, out: &mut Vec<u8>);

    /// Writes what may be held back until now.
    fn checkpoint(&mut self, _out: &mut Vec<u8>) {}

    /// The stream has been silent for long: something must go out with the next checkpoint.
    fn keep_alive(&mut self) {}

    /// Whether the protocol forbids two identical states with records between them.
    fn distinguishes_states(&self) -> bool {
        false
    }

    /// Whether the log is on stderr, where a person at a terminal reads it.
    fn logs_to_stderr(&self) -> bool {
        false
    }

    /// Whether a CONTROL message hands a changed config to the platform.
    fn delivers_config(&self) -> bool {
        false
    }
}
