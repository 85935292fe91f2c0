//! Catalogs: the streams that `discover` offers, and those that a platform selects for `read`.
//!
//! Parsing is lenient about unknown properties, nulls and missing properties, because every client writes its own dialect.
//! Anything else that is invalid is refused with the path of the property.

use super::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    FullRefresh,
    Incremental,
}

/// Airbyte protocol: `AirbyteStream`.
#[derive(Debug, Serialize)]
pub struct DiscoveredStream {
    pub name: &'static str,
    pub json_schema: Value,
    pub supported_sync_modes: Vec<SyncMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_defined_cursor: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_cursor_field: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_defined_primary_key: Vec<Vec<&'static str>>,
    pub is_resumable: bool,
}

/// One stream that the platform selected, as far as a source needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredStream {
    pub name: String,
    pub sync_mode: SyncMode,
    /// The schema that the destination has; null if the client did not pass it.
    pub json_schema: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredCatalog {
    pub streams: Vec<ConfiguredStream>,
}

impl ConfiguredCatalog {
    /// Parses the file of `--catalog`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let value = super::state::json(bytes, "catalog")?;
        if !value.is_object() {
            return Err(fault("it", &format!("is {}, not an object with the list `streams`", kind(&value))));
        }
        let listed = match value.get("streams") {
            Some(Value::Array(streams)) => streams,
            Some(other) => return Err(fault("streams", &format!("is {}, not a list", kind(other)))),
            None => {
                return Err(fault("streams", "is missing; pass the configured catalog that lists the streams to read"));
            }
        };
        let mut streams: Vec<ConfiguredStream> = Vec::with_capacity(listed.len());
        for (at, entry) in listed.iter().enumerate() {
            let stream = parse_stream(entry, at)?;
            if streams.iter().any(|known| known.name == stream.name) {
                let path = format!("streams[{at}].stream.name");
                return Err(fault(&path, &format!("names '{}' a second time; list each stream once", stream.name)));
            }
            streams.push(stream);
        }
        Ok(Self { streams })
    }
}

fn parse_stream(entry: &Value, at: usize) -> Result<ConfiguredStream, Failure> {
    if !entry.is_object() {
        let problem = format!("is {}, not an object with `stream` and `sync_mode`", kind(entry));
        return Err(fault(&format!("streams[{at}]"), &problem));
    }
    let name_path = format!("streams[{at}].stream.name");
    let name = match entry.get("stream").and_then(|stream| stream.get("name")) {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(Value::String(_)) => return Err(fault(&name_path, "is empty")),
        Some(other) => return Err(fault(&name_path, &format!("is {}, not a string", kind(other)))),
        None => return Err(fault(&name_path, "is missing")),
    };
    let mode_path = format!("streams[{at}].sync_mode");
    let sync_mode = match entry.get("sync_mode") {
        Some(Value::String(mode)) if mode == "full_refresh" => SyncMode::FullRefresh,
        Some(Value::String(mode)) if mode == "incremental" => SyncMode::Incremental,
        Some(Value::String(mode)) => {
            let problem = format!("of stream '{name}' is '{mode}'; it must be 'full_refresh' or 'incremental'");
            return Err(fault(&mode_path, &problem));
        }
        Some(Value::Null) | None => {
            let problem = format!("of stream '{name}' is missing; write 'full_refresh' or 'incremental'");
            return Err(fault(&mode_path, &problem));
        }
        Some(other) => return Err(fault(&mode_path, &format!("of stream '{name}' is {}, not a string", kind(other)))),
    };
    let json_schema = entry.pointer("/stream/json_schema").cloned().unwrap_or_default();
    Ok(ConfiguredStream { name, sync_mode, json_schema })
}

fn fault(path: &str, problem: &str) -> Failure {
    Failure::config(format!("The catalog cannot be used: {path} {problem}."))
}

/// The type of a JSON value, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_dialects_of_real_clients() {
        let text =
            br#"{"streams":[{"stream":{"name":"issues","json_schema":{},"namespace":null},"sync_mode":"incremental",
            "cursor_field":null,"destination_sync_mode":"append","extra":1},
            {"stream":{"name":"users"},"sync_mode":"full_refresh"}]}"#;
        let catalog = ConfiguredCatalog::parse(text).unwrap();
        assert_eq!(
            catalog.streams[0],
            ConfiguredStream {
                name: "issues".into(),
                sync_mode: SyncMode::Incremental,
                json_schema: serde_json::json!({})
            }
        );
        assert_eq!(catalog.streams[1].sync_mode, SyncMode::FullRefresh);
    }

    #[test]
    fn names_the_property_that_cannot_be_used() {
        for (text, expected) in [
            (&br#"{}"#[..], "The catalog cannot be used: streams is missing"),
            (br#"{"streams":3}"#, "streams is a number, not a list"),
            (br#"{"streams":[{}]}"#, "streams[0].stream.name is missing"),
            (br#"{"streams":[{"stream":{"name":7}}]}"#, "streams[0].stream.name is a number, not a string"),
            (br#"{"streams":[{"stream":{"name":"a"}}]}"#, "streams[0].sync_mode of stream 'a' is missing"),
            (br#"{"streams":[{"stream":{"name":"a"},"sync_mode":"cdc"}]}"#, "is 'cdc'; it must be"),
            (
                br#"{"streams":[{"stream":{"name":"a"},"sync_mode":"incremental"},{"stream":{"name":"a"},"sync_mode":"incremental"}]}"#,
                "streams[1].stream.name names 'a' a second time",
            ),
            (br#"{"streams":"#, "The catalog is not valid JSON"),
            (b"{\"streams\":\"\xff\"}", "The catalog is not valid UTF-8"),
        ] {
            let failure = ConfiguredCatalog::parse(text).unwrap_err();
            assert!(failure.message.contains(expected), "{} does not contain: {expected}", failure.message);
        }
    }
}
