//! A destination that appends and dedupes by primary key, and remembers the last state whose records it has.

use super::{output::Output, primary_keys::primary_key};
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows by primary key, the latest of each.
pub type Table = BTreeMap<String, Value>;

/// Tables by stream.
#[derive(Default)]
pub struct Destination {
    pub tables: BTreeMap<String, Table>,
    states: BTreeMap<String, Value>,
    /// Keeps only the records that a later state of their stream covers, instead of every whole line.
    careful: bool,
    /// Tables that a refresh replaces once it is complete, with what it has brought so far.
    refreshed: BTreeMap<String, Table>,
    job: Option<String>,
    /// Records kept so far, and for each row the number of the last one.
    loaded: u64,
    last: BTreeMap<(String, String), u64>,
}

impl Destination {
    /// One that commits up to states; `refreshed` are the streams of which each refresh replaces the table.
    pub fn of(careful: bool, refreshed: &[&str]) -> Self {
        let refreshed = refreshed.iter().map(|stream| ((*stream).to_owned(), Table::new())).collect();
        Self { careful, refreshed, ..Self::default() }
    }

    /// Whether what no state covers is thrown away.
    pub fn is_careful(&self) -> bool {
        self.careful
    }

    /// A run begins. Only one of the same job goes on with the refreshes of the run before.
    pub fn begin(&mut self, job: Option<&str>) {
        if job.is_none() || self.job.as_deref() != job {
            self.refreshed.values_mut().for_each(Table::clear);
        }
        self.job = job.map(str::to_owned);
    }

    /// Loads what a run wrote, also one that was cut off anywhere: its whole lines count.
    pub fn load(&mut self, output: &Output) {
        let mut waiting: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for message in &output.messages {
            match message["type"].as_str() {
                Some("RECORD") => {
                    let record = &message["record"];
                    let stream = record["stream"].as_str().expect("a record names its stream");
                    if self.careful {
                        waiting.entry(stream).or_default().push(&record["data"]);
                    } else {
                        self.keep(stream, &record["data"]);
                    }
                }
                Some("STATE") => {
                    let name = &message["state"]["stream"]["stream_descriptor"]["name"];
                    let name = name.as_str().expect("a state names its stream");
                    waiting.remove(name).into_iter().flatten().for_each(|row| self.keep(name, row));
                    self.states.insert(name.to_owned(), message["state"].clone());
                }
                Some("TRACE") if message["trace"]["stream_status"]["status"] == "COMPLETE" => {
                    let name = &message["trace"]["stream_status"]["stream_descriptor"]["name"];
                    let name = name.as_str().expect("a status names its stream");
                    if let Some(rows) = self.refreshed.get(name) {
                        self.tables.insert(name.to_owned(), rows.clone());
                    }
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, stream: &str, row: &Value) {
        let key = key_of(row, primary_key(stream));
        self.loaded += 1;
        self.last.insert((stream.to_owned(), key.clone()), self.loaded);
        let table = match self.refreshed.get_mut(stream) {
            Some(rows) => rows,
            None => self.tables.entry(stream.to_owned()).or_default(),
        };
        table.insert(key, row.clone());
    }

    /// The states to hand to the next run.
    pub fn state(&self) -> Value {
        self.states.values().cloned().collect()
    }

    /// The rows of a stream by primary key.
    pub fn table(&self, stream: &str) -> &Table {
        static EMPTY: Table = Table::new();
        self.tables.get(stream).unwrap_or(&EMPTY)
    }

    /// The number of the last record that a row came with; records are counted over all streams.
    pub fn arrival(&self, stream: &str, key: &str) -> Option<u64> {
        self.last.get(&(stream.to_owned(), key.to_owned())).copied()
    }
}

/// The primary key of a row as text.
pub fn key_of(row: &Value, key: &[&str]) -> String {
    key.iter()
        .map(|member| row[*member].as_str().map_or_else(|| row[*member].to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join("/")
}
