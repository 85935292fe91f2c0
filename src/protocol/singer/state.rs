//! Singer's state, ours and those of other taps for Jira, as far as they can be gone on from.

use crate::protocol::{Failure, InputState, catalog::kind, state::json};
use serde_json::{Map, Value};

/// What the Singer SDK writes into bookmarks besides the cursor.
const OF_SDK: [&str; 4] = ["replication_key", "partitions", "progress_markers", "starting_replication_value"];

/// The states behind `--state`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bookmarks {
    /// As the engine reads them.
    pub states: InputState,
    /// As they came: those of streams that are not read must be in what is written, too.
    pub came: Map<String, Value>,
    /// What could not be made use of, for the log.
    pub notes: Vec<String>,
}

impl Bookmarks {
    /// Accepts `{"bookmarks": …}`, by itself, as Meltano exports it, or as a message; the state of Meltano's wrapper of Airbyte
    /// connectors; and Airbyte's own. `{}` means "from the beginning".
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
            Some(Value::Object(came)) => return Self::of(came),
            Some(other) => return Err(fault("bookmarks", &format!("is {}, not an object", kind(&other)))),
        }
        if let Some(members) = state.as_object_mut() {
            members.retain(|name, _| !["bookmarks", "currently_syncing"].contains(&name.as_str()));
        }
        let states = InputState::of(state.get_mut("airbyte_state").map(Value::take).unwrap_or(state))?;
        let came = states.streams.iter().map(|(name, state)| (name.clone(), state.clone().into())).collect();
        Ok(Self { states, came, notes: Vec::new() })
    }

    fn of(came: Map<String, Value>) -> Result<Self, Failure> {
        let mut bookmarks = Self::default();
        for (name, bookmark) in &came {
            match bookmark {
                Value::Null => {}
                Value::Object(members) => bookmarks.add(name, members),
                other => {
                    return Err(fault(&format!("bookmarks.{name}"), &format!("is {}, not an object", kind(other))));
                }
            }
        }
        Ok(Self { came, ..bookmarks })
    }

    fn add(&mut self, name: &str, members: &Map<String, Value>) {
        let value = members.get("replication_key_value").filter(|value| !value.is_null());
        let members = match (members.get("replication_key").and_then(Value::as_str), value) {
            (Some(key), Some(value)) => Map::from_iter([(key.to_owned(), value.clone())]),
            // Cursors of single issues don't say how far the stream has come.
            _ if OF_SDK.iter().any(|name| members.contains_key(*name)) => {
                return self.notes.push(format!(
                    "The bookmark of stream '{name}' is another tap's and does not say how far the stream has come; if it is read, then from \
                     the beginning."
                ));
            }
            _ => members.clone(),
        };
        if !members.is_empty() {
            self.states.streams.insert(name.to_owned(), members);
        }
    }
}

fn fault(path: &str, problem: &str) -> Failure {
    Failure::config(format!(
        "The state cannot be used: {path} {problem}. Pass the state as this connector wrote it, or leave it out to start over."
    ))
}
