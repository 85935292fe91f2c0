//! `discover`: every stream with its schema, without a network.

use super::bench::{refusal, run_with};
use crate::support::{Output, Site};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn discover(site: &Site) -> Output {
    // Nobody answers there: a discover that asked would fail.
    let output = run_with(site, &["discover"], &site.config_with(json!({"domain": "nobody.invalid"})));
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    output
}

fn streams(output: &Output) -> Vec<Value> {
    let catalogs: Vec<&Value> = output.of_type("CATALOG").collect();
    assert_eq!((catalogs.len(), output.messages.len()), (1, 1));
    catalogs[0]["streams"].as_array().cloned().expect("a list of streams")
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn one_catalog_without_a_network() {
    let site = Site::new(1, 1, "");
    let streams = streams(&discover(&site));
    let unique: BTreeSet<&str> = streams.iter().filter_map(|stream| stream["name"].as_str()).collect();
    assert_eq!(unique.len(), streams.len());
    assert_eq!(site.log().requests, 0);
}

#[test]
fn the_streams_keep_their_names_keys_cursors_and_modes() {
    let site = Site::new(1, 1, "");
    let mut page = String::new();
    for stream in streams(&discover(&site)) {
        let keys: Vec<&str> =
            stream["source_defined_primary_key"].as_array().into_iter().flatten().flat_map(names).collect();
        page += &format!(
            "{} key={} modes={} cursor={} resumable={}\n",
            stream["name"].as_str().unwrap_or_default(),
            keys.join("+"),
            names(&stream["supported_sync_modes"]).join(","),
            names(&stream["default_cursor_field"]).join("."),
            stream["is_resumable"]
        );
    }
    insta::assert_snapshot!("streams", page);
}

#[test]
fn every_schema_is_draft_07_and_types_every_property() {
    let site = Site::new(1, 1, "");
    for stream in streams(&discover(&site)) {
        let (name, schema) = (&stream["name"], &stream["json_schema"]);
        assert!(jsonschema::draft7::meta::is_valid(schema), "{name}");
        assert_eq!(schema["type"], "object", "{name}");
        assert_eq!(schema["additionalProperties"], true, "{name}: new fields of Jira must not break a sync");
        untyped(schema, &mut |path| panic!("{name}: {path} has no type"), "");
    }
}

/// target-duckdb and others fail on a property without `type`.
fn untyped(schema: &Value, complain: &mut dyn FnMut(&str), path: &str) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        if property.get("type").is_none() {
            complain(&path);
        }
        untyped(property, complain, &path);
    }
    if let Some(items) = schema.get("items") {
        untyped(items, complain, &format!("{path}[]"));
    }
}

#[test]
fn keys_and_cursors_are_properties_of_a_plain_type() {
    let site = Site::new(1, 1, "");
    for stream in streams(&discover(&site)) {
        let name = &stream["name"];
        let keys: Vec<&Value> = stream["source_defined_primary_key"].as_array().into_iter().flatten().collect();
        assert!(!keys.is_empty(), "{name} has no key");
        for path in keys.into_iter().chain(stream.get("default_cursor_field")) {
            let [member] = names(path)[..] else { panic!("{name}: {path} is not one member") };
            let kind = &stream["json_schema"]["properties"][member]["type"];
            let kinds = if kind.is_string() { vec![kind.as_str().unwrap_or_default()] } else { names(kind) };
            assert!(!kinds.is_empty(), "{name}: {member} is not in the schema");
            assert!(
                kinds.iter().all(|kind| ["string", "integer", "null"].contains(kind)),
                "{name}: {member} is {kinds:?}"
            );
        }
    }
}

#[test]
fn a_bad_config_is_refused() {
    let site = Site::new(1, 1, "");
    let output = run_with(&site, &["discover"], &json!({"domain": "acme.atlassian.net"}));
    assert!(refusal(&site, &output).contains("credentials"));
    assert_eq!(output.of_type("CATALOG").count(), 0);
}
