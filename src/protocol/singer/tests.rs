//! What discovery offers can be chosen from, and what comes back is understood.

use super::*;
use crate::protocol::SyncMode;
use serde_json::{Value, json};

fn offered() -> Vec<DiscoveredStream> {
    let stream = |name, cursor: Option<&'static str>| DiscoveredStream {
        name,
        json_schema: json!({"type": "object", "additionalProperties": true, "required": ["id", "a"], "properties": {
            "id": {"type": "string"}, "at": {"type": "string"}, "any": {"description": "x"},
            "a": {"type": "object", "properties": {"b": {"type": "string"}, "c": {}}}, "list": {"items": {"properties": {"d": {}}}},
        }}),
        supported_sync_modes: match cursor {
            Some(_) => vec![SyncMode::FullRefresh, SyncMode::Incremental],
            None => vec![SyncMode::FullRefresh],
        },
        source_defined_cursor: None,
        default_cursor_field: cursor.map(|cursor| vec![cursor]),
        source_defined_primary_key: vec![vec!["id"]],
        is_resumable: true,
    };
    vec![stream("moving", Some("at")), stream("standing", None)]
}

#[test]
fn the_catalog_of_discovery_selects_everything() {
    let (offered, catalog) = (offered(), catalog(&offered()));
    let selection = Selection::of(&catalog, &offered).unwrap();
    let selected: Vec<(&str, SyncMode, Option<&str>)> = selection
        .streams
        .iter()
        .map(|stream| (stream.name.as_str(), stream.sync_mode, stream.cursor.as_deref()))
        .collect();
    assert_eq!(selected, [("moving", SyncMode::Incremental, Some("at")), ("standing", SyncMode::FullRefresh, None)]);
    for (stream, entry) in selection.streams.iter().zip(catalog["streams"].as_array().unwrap()) {
        assert_eq!((&stream.schema, &stream.keys), (&entry["schema"], &vec!["id".to_owned()]));
    }
    assert_eq!(selection.configured().streams.len(), 2);
}

#[test]
fn every_property_gets_a_type() {
    let catalog = catalog(&offered());
    let properties = &catalog["streams"][0]["schema"]["properties"];
    for path in ["/any/type", "/a/properties/c/type", "/list/items/properties/d/type"] {
        assert_eq!(properties.pointer(path).and_then(Value::as_array).map(Vec::len), Some(7), "{path}");
    }
    assert_eq!(properties["any"]["description"], "x");
}

/// The selected schema when the metadata of one property has `settings`.
fn trimmed(path: &[&str], settings: Value) -> Value {
    let mut catalog = catalog(&offered());
    let breadcrumb: Vec<&str> = path.iter().flat_map(|name| ["properties", name]).collect();
    let metadata = catalog["streams"][0]["metadata"].as_array_mut().unwrap();
    let entry = metadata.iter_mut().find(|entry| entry["breadcrumb"] == json!(breadcrumb)).unwrap();
    entry["metadata"].as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    Selection::of(&catalog, &offered()).unwrap().streams.remove(0).schema
}

#[test]
fn an_object_with_a_deselected_property_is_closed() {
    let schema = trimmed(&["a"], json!({"selected": false}));
    assert_eq!((&schema["properties"]["a"], &schema["additionalProperties"]), (&Value::Null, &json!(false)));
    assert_eq!(schema["required"], json!(["id"]));
    let schema = trimmed(&["a", "b"], json!({"selected": false}));
    assert_eq!(schema["additionalProperties"], true);
    let inner = &schema["properties"]["a"];
    assert_eq!((&inner["properties"]["b"], &inner["additionalProperties"]), (&Value::Null, &json!(false)));
    assert!(inner["properties"]["c"].is_object());
}

#[test]
fn keys_and_cursors_are_always_selected() {
    for name in ["id", "at"] {
        for settings in [
            json!({"selected": false}),
            json!({"inclusion": "unsupported"}),
            json!({"inclusion": "available", "selected": false}),
        ] {
            assert!(trimmed(&[name], settings.clone())["properties"][name].is_object(), "{name}: {settings}");
        }
    }
}

#[test]
fn bookmarks_are_read_and_kept_unchanged() {
    let text =
        br#"{"bookmarks": {"a": {"version": 1}, "b": {"replication_key": "updated", "replication_key_value": "t"},
        "c": {"partitions": []}, "d": null, "e": {}}, "currently_syncing": "a"}"#;
    let bookmarks = Bookmarks::parse(text).unwrap();
    let read: Vec<(&str, Value)> =
        bookmarks.states.streams.iter().map(|(name, state)| (name.as_str(), json!(state))).collect();
    assert_eq!(read, [("a", json!({"version": 1})), ("b", json!({"updated": "t"}))]);
    assert_eq!(bookmarks.passed.keys().map(String::as_str).collect::<String>(), "abcde");
    assert_eq!(bookmarks.warnings.len(), 1);
}

#[test]
fn a_state_that_cannot_be_used_says_where() {
    for (text, expected) in [
        ("{", "The state is not valid JSON"),
        (r#"{"bookmarks": 3}"#, "bookmarks is a number, not an object"),
        (r#"{"bookmarks": {"a": "x"}}"#, "bookmarks.a is a string, not an object"),
        (r#"{"a": 3}"#, "a is a number, not an object"),
    ] {
        let message = Bookmarks::parse(text.as_bytes()).unwrap_err().message;
        assert!(message.contains(expected), "{message} does not contain: {expected}");
    }
}
