//! `--discover`: the same streams as Airbyte's discovery has, described as Singer does.

use super::harness::{discovered, entry};
use crate::support::Site;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn one_stream_looks_like_this() {
    let site = Site::new(1, 1, "");
    let mut catalog = discovered(&site).0;
    insta::assert_json_snapshot!("issue_remote_links", entry(&mut catalog, "issue_remote_links"));
}

#[test]
fn it_offers_what_airbyte_is_offered() {
    let site = Site::new(1, 1, "");
    let mut airbyte = site.command(&["discover", "--config"]);
    airbyte.arg(site.file("c.json", site.config().to_string()));
    let airbyte = crate::support::Output::of(airbyte).good();
    let mut catalog = discovered(&site).0;
    let offered = airbyte.of_type("CATALOG").next().expect("a catalog")["streams"].as_array().expect("streams").clone();
    assert_eq!(catalog["streams"].as_array().expect("streams").len(), offered.len());
    for stream in offered {
        let name = stream["name"].as_str().expect("a name");
        let entry = entry(&mut catalog, name);
        let keys: Vec<&Value> =
            stream["source_defined_primary_key"].as_array().into_iter().flatten().map(|path| &path[0]).collect();
        let root = &entry["metadata"][0]["metadata"];
        assert_eq!(
            (&entry["stream"], &entry["key_properties"], &root["table-key-properties"]),
            (&json!(name), &json!(keys), &json!(keys))
        );
        let cursor = stream["default_cursor_field"].get(0).unwrap_or(&Value::Null);
        assert_eq!(&root["replication-key"], cursor, "{name}");
        let method = if cursor.is_null() { "FULL_TABLE" } else { "INCREMENTAL" };
        assert_eq!(root["replication-method"], method, "{name}");
        let forced = stream["supported_sync_modes"].as_array().is_some_and(|modes| modes.len() == 1);
        assert_eq!(root["forced-replication-method"], if forced { method.into() } else { Value::Null }, "{name}");
    }
}

#[test]
fn what_cannot_be_left_out_is_automatic_and_all_else_available() {
    let site = Site::new(1, 1, "");
    for entry in discovered(&site).0["streams"].as_array().expect("streams") {
        let metadata = entry["metadata"].as_array().expect("metadata");
        let said: BTreeSet<String> = metadata.iter().map(|said| said["breadcrumb"].to_string()).collect();
        assert_eq!(said.len(), metadata.len(), "{}: twice", entry["stream"]);
        let mut paths = BTreeSet::from(["[]".to_owned()]);
        breadcrumbs(&entry["schema"], &[], &mut paths);
        assert_eq!(said, paths, "{}", entry["stream"]);
        let root = &metadata[0]["metadata"];
        let needed: Vec<&Value> =
            entry["key_properties"].as_array().into_iter().flatten().chain(root.get("replication-key")).collect();
        let automatic = metadata.iter().filter(|said| said["metadata"]["inclusion"] == "automatic");
        let automatic: BTreeSet<String> = automatic.map(|said| said["breadcrumb"].to_string()).collect();
        assert_eq!(
            automatic,
            needed.iter().map(|name| json!(["properties", name]).to_string()).collect(),
            "{}",
            entry["stream"]
        );
    }
}

fn breadcrumbs(schema: &Value, path: &[&str], found: &mut BTreeSet<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path: Vec<&str> = path.iter().copied().chain(["properties", name]).collect();
        found.insert(json!(path).to_string());
        breadcrumbs(property, &path, found);
    }
}

/// What targets stop at: a property without a type, and words of JSON Schema that they don't know.
#[test]
fn targets_can_load_the_schemas() {
    const KNOWN: [&str; 8] =
        ["$schema", "type", "format", "description", "properties", "additionalProperties", "items", "enum"];
    fn assert_plain(schema: &Value, path: &str) {
        let members = schema.as_object().unwrap_or_else(|| panic!("{path} is no object"));
        assert!(members.contains_key("type"), "{path} has no type");
        let unknown: Vec<&String> = members.keys().filter(|name| !KNOWN.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let nullable = property["type"].as_array().is_some_and(|types| types.contains(&"null".into()));
            assert!(nullable, "{path}.{name} must not be null");
            assert_plain(property, &format!("{path}.{name}"));
        }
        if let Some(items) = schema.get("items") {
            assert_plain(items, &format!("{path}[]"));
        }
    }
    let site = Site::new(1, 1, "");
    for entry in discovered(&site).0["streams"].as_array().expect("streams") {
        assert_plain(&entry["schema"], entry["stream"].as_str().expect("a name"));
    }
}

/// Meltano reads it with a limit of 64 KB a line.
#[test]
fn its_lines_are_short() {
    let site = Site::new(1, 1, "");
    let text = discovered(&site).1;
    assert!(text.len() > 65_536 && text.lines().all(|line| line.len() < 4_096));
}
