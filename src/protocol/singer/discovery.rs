//! The catalog that discovery writes: each stream with its schema, and what a user may select of it.

use super::{below, cursor, keys};
use crate::protocol::{DiscoveredStream, SyncMode};
use serde_json::{Map, Value, json};

/// The types of a property whose schema has none: targets such as target-duckdb fail without a type.
const ANY: [&str; 7] = ["null", "object", "array", "string", "integer", "number", "boolean"];

/// The catalog as JSON: `{"streams": […]}`.
pub fn catalog(streams: &[DiscoveredStream]) -> Value {
    json!({"streams": streams.iter().map(entry).collect::<Vec<Value>>()})
}

fn entry(stream: &DiscoveredStream) -> Value {
    let mut schema = stream.json_schema.clone();
    typed(&mut schema);
    let needed: Vec<&str> = keys(stream).into_iter().chain(cursor(stream)).collect();
    let mut metadata = vec![json!({"breadcrumb": [], "metadata": root(stream)})];
    describe(&schema, &[], &needed, &mut metadata);
    json!({
        "tap_stream_id": stream.name, "stream": stream.name, "key_properties": keys(stream), "schema": schema,
        "metadata": metadata,
    })
}

fn root(stream: &DiscoveredStream) -> Map<String, Value> {
    let incremental = stream.supported_sync_modes.contains(&SyncMode::Incremental);
    let method = if incremental { "INCREMENTAL" } else { "FULL_TABLE" };
    let mut root = Map::new();
    let mut add = |name: &str, value: Value| root.insert(name.to_owned(), value);
    add("inclusion", "available".into());
    add("selected-by-default", true.into());
    add("table-key-properties", keys(stream).into());
    add("replication-method", method.into());
    if stream.supported_sync_modes.len() == 1 {
        add("forced-replication-method", method.into());
    }
    if let Some(cursor) = cursor(stream) {
        add("replication-key", cursor.into());
        add("valid-replication-keys", vec![cursor].into());
    }
    root
}

/// Adds an entry for each property: Meltano takes a property without one for a mandatory one.
fn describe(schema: &Value, path: &[&str], needed: &[&str], metadata: &mut Vec<Value>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = below(path, name);
        let inclusion = if needed.contains(&name.as_str()) { "automatic" } else { "available" };
        metadata.push(json!({"breadcrumb": path, "metadata": {"inclusion": inclusion}}));
        describe(property, &path, &[], metadata);
    }
}

fn typed(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for property in properties.map(|(_, property)| property) {
        if let Some(keywords) = property.as_object_mut() {
            keywords.entry("type").or_insert_with(|| ANY.as_slice().into());
        }
        typed(property);
    }
    if let Some(items) = schema.get_mut("items") {
        typed(items);
    }
}
