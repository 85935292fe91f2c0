//! Configs of older shapes: accepted, and handed back to the platform in the present one.

use super::harness::{run, run_with, verdict};
use crate::support::{Site, catalog};
use serde_json::json;

#[test]
fn flat_credentials_work_and_are_moved() {
    let site = Site::new(30, 1, "");
    let flat = json!({
        "api_token": site.token(), "email": site.email(), "domain": site.host(), "projects": [], "lookback_window_minutes": 0,
        "something_of_yours": {"kept": [1, 2]},
    });
    let output = run_with(&site, &["check"], &flat);
    assert!(verdict(&site, &output).starts_with("SUCCEEDED"));
    let mut moved = flat.clone();
    moved["credentials"] = json!({"auth_type": "API Token", "email": site.email(), "api_token": site.token()});
    let controls: Vec<_> = output.of_type("CONTROL").collect();
    let [control] = controls.as_slice() else { panic!("not one CONTROL: {controls:#?}") };
    assert_eq!(control["type"], "CONNECTOR_CONFIG");
    assert!(control["emitted_at"].is_i64());
    // The platform replaces the stored config by it, so nothing may be missing.
    assert_eq!(control["connectorConfig"]["config"], moved);

    let read = run(&site, site.read_command(&flat, &catalog(&["projects"], "full_refresh"), None)).good();
    assert_eq!(read.of_type("CONTROL").count(), 1);
    assert_eq!(read.messages[0]["type"], "CONTROL", "before any work");
    assert!(!read.records("projects").is_empty());
}

#[test]
fn what_was_moved_once_is_not_moved_again() {
    let site = Site::new(30, 1, "");
    let output = run_with(&site, &["check"], &site.config());
    assert_eq!(output.of_type("CONTROL").count(), 0);
}
