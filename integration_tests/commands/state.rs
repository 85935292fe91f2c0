//! States from anywhere: the good and empty ones are used, the others refused with the member that is wrong.

use super::harness::{listed, read_files, refusal, run};
use crate::support::{Output, Site, catalog};
use serde_json::{Value, json};

fn read(site: &Site, stream: &str, state: &[u8]) -> Output {
    let catalog = catalog(&[stream], "incremental").to_string();
    read_files(site, None, Some(catalog.as_bytes()), Some(state))
}

fn message(stream: &str, state: &Value) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}})
}

#[test]
fn states_that_cannot_be_used() {
    let site = Site::new(30, 1, "");
    let issues = |state: Value| json!([message("issues", &state)]).to_string().into_bytes();
    let cases: [(&str, Vec<u8>); 21] = [
        ("not JSON", b"{'issues': {}}".to_vec()),
        ("cut off", b"[{\"type\": \"STREAM\"".to_vec()),
        ("broken UTF-8", b"[\"\xff\"]".to_vec()),
        ("a number", b"3".to_vec()),
        ("text", b"\"issues\"".to_vec()),
        ("a list of numbers", b"[1]".to_vec()),
        ("a list of lists", b"[[]]".to_vec()),
        ("unknown type", json!([{"type": "CURSOR"}]).to_string().into_bytes()),
        ("no descriptor", json!([{"type": "STREAM", "stream": {}}]).to_string().into_bytes()),
        (
            "name is a number",
            json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": 1}}}]).to_string().into_bytes(),
        ),
        ("global without streams", json!([{"type": "GLOBAL", "global": {}}]).to_string().into_bytes()),
        ("legacy data is text", json!([{"type": "LEGACY", "data": "x"}]).to_string().into_bytes()),
        ("state is text", issues(json!("yesterday"))),
        ("cursor is no time", issues(json!({"updated": "yesterday"}))),
        ("cursor is a number", issues(json!({"updated": 1_700_000_000}))),
        ("backfill is empty", issues(json!({"version": 1, "position": {"backfill": {}}}))),
        (
            "sent is a list",
            issues(json!({"version": 1, "position": {"cursor": "2026-01-01T00:00:00.000+0000"}, "recently_sent": []})),
        ),
        (
            "scope is a number",
            issues(json!({"version": 1, "position": {"cursor": "2026-01-01T00:00:00.000+0000"}, "scope": 1})),
        ),
        ("of a later version", issues(json!({"version": 2, "position": {"cursor": "2026-01-01T00:00:00.000+0000"}}))),
        ("from another connector", issues(json!({"lsn": 12, "txid": 7}))),
        ("two levels of Airbyte's", issues(json!({"states": [{"partition": {}, "cursor": {"updated": "never"}}]}))),
    ];
    let rows: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, bytes)| {
            let output = read(&site, "issues", bytes);
            assert_eq!(output.of_type("RECORD").count(), 0, "{case}");
            (*case, refusal(&site, &output))
        })
        .collect();
    insta::assert_snapshot!("state_faults", listed(&rows));
}

#[test]
fn empty_states_mean_from_the_beginning() {
    let site = Site::new(30, 1, "");
    let all = site.truth("issues").len();
    let reset = json!([message("issues", &json!({}))]).to_string();
    let nulls = json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": "issues", "namespace": null}, "stream_state": null}}]).to_string();
    for state in ["", " \n", "[]", "{}", "null", r#"[{"type":"LEGACY","data":{}}]"#, r#"{"issues":{}}"#, &reset, &nulls]
    {
        let output = read(&site, "issues", state.as_bytes()).good();
        assert_eq!(output.records("issues").len(), all, "{state}");
    }
}

/// What PyAirbyte writes: a property twice, nulls, statistics, and unknown properties.
#[test]
fn the_dialects_of_clients_are_understood() {
    let site = Site::new(60, 1, "");
    let first = read(&site, "issues", b"[]").good();
    let known = first.state()[0].clone();
    let stream = known["stream"].to_string();
    let cursor = known["stream"]["stream_state"].clone();
    let twice = format!(
        r#"[{{"type":"STREAM","stream":{stream},"global_":null,"data":null,"sourceStats":{{"recordCount":120.0,"rejectedRecordCount":null}},"destinationStats":null,"global_":null,"odd":[1]}}]"#
    );
    let envelope = json!([{"type": "STATE", "state": known}]).to_string();
    let legacy = json!({"issues": cursor}).to_string();
    let global =
        json!([{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": [known["stream"]]}}]).to_string();
    for state in [&twice, &envelope, &legacy, &global, &json!([known]).to_string()] {
        let output = read(&site, "issues", state.as_bytes()).good();
        let (rows, all) = (output.records("issues").len(), first.records("issues").len());
        assert!(rows < all, "{state}: {rows} of {all} rows, so the state did not count");
    }
}

#[test]
fn states_of_streams_that_are_not_read_are_ignored_with_a_log_line() {
    let site = Site::new(30, 1, "");
    let state = json!([
        message("sprints", &json!({"updated": "nonsense"})),
        message("gone_long_ago", &json!({"a": 1})),
        message("issue_types", &json!({})),
    ]);
    let catalog = catalog(&["issue_types"], "full_refresh");
    let output = run(&site, site.read_command(&site.config(), &catalog, Some(&state))).good();
    assert!(!output.records("issue_types").is_empty());
    let reported: Vec<&str> = output.logs().into_iter().filter(|text| text.contains("The state of stream")).collect();
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(
        reported.iter().any(|text| text.contains("'gone_long_ago'"))
            && reported.iter().any(|text| text.contains("'sprints'"))
    );
}

/// PyAirbyte returns the last state of every stream, lists too: their next read must bring all of them again.
#[test]
fn full_refresh_streams_ignore_their_state_in_incremental_mode() {
    let site = Site::new(30, 1, "");
    let first = read(&site, "issue_types", b"[]").good();
    let again = read(&site, "issue_types", first.state().to_string().as_bytes()).good();
    let odd =
        read(&site, "issue_types", json!([message("issue_types", &json!({"updated": 7}))]).to_string().as_bytes())
            .good();
    let count = first.records("issue_types").len();
    assert!(count > 0);
    assert_eq!((again.records("issue_types").len(), odd.records("issue_types").len()), (count, count));
}
