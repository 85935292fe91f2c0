//! A Singer target that believes nothing: each line is held to the rules of Singer before it is loaded.

use super::{
    destination::{Destination, Table, key_of},
    output::Output,
};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;

/// What has been said of one stream.
struct Stream {
    validator: Validator,
    keys: Vec<String>,
}

/// Rows by primary key, and the last state.
#[derive(Default)]
pub struct Target {
    pub tables: BTreeMap<String, Table>,
    pub state: Option<Value>,
    /// Keeps only the rows before its last state, instead of every whole line.
    careful: bool,
    /// Records loaded since the target was made.
    pub loaded: usize,
}

impl Target {
    pub fn of(careful: bool) -> Self {
        Self { careful, ..Self::default() }
    }

    /// Loads what a run wrote, also one that was cut off anywhere.
    pub fn load(&mut self, output: &Output) {
        let mut streams: BTreeMap<&str, Stream> = BTreeMap::new();
        let (mut waiting, mut stated): (Vec<(&str, &Value)>, bool) = (Vec::new(), false);
        for message in &output.messages {
            match text(&message["type"]) {
                "SCHEMA" => {
                    let known = streams.insert(text(&message["stream"]), schema(message));
                    assert!(known.is_none(), "a second SCHEMA of {}", message["stream"]);
                }
                "RECORD" => {
                    assert!(stated, "a target takes the first STATE for loaded, so it must not cover records");
                    let name = text(&message["stream"]);
                    let known = streams.get(name).unwrap_or_else(|| panic!("a RECORD of {name} before its SCHEMA"));
                    waiting.push((name, record(message, known)));
                }
                "STATE" => {
                    stated = true;
                    self.state = Some(state(message).clone());
                    self.keep(&streams, std::mem::take(&mut waiting));
                }
                other => panic!("Singer has no {other}: {message}"),
            }
        }
        if !self.careful {
            self.keep(&streams, waiting);
        }
    }

    fn keep(&mut self, streams: &BTreeMap<&str, Stream>, rows: Vec<(&str, &Value)>) {
        for (name, row) in rows {
            let keys: Vec<&str> = streams[name].keys.iter().map(String::as_str).collect();
            self.loaded += 1;
            self.tables.entry(name.to_owned()).or_default().insert(key_of(row, &keys), row.clone());
        }
    }

    /// The same rows for comparison with the site.
    pub fn destination(&self) -> Destination {
        let mut destination = Destination::default();
        destination.tables.extend(self.tables.keys().map(|stream| (stream.clone(), self.rows(stream))));
        destination
    }

    /// The rows of a stream, with times as Jira writes them.
    pub fn rows(&self, stream: &str) -> Table {
        let mut rows = self.tables.get(stream).cloned().unwrap_or_default();
        rows.values_mut().for_each(as_jira);
        rows
    }
}

/// Fails the test unless a run that ended well kept all rules to its last line.
pub fn assert_singer(output: &Output) -> Target {
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let mut target = Target::default();
    target.load(output);
    // target-jsonl forgets the state before a record.
    assert_eq!(output.messages.last().map(|last| &last["type"]), Some(&"STATE".into()), "{}", output.stderr);
    target
}

fn schema(message: &Value) -> Stream {
    members(message, &["type", "stream", "schema", "key_properties", "bookmark_properties"]);
    let schema = &message["schema"];
    assert!(jsonschema::draft7::meta::is_valid(schema), "{}", message["stream"]);
    let named = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|name| text(name).to_owned()).collect()
    };
    let keys = named(&message["key_properties"]);
    assert!(!keys.is_empty(), "{}: target-duckdb wants a key", message["stream"]);
    for name in keys.iter().chain(&named(&message["bookmark_properties"])) {
        assert!(schema["properties"][name].is_object(), "{}: {name} is not in the schema", message["stream"]);
    }
    let validator = jsonschema::draft7::options().should_validate_formats(true).build(schema).expect("a valid schema");
    Stream { validator, keys }
}

fn record<'a>(message: &'a Value, stream: &Stream) -> &'a Value {
    members(message, &["type", "stream", "record", "time_extracted"]);
    let (name, row) = (text(&message["stream"]), &message["record"]);
    let time = text(&message["time_extracted"]);
    assert!(time.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
    let faults: Vec<String> =
        stream.validator.iter_errors(row).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}");
    for key in &stream.keys {
        assert!(row.get(key).is_some_and(|value| !value.is_null()), "{name}: no {key} in {row}");
    }
    row
}

fn state(message: &Value) -> &Value {
    members(message, &["type", "value"]);
    let bookmarks = message["value"]["bookmarks"].as_object().expect("bookmarks");
    assert!(bookmarks.values().all(Value::is_object), "{bookmarks:?}");
    &message["value"]
}

/// Nothing but these.
fn members(message: &Value, known: &[&str]) {
    for name in message.as_object().expect("an object").keys() {
        assert!(known.contains(&name.as_str()), "{name} in {message}");
    }
}

/// Takes the colon out of offsets.
fn as_jira(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(as_jira),
        Value::Object(members) => members.values_mut().for_each(as_jira),
        Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok() && !text.ends_with('Z') => {
            text.remove(text.len() - 3);
        }
        _ => {}
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}
