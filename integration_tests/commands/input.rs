//! `read` with a config or a catalog that cannot be used: one clear sentence each, naming the member.

use super::harness::{listed, read_files, refusal, run};
use crate::support::{Site, catalog};
use serde_json::{Value, json};

#[test]
fn catalogs_that_cannot_be_used() {
    let site = Site::new(1, 1, "");
    let stream = |name: &str, mode: &str| json!({"stream": {"name": name}, "sync_mode": mode});
    let streams = |streams: Value| json!({"streams": streams}).to_string().into_bytes();
    let cases: [(&str, Vec<u8>); 15] = [
        ("empty file", vec![]),
        ("not JSON", b"{streams: []}".to_vec()),
        ("cut off", b"{\"streams\": [".to_vec()),
        ("broken UTF-8", b"{\"streams\": \"\xff\"}".to_vec()),
        ("a list", b"[]".to_vec()),
        ("no streams", b"{}".to_vec()),
        ("streams is text", streams(json!("issues"))),
        ("a stream is text", streams(json!(["issues"]))),
        ("no name", streams(json!([{"stream": {}, "sync_mode": "incremental"}]))),
        ("name is a number", streams(json!([{"stream": {"name": 7}, "sync_mode": "incremental"}]))),
        ("a stream twice", streams(json!([stream("issues", "incremental"), stream("issues", "full_refresh")]))),
        ("unknown sync mode", streams(json!([stream("users", "full_refresh"), stream("issues", "cdc")]))),
        ("sync mode is a list", streams(json!([{"stream": {"name": "issues"}, "sync_mode": []}]))),
        ("no sync mode", streams(json!([{"stream": {"name": "issues"}}]))),
        // Airbyte's acceptance test asks for exactly this.
        ("unknown stream and mode", streams(json!([stream("__AIRBYTE__stream_that_does_not_exist", "nothing")]))),
    ];
    let rows: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, bytes)| (*case, refusal(&site, &read_files(&site, None, Some(bytes), None))))
        .collect();
    insta::assert_snapshot!("catalog_faults", listed(&rows));
    assert_eq!(site.log().requests, 0, "nothing of that needs a question to Jira");
}

#[test]
fn configs_that_cannot_be_used() {
    let site = Site::new(1, 1, "");
    let text = |value: Value| value.to_string().into_bytes();
    let cases: [(&str, Vec<u8>); 9] = [
        ("empty file", vec![]),
        ("not JSON", b"{\n  'domain': 'acme'\n}".to_vec()),
        ("broken UTF-8", b"{\"domain\": \"\xff\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("a list", text(json!([site.config()]))),
        ("nothing in it", text(json!({}))),
        ("a number as token", text(site.config_with(json!({"credentials": {"auth_type": "API Token", "email": "a@b.c", "api_token": 7}})))),
        ("dates the wrong way round", text(site.config_with(json!({"updated_after": "2026-01-02T00:00:00Z", "updated_before": "2026-01-01T00:00:00Z"})))),
        (
            "several",
            text(site.config_with(json!({"projects": "CORE", "start_date": "2026-02-30T00:00:00Z", "num_workers": "many", "scan_mode": "fast"}))),
        ),
    ];
    let rows: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, bytes)| (*case, refusal(&site, &read_files(&site, Some(bytes), None, None))))
        .collect();
    insta::assert_snapshot!("config_faults", listed(&rows));
}

#[test]
fn files_that_are_not_there() {
    let site = Site::new(1, 1, "");
    let config = site.file("good.json", site.config().to_string()).display().to_string();
    let chosen = site.file("chosen.json", catalog(&["issue_types"], "full_refresh").to_string()).display().to_string();
    let refused = |arguments: &[&str]| refusal(&site, &run(&site, site.command(arguments)));
    let rows = [
        ("config", refused(&["read", "--config", "missing.json", "--catalog", &chosen])),
        ("config is a folder", refused(&["read", "--config", "/", "--catalog", &chosen])),
        ("catalog", refused(&["read", "--config", &config, "--catalog", "missing.json"])),
        ("state", refused(&["read", "--config", &config, "--catalog", &chosen, "--state", "missing.json"])),
        ("discover", refused(&["discover", "--config", "missing.json"])),
    ];
    insta::assert_snapshot!("missing_files", listed(&rows));
}

#[test]
fn an_unknown_stream_is_named_and_the_others_are_read() {
    let site = Site::new(30, 1, "");
    let mut rows = Vec::new();
    for name in ["issue_coments", "pull_requests", "\"is\\sues\""] {
        let output =
            run(&site, site.read_command(&site.config(), &catalog(&[name, "issue_types"], "full_refresh"), None));
        rows.push((name, refusal(&site, &output)));
        assert_eq!(output.statuses(name).last(), Some(&"INCOMPLETE"), "{name}");
        assert_eq!(output.statuses("issue_types"), ["STARTED", "RUNNING", "COMPLETE"], "{name}");
        assert!(!output.records("issue_types").is_empty(), "{name}");
        let error = output.of_type("TRACE").find(|trace| trace["type"] == "ERROR").expect("an error");
        assert_eq!(error["error"]["stream_descriptor"]["name"], name);
    }
    insta::assert_snapshot!("unknown_streams", listed(&rows));
}

#[test]
fn what_clients_write_beyond_the_needed_is_ignored() {
    let site = Site::new(30, 1, "");
    let config = site.config_with(json!({"__injected": 1, "projects": null, "start_date": "", "credentials": {
        "auth_type": "API Token", "email": site.email(), "api_token": site.token(), "x": null,
    }}));
    // PyAirbyte asks for every stream incrementally, tap-airbyte-wrapper leaves cursors and keys out.
    let catalog = json!({"unknown": true, "streams": [{
        "stream": {"name": "issue_types", "namespace": null, "json_schema": {}, "unknown": []}, "sync_mode": "incremental",
        "destination_sync_mode": "overwrite", "cursor_field": [], "primary_key": null, "generation_id": 1, "sync_id": 1,
    }]});
    let output = run(&site, site.read_command(&config, &catalog, Some(&json!([])))).good();
    assert_eq!(output.statuses("issue_types"), ["STARTED", "RUNNING", "COMPLETE"]);
    assert!(!output.records("issue_types").is_empty());
}

#[test]
fn no_streams_is_a_short_run() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.read_command(&site.config(), &json!({"streams": []}), None)).good();
    assert_eq!(output.of_type("RECORD").count() + output.of_type("STATE").count(), 0);
}

#[test]
fn socket_mode_is_refused_and_its_usual_announcement_is_not() {
    let site = Site::new(30, 1, "");
    let read = |medium: &str| {
        let mut command = site.read_command(&site.config(), &catalog(&["issue_types"], "full_refresh"), None);
        command.env("DATA_CHANNEL_MEDIUM", medium).env("DATA_CHANNEL_FORMAT", "JSONL");
        run(&site, command)
    };
    insta::assert_snapshot!("socket_mode", refusal(&site, &read("SOCKET")));
    assert!(!read("STDIO").good().records("issue_types").is_empty());
}
