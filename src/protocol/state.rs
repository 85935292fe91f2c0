//! STATE: the message that is a checkpoint, and every form in which clients pass states to `read`.

use super::{catalog::kind, failure::Failure, trace::StreamDescriptor};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Airbyte protocol: `AirbyteStateMessage` of type STREAM, the only type that the connector writes (PyAirbyte drops GLOBAL).
#[derive(Debug, Serialize)]
pub struct StateMessage {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub stream: StreamState,
    #[serde(rename = "sourceStats")]
    pub source_stats: SourceStats,
}

#[derive(Debug, Serialize)]
pub struct StreamState {
    pub stream_descriptor: StreamDescriptor,
    pub stream_state: Value,
}

#[derive(Debug, Serialize)]
pub struct SourceStats {
    /// Records of this stream since its previous STATE. The protocol defines a JSON number with a decimal point.
    #[serde(rename = "recordCount")]
    pub record_count: f64,
}

impl StateMessage {
    /// `records`: those of the stream since its previous STATE.
    pub fn new(stream: &str, stream_state: Value, records: u64) -> Self {
        let stream = StreamState { stream_descriptor: StreamDescriptor { name: stream.to_owned() }, stream_state };
        Self { kind: "STREAM", stream, source_stats: SourceStats { record_count: records as f64 } }
    }
}

/// The states in the file of `--state`, by stream. A stream without one starts from the beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputState {
    pub streams: BTreeMap<String, Map<String, Value>>,
}

impl InputState {
    /// Parses the file of `--state`: a list of state messages (platforms, PyAirbyte), a single one, messages of type STATE, the
    /// same as JSON lines, or the legacy object by stream name. An empty file, `[]`, `{}` and null mean "from the beginning".
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match lines(bytes) {
            Some(lines) => Self::of(Value::Array(lines)),
            None => Self::of(json(bytes, "state")?),
        }
    }

    /// As [`Self::parse`], for JSON that is parsed already.
    pub(super) fn of(value: Value) -> Result<Self, Failure> {
        let mut state = Self::default();
        match value {
            Value::Null => {}
            Value::Array(entries) => {
                for (at, entry) in entries.into_iter().enumerate() {
                    state.add(entry, &format!("[{at}]"))?;
                }
            }
            entry @ Value::Object(_) => state.add(entry, "")?,
            other => return Err(fault("", &format!("is {}, not a list of state messages", kind(&other)))),
        }
        Ok(state)
    }

    fn add(&mut self, entry: Value, path: &str) -> Result<(), Failure> {
        let mut entry = match entry {
            Value::Object(entry) => entry,
            other => return Err(fault(path, &format!("is {}, not a state message", kind(&other)))),
        };
        if entry.get("type").and_then(Value::as_str) == Some("STATE") {
            return self.add(entry.remove("state").unwrap_or_default(), &format!("{path}.state"));
        }
        match entry.get("type") {
            Some(Value::String(kind)) if kind == "STREAM" => {
                let stream = entry.remove("stream").unwrap_or_default();
                self.add_stream(stream, &format!("{path}.stream"))
            }
            Some(Value::String(kind)) if kind == "GLOBAL" => {
                let streams =
                    entry.get_mut("global").and_then(|global| global.get_mut("stream_states")).map(Value::take);
                match streams {
                    Some(Value::Array(streams)) => streams.into_iter().enumerate().try_for_each(|(at, stream)| {
                        self.add_stream(stream, &format!("{path}.global.stream_states[{at}]"))
                    }),
                    _ => Err(fault(&format!("{path}.global.stream_states"), "is missing or not a list")),
                }
            }
            Some(Value::String(kind)) if kind == "LEGACY" => {
                self.add_legacy(entry.remove("data").unwrap_or_default(), &format!("{path}.data"))
            }
            Some(Value::String(kind)) => {
                Err(fault(&format!("{path}.type"), &format!("is '{kind}'; it must be STREAM, GLOBAL or LEGACY")))
            }
            // No type: the protocol's oldest form, the object by stream name.
            _ => match entry.remove("data") {
                Some(data @ Value::Object(_)) if entry.values().all(Value::is_null) => {
                    self.add_legacy(data, &format!("{path}.data"))
                }
                Some(data) => {
                    entry.insert("data".to_owned(), data);
                    self.add_legacy(Value::Object(entry), path)
                }
                None => self.add_legacy(Value::Object(entry), path),
            },
        }
    }

    fn add_legacy(&mut self, streams: Value, path: &str) -> Result<(), Failure> {
        match streams {
            Value::Null => Ok(()),
            Value::Object(streams) => streams.into_iter().try_for_each(|(name, state)| {
                let path = format!("{path}.{name}");
                self.insert(name, state, &path)
            }),
            other => Err(fault(path, &format!("is {}, not an object by stream name", kind(&other)))),
        }
    }

    fn add_stream(&mut self, mut stream: Value, path: &str) -> Result<(), Failure> {
        let name = match stream.pointer("/stream_descriptor/name") {
            Some(Value::String(name)) => name.clone(),
            Some(other) => {
                return Err(fault(
                    &format!("{path}.stream_descriptor.name"),
                    &format!("is {}, not a string", kind(other)),
                ));
            }
            None => return Err(fault(&format!("{path}.stream_descriptor.name"), "is missing")),
        };
        let state = stream.get_mut("stream_state").map(Value::take).unwrap_or_default();
        self.insert(name, state, &format!("{path}.stream_state"))
    }

    fn insert(&mut self, name: String, state: Value, path: &str) -> Result<(), Failure> {
        match state {
            Value::Null => Ok(()),
            Value::Object(state) => {
                if !state.is_empty() {
                    self.streams.insert(name, state);
                }
                Ok(())
            }
            other => Err(fault(path, &format!("is {}, not an object", kind(&other)))),
        }
    }
}

