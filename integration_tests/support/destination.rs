//! A destination that appends and dedupes by primary key, and remembers the last state whose records it has.

use super::output::Output;
use serde_json::Value;
use source_jira::streams;
use std::collections::BTreeMap;

/// Rows by stream and primary key, the latest of each.
#[derive(Default)]
pub struct Destination {
    pub tables: BTreeMap<String, BTreeMap<String, Value>>,
    states: BTreeMap<String, Value>,
}

impl Destination {
    /// Loads what a run wrote, also one that was cut off anywhere: its whole lines count.
    pub fn load(&mut self, output: &Output) {
        for message in &output.messages {
            if message["type"] == "RECORD" {
                let record = &message["record"];
                let stream = record["stream"].as_str().expect("a record names its stream");
                let key = streams::find(stream).expect("the stream exists").primary_key;
                self.tables
                    .entry(stream.to_owned())
                    .or_default()
                    .insert(key_of(&record["data"], key), record["data"].clone());
            } else if message["type"] == "STATE" {
                let name =
                    message["state"]["stream"]["stream_descriptor"]["name"].as_str().expect("a state names its stream");
                self.states.insert(name.to_owned(), message["state"].clone());
            }
        }
    }

    /// The states to hand to the next run.
    pub fn state(&self) -> Value {
        self.states.values().cloned().collect()
    }

    /// The rows of a stream by primary key.
    pub fn table(&self, stream: &str) -> BTreeMap<String, Value> {
        self.tables.get(stream).cloned().unwrap_or_default()
    }
}

/// The primary key of a row as text.
pub fn key_of(row: &Value, key: &[&str]) -> String {
    key.iter()
        .map(|member| row[*member].as_str().map_or_else(|| row[*member].to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join("/")
}
