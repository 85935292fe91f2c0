//! Singer's state: our own, and those of other taps for Jira as far as a sync can resume from them.

use crate::protocol::{Failure, InputState, catalog::kind, state::json};
use serde_json::{Map, Value};

/// What the Singer SDK writes into bookmarks besides the cursor.
const OF_SDK: [&str; 4] = ["replication_key", "partitions", "progress_markers", "starting_replication_value"];

/// The states in the file of `--state`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bookmarks {
    /// For the engine.
    pub states: InputState,
    /// The bookmarks as they were passed. Those of streams that are not read are part of every STATE, too.
    pub passed: Map<String, Value>,
    /// What cannot be used, for the log.
    pub warnings: Vec<String>,
}

impl Bookmarks {
    /// Parses `{"bookmarks": …}` alone, as Meltano exports it, or in a message; the state of Meltano's wrapper for Airbyte
    /// connectors; and Airbyte's own states. An empty file and `{}` mean "from the beginning".
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let mut state = json(bytes, "state")?;
        for envelope in ["value", "singer_state"] {
            if let Some(inner) = state.get_mut(envelope) {
                state = inner.take();
            }
        }
        match state.get_mut("bookmarks").map(Value::take) {
            None | Some(Value::Null) => {}
            Some(Value::Object(passed)) => return Self::of(passed),
            Some(other) => return Err(fault("bookmarks", &format!("is {}, not an object", kind(&other)))),
        }
        if let Some(properties) = state.as_object_mut() {
            properties.retain(|name, _| !["bookmarks", "currently_syncing"].contains(&name.as_str()));
        }
        let states = InputState::of(state.get_mut("airbyte_state").map(Value::take).unwrap_or(state))?;
        let passed = states.streams.iter().map(|(name, state)| (name.clone(), state.clone().into())).collect();
        Ok(Self { states, passed, warnings: Vec::new() })
    }

    fn of(passed: Map<String, Value>) -> Result<Self, Failure> {
        let mut bookmarks = Self::default();
        for (name, bookmark) in &passed {
            match bookmark {
                Value::Null => {}
                Value::Object(bookmark) => bookmarks.add(name, bookmark),
                other => {
                    return Err(fault(&format!("bookmarks.{name}"), &format!("is {}, not an object", kind(other))));
                }
            }
        }
        Ok(Self { passed, ..bookmarks })
    }

    fn add(&mut self, name: &str, bookmark: &Map<String, Value>) {
        let value = bookmark.get("replication_key_value").filter(|value| !value.is_null());
        let position = match (bookmark.get("replication_key").and_then(Value::as_str), value) {
            (Some(key), Some(value)) => Map::from_iter([(key.to_owned(), value.clone())]),
            // Cursors of single issues don't say how far the stream was read.
            _ if OF_SDK.iter().any(|name| bookmark.contains_key(*name)) => {
                return self.warnings.push(format!(
                    "{name}: the bookmark of another tap does not say how far the stream was read; reading it from the beginning, if it is \
                     selected."
                ));
            }
            _ => bookmark.clone(),
        };
        if !position.is_empty() {
            self.states.streams.insert(name.to_owned(), position);
        }
    }
}

fn fault(path: &str, problem: &str) -> Failure {
    Failure::config(format!(
        "The state cannot be used: {path} {problem}. Pass the state as this connector wrote it, or no state to start from the beginning."
    ))
}