fn fault(path: &str, problem: &str) -> Failure {
    let path = path.trim_start_matches('.');
    let path = if path.is_empty() { "it" } else { path };
    Failure::config(format!(
        "The state cannot be used: {path} {problem}. Pass the states as this connector wrote them, or no state to start from the beginning."
    ))
}

/// The JSON in a file that the user passed; `what` names the file in errors. If a property occurs twice, which PyAirbyte
/// writes, the last one applies.
pub(crate) fn json(bytes: &[u8], what: &str) -> Result<Value, Failure> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Failure::config(format!(
            "The {what} is not valid UTF-8 (byte {}). Save the file as UTF-8.",
            error.valid_up_to()
        ))
    })?;
    if text.trim().is_empty() {
        return Err(Failure::config(format!("The {what} is an empty file. Check what wrote it.")));
    }
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        let reason =
            if error.is_eof() { "it ends too early" } else { text.split(" at line ").next().unwrap_or_default() };
        Failure::config(format!(
            "The {what} is not valid JSON: {reason} (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })
}

/// Messages of the protocol that a saved output holds besides its states.
const OTHER_MESSAGES: [&str; 6] = ["RECORD", "LOG", "TRACE", "CONTROL", "CATALOG", "CONNECTION_STATUS"];

/// Several JSON values, one after the other: the lines of a saved output. Of two states of a stream the later one counts.
fn lines(bytes: &[u8]) -> Option<Vec<Value>> {
    let values: Vec<Value> = serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<_, _>>().ok()?;
    let is_other = |value: &Value| value["type"].as_str().is_some_and(|kind| OTHER_MESSAGES.contains(&kind));
    (values.len() > 1).then(|| values.into_iter().filter(|value| !is_other(value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        InputState::parse(text.as_bytes()).unwrap().streams.into_keys().collect()
    }

    #[test]
    fn reads_every_form_that_clients_pass() {
        let stream = r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues","namespace":null},"stream_state":{"updated":"x"}},"global_":null,"data":null,"global_":null}"#;
        assert_eq!(names(&format!("[{stream}]")), ["issues"]);
        assert_eq!(names(stream), ["issues"]);
        assert_eq!(names(&format!(r#"[{{"type":"STATE","state":{stream}}}]"#)), ["issues"]);
        assert_eq!(names(r#"[{"type":"LEGACY","data":{"issues":{"updated":"x"}}}]"#), ["issues"]);
        assert_eq!(names(r#"{"issues":{"updated":"x"},"boards":{"a":1}}"#), ["boards", "issues"]);
        assert_eq!(names(r#"{"data":{"issues":{"updated":"x"}}}"#), ["issues"]);
        let lines =
            format!("{{\"type\":\"LOG\"}}\n{{\"type\":\"STATE\",\"state\":{stream}}}\n{{\"type\":\"RECORD\"}}\n");
        assert_eq!(names(&lines), ["issues"]);
        let global = r#"{"type":"GLOBAL","global":{"shared_state":{},"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{"b":1}}]}}"#;
        assert_eq!(names(global), ["a"]);
        for empty in
            ["", " \n", "[]", "{}", "null", r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues"}}}]"#]
        {
            assert!(names(empty).is_empty(), "{empty}");
        }
    }

    #[test]
    fn names_what_it_cannot_use() {
        for (text, expected) in [
            ("3", "it is a number, not a list of state messages"),
            ("[4]", "[0] is a number, not a state message"),
            (r#"[{"type":"STREAM"}]"#, "[0].stream.stream_descriptor.name is missing"),
            (r#"[{"type":"CURSOR"}]"#, "[0].type is 'CURSOR'"),
            (
                r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":7}}]"#,
                "[0].stream.stream_state is a number",
            ),
            (r#"{"issues":"yesterday"}"#, "issues is a string, not an object"),
            ("{", "The state is not valid JSON"),
        ] {
            let message = InputState::parse(text.as_bytes()).unwrap_err().message;
            assert!(message.contains(expected), "{message} does not contain: {expected}");
        }
    }

    #[test]
    fn the_count_keeps_its_decimal_point() {
        let line = serde_json::to_string(&StateMessage::new("a", serde_json::json!({}), 120)).unwrap();
        assert!(line.ends_with(r#""sourceStats":{"recordCount":120.0}}"#), "{line}");
    }
}
