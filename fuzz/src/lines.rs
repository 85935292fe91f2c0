//! An emitter whose records can be looked at.

use crate::json;
use source_jira::sync::{Clock, Emitter};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// The connector's output, kept in memory.
pub struct Lines {
    pub out: Emitter,
    written: Arc<Mutex<Vec<u8>>>,
}

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
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
        let out = Emitter::new(Box::new(Sink(written.clone())), Clock::new(|| 1));
        out.start("s", serde_json::Value::Null);
        Self { out, written }
    }
}

impl Lines {
    /// The records written since the last call. Each must be one line that holds what a RECORD of this stream holds.
    pub fn records(&self) -> Vec<String> {
        self.out.flush();
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
