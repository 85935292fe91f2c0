//! Reads a state's JSON into its type, and says where it is wrong.

use crate::protocol::Failure;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads the state of a stream. The failure names the property, what is wrong with it, and what to do.
pub(super) fn parse<T: DeserializeOwned>(stream: &str, properties: &Map<String, Value>) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(properties.clone())).map_err(|error| {
        let path = error.path().to_string();
        unusable(stream, if path == "." { "" } else { &path }, &sentence(&error.into_inner().to_string()))
    })
}

/// What serde says, as the end of a sentence about the property.
fn sentence(problem: &str) -> String {
    let own = ["is ", "holds ", "ends ", "goes ", "names "].iter().any(|verb| problem.starts_with(verb));
    if own { problem.to_owned() } else { format!("cannot be read ({problem})") }
}

/// A state that cannot be used. `path` names the property within the stream's state; `problem` completes the sentence.
pub(super) fn unusable(stream: &str, path: &str, problem: &str) -> Failure {
    let dot = if path.is_empty() { "" } else { "." };
    Failure::config(format!(
        "The state of stream '{stream}' cannot be used: stream_state{dot}{path} {problem}. Restore the state that the last \
         sync wrote, or reset the stream to read it from the beginning."
    ))
}
