//! The files that Airbyte's own test suites read: they fit this connector, and hold no secret.

use crate::support::{Output, Site};
use serde_json::Value;
use std::collections::BTreeSet;

fn file(name: &str) -> Value {
    let path = format!("{}/integration_tests/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there")).expect("it is JSON")
}

fn names(states: &Value) -> Vec<&str> {
    let states = states.as_array().expect("states are a list");
    states.iter().filter_map(|state| state["stream"]["stream_descriptor"]["name"].as_str()).collect()
}

/// A read of all streams that a file has states of.
fn read_from(site: &Site, name: &str) -> Output {
    let states = file(name);
    site.read(&names(&states), "incremental", Some(&states)).good()
}

#[test]
fn the_sample_config_is_a_config() {
    let config = file("sample_config.json").to_string();
    source_jira::config::parse(config.as_bytes()).expect("a valid config");
}

#[test]
fn the_configured_catalog_is_read_in_whole() {
    let site = Site::new(30, 1, "");
    let catalog = file("configured_catalog.json");
    let output = site.read_with(&site.config(), &catalog, None).good();
    let streams = catalog["streams"].as_array().expect("a list").iter();
    let wanted: BTreeSet<&str> = streams.filter_map(|stream| stream["stream"]["name"].as_str()).collect();
    let states = output.state();
    assert_eq!(names(&states).into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn the_sample_state_is_continued_from() {
    let site = Site::new(120, 1, "");
    let all = site.read(&["issues"], "incremental", None).good().records("issues").len();
    let from_there = read_from(&site, "sample_state.json").records("issues").len();
    assert!(0 < from_there && from_there < all, "{from_there} of {all}");
}

/// Connector Acceptance Tests, `state_with_abnormally_large_values`: a state, and no record.
#[test]
fn a_state_of_the_far_future_brings_no_records() {
    let site = Site::new(30, 1, "");
    let output = read_from(&site, "abnormal_state.json");
    assert_eq!(output.of_type("RECORD").count(), 0);
    assert_eq!(names(&output.state()).len(), names(&file("abnormal_state.json")).len());
}

#[test]
fn both_states_name_the_same_streams() {
    assert_eq!(names(&file("sample_state.json")), names(&file("abnormal_state.json")));
}

/// PyAirbyte makes a text column of a property of several types, and PostgreSQL's driver refuses objects there.
#[test]
fn each_property_of_a_record_has_one_type() {
    /// Any JSON: see docs/pipelines/pyairbyte.md.
    const ANYTHING: [(&str, &str); 1] = [("issue_properties", "value")];
    for stream in source_jira::streams::ALL {
        let schema: Value = serde_json::from_str(stream.schema).expect("a JSON schema");
        for (name, property) in schema["properties"].as_object().expect("properties") {
            let types = property["type"].as_array().into_iter().flatten();
            let one = types.filter(|kind| **kind != "null").count() == 1;
            assert!(one || ANYTHING.contains(&(stream.name, name)), "{}.{name}: {}", stream.name, property["type"]);
        }
    }
}
