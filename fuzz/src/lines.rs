//! An output whose records can be inspected.

use crate::json;
use source_jira::{
    output::{Clock, Output},
    sync::issues::extract::Sink,
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// The connector's output, kept in memory.
pub struct Lines {
    out: Output,
    written: Arc<Mutex<Vec<u8>>>,
}

struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Lines {
    fn default() -> Self {
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let out = Output::new(Box::new(Memory(written.clone())), Clock::new(|| 1));
        out.start("s", serde_json::Value::Null);
        Self { out, written }
    }
}

impl Lines {
    /// The records that an extractor writes, and the fields that it reports as mismatches. As in a sync, each record goes
    /// straight into the output.
    pub fn extract(&self, extract: impl FnOnce(&mut Sink<'_>)) -> (Vec<String>, Vec<String>) {
        let mut emit = |write: &mut dyn FnMut(&mut Vec<u8>)| self.out.record("s", |line| write(line));
        let mut sink = Sink::new(&mut emit);
        extract(&mut sink);
        let mismatches = std::mem::take(&mut sink.mismatches);
        (self.records(), mismatches)
    }

    /// The records written since the last call. Each must be one line that holds what a RECORD of this stream holds.
    fn records(&self) -> Vec<String> {
        self.out.drain();
        let written = std::mem::take(&mut *self.written.lock().expect("not poisoned"));
        let written = String::from_utf8(written).expect("lines are UTF-8");
        written.split_terminator('\n').filter_map(record).collect()
    }
}

fn record(line: &str) -> Option<String> {
    let message = json::members(line).unwrap_or_else(|| panic!("not one line of JSON: {line}"));
    if json::get(&message, "type") != Some("\"RECORD\"") {
        return None;
    }
    let record = json::get(&message, "record").and_then(json::members).expect("a record");
    assert_eq!(json::get(&record, "stream"), Some("\"s\""));
    assert_eq!(json::get(&record, "emitted_at"), Some("1"));
    json::get(&record, "data").map(str::to_owned)
}
