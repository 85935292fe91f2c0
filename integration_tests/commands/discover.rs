//! `discover`: every stream with its schema. What it asks the site for is tested in `fields`.

use super::harness::{refusal, run_with};
use crate::support::{Output, Site};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn discover(site: &Site) -> Output {
    // Nothing listens there.
    let config = site.config_with(json!({"domain": "nobody.invalid", "discover_custom_fields": false}));
    let output = run_with(site, &["discover"], &config);
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
    for (members, expected) in
        [(json!({"max_concurrency": 0}), "max_concurrency"), (json!({"domain": 5, "credentials": null}), "domain")]
    {
        let output = run_with(&site, &["discover"], &site.config_with(members));
        assert!(refusal(&site, &output).contains(expected));
        assert_eq!(output.of_type("CATALOG").count(), 0);
    }
}
