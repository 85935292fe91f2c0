//! Configs as Airbyte's own connector has them, flat and nested: taken as they are, and handed back in today's form.

use crate::{
    commands::harness::{run_with, verdict},
    support::{Form, Site},
};
use serde_json::{Value, json};

/// The config that a CONTROL message brings, if there is one.
fn migrated(site: &Site, config: &Value) -> Option<Value> {
    let output = run_with(site, &["check"], config);
    let text = verdict(site, &output);
    assert!(text.starts_with("SUCCEEDED"), "{text}: {config}");
    let controls: Vec<&Value> = output.of_type("CONTROL").collect();
    assert!(controls.len() <= 2, "{controls:#?}");
    controls.first().map(|control| control["connectorConfig"]["config"].clone())
}

/// All that such a config may hold besides credentials and domain.
fn other_options() -> Value {
    json!({
        "projects": [], "start_date": "2020-01-01T00:00:00Z", "lookback_window_minutes": 0, "num_workers": 3,
        "expand_issue_changelog": false, "render_fields": false, "expand_issue_transition": false,
        "issues_stream_expand_with": [],
    })
}

fn with(site: &Site, members: Value) -> Value {
    let mut config = other_options();
    config["domain"] = json!(site.host());
    for (name, value) in members.as_object().expect("an object") {
        config[name] = value.clone();
    }
    config
}

#[test]
fn flat_configs_are_moved() {
    let site = Site::new(10, 1, "");
    let nested = json!({"auth_type": "API Token", "email": site.email(), "api_token": site.token()});
    let flat = with(&site, json!({"email": site.email(), "api_token": site.token()}));
    let half = with(
        &site,
        json!({"email": site.email(), "credentials": {"auth_type": "API Token", "api_token": site.token()}}),
    );
    for config in [flat, half] {
        let mut expected = config.clone();
        expected["credentials"] = nested.clone();
        let moved = migrated(&site, &config).expect("a CONTROL");
        assert_eq!(moved, expected, "nothing else changes, and the flat keys stay");
        assert_eq!(migrated(&site, &moved), None, "once is enough");
    }
}

#[test]
fn nested_configs_are_taken_as_they_are() {
    for form in [Form::ApiToken, Form::ServiceToken] {
        let site = Site::new(10, 1, "");
        let config = with(&site, json!({"credentials": form.credentials(&site)}));
        assert_eq!(migrated(&site, &config), None, "{form:?}");
    }
    // The only change to an OAuth config are its tokens. Its cloud_id stands where the other connector keeps it.
    let site = Site::new(10, 1, "");
    let mut config = with(&site, json!({"credentials": Form::OAuth.credentials(&site)}));
    config["credentials"]["cloud_id"] = json!(site.cloud_id());
    let mut expected = config.clone();
    let renewed = migrated(&site, &config).expect("a CONTROL");
    for member in ["refresh_token", "access_token", "token_expiry_date"] {
        expected["credentials"][member] = renewed["credentials"][member].clone();
    }
    assert_eq!(renewed, expected);
}

/// Flat keys, a domain written as a URL, and OAuth tokens left over with them: one message names them all.
#[test]
fn a_move_and_a_renewal_end_in_one_config() {
    let site = Site::new(10, 1, "");
    let mut config = with(&site, json!({"credentials": Form::OAuth.credentials(&site)}));
    config["api_token"] = json!("left over");
    config["email"] = json!("left@over.example");
    let output = run_with(&site, &["check"], &config);
    assert!(verdict(&site, &output).starts_with("SUCCEEDED"));
    let last = output.of_type("CONTROL").last().expect("a CONTROL")["connectorConfig"]["config"].clone();
    assert_eq!((&last["api_token"], &last["domain"]), (&config["api_token"], &config["domain"]));
    assert!(last["credentials"].get("api_token").is_none());
}
