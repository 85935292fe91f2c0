//! What cannot be used is refused with one line on stderr that names it, and nothing on stdout.

use super::harness::{chosen, entry, say, tap};
use crate::{
    commands::harness::{listed, redact, with_wrong_token},
    support::{Form, Output, Site, catalog},
};
use serde_json::{Value, json};
use std::process::Command;

/// The one error of a run that must fail before it has written anything.
fn refusal(site: &Site, command: Command) -> String {
    let output = Output::of(command);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{}", output.stderr);
    assert!(!output.stderr.contains(site.token()), "{}", output.stderr);
    let errors: Vec<&str> = output.stderr.lines().filter_map(|line| line.strip_prefix("ERROR ")).collect();
    assert_eq!(errors.len(), 1, "{}", output.stderr);
    redact(site, errors[0])
}

#[test]
fn catalogs_that_cannot_be_used() {
    let site = Site::new(1, 1, "");
    let changed = |change: fn(&mut Value)| {
        let mut catalog = chosen(&site, &["issues"]);
        change(&mut catalog);
        catalog
    };
    let cases = [
        ("a list", json!([])),
        ("no streams", json!({})),
        ("streams is text", json!({"streams": "issues"})),
        ("a stream is text", json!({"streams": ["issues"]})),
        ("no name", json!({"streams": [{"schema": {}}]})),
        ("Airbyte's", catalog(&["issues"], "incremental")),
        ("metadata is an object", json!({"streams": [{"stream": "issues", "metadata": {}}]})),
        ("a stream twice", json!({"streams": [{"stream": "issues"}, {"tap_stream_id": "issues"}]})),
        (
            "a method that there is not",
            changed(|catalog| say(catalog, "issues", &[], "replication-method", "LOG_BASED")),
        ),
        ("a method that is no text", changed(|catalog| say(catalog, "issues", &[], "replication-method", 1))),
        ("another cursor", changed(|catalog| say(catalog, "issues", &[], "replication-key", "created"))),
        (
            "a schema without the key",
            changed(|catalog| {
                entry(catalog, "issues")["schema"]["properties"].as_object_mut().expect("properties").remove("id");
            }),
        ),
        (
            "what cannot be read anew",
            changed(|catalog| {
                say(catalog, "deleted_sprints", &[], "selected", true);
                say(catalog, "deleted_sprints", &[], "replication-method", "FULL_TABLE");
            }),
        ),
    ];
    site.reset_log();
    let rows: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, catalog)| (*case, refusal(&site, tap(&site, &site.config(), Some(catalog), None))))
        .collect();
    insta::assert_snapshot!("catalog_faults", listed(&rows));
    assert_eq!(site.log().requests, 0);
}

#[test]
fn states_that_cannot_be_used() {
    let site = Site::new(1, 1, "");
    let wanted = chosen(&site, &["issues"]);
    let of_issues = |bookmark: Value| json!({"bookmarks": {"issues": bookmark}});
    let cases = [
        ("a number", json!(3)),
        ("bookmarks is a list", json!({"bookmarks": []})),
        ("a bookmark is text", of_issues(json!("2026-01-01T00:00:00Z"))),
        ("a bookmark of nothing known", of_issues(json!({"lsn": 7}))),
        ("a cursor that is no time", of_issues(json!({"updated": "yesterday"}))),
        (
            "another cursor",
            of_issues(json!({"replication_key": "created", "replication_key_value": "2026-01-01T00:00:00Z"})),
        ),
        ("another tap's, flat", json!({"start_date": "2026-01-01T00:00:00Z"})),
    ];
    let rows: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, state)| (*case, refusal(&site, tap(&site, &site.config(), Some(&wanted), Some(state)))))
        .collect();
    insta::assert_snapshot!("state_faults", listed(&rows));
}

#[test]
fn configs_and_files_that_cannot_be_used() {
    let site = Site::new(1, 1, "");
    let missing = |option: &str| {
        let mut command = tap(&site, &site.config(), None, None);
        command.args([option, "missing.json"]);
        refusal(&site, command)
    };
    let discover = |config: &Value| {
        let mut command = tap(&site, config, None, None);
        command.arg("--discover");
        refusal(&site, command)
    };
    let rows = [
        ("nothing in it", refusal(&site, tap(&site, &json!({}), None, None))),
        ("nothing in it, discover", discover(&json!({}))),
        ("wrong token", refusal(&site, tap(&site, &with_wrong_token(&site), None, None))),
        ("catalog", missing("--catalog")),
        ("catalog, by its older name", missing("--properties")),
        ("state", missing("--state")),
    ];
    insta::assert_snapshot!("config_faults", listed(&rows));
}

#[test]
fn an_unknown_stream_is_named_and_the_others_are_read() {
    let site = Site::new(20, 61, "");
    let mut catalog = chosen(&site, &["labels"]);
    catalog["streams"].as_array_mut().expect("streams").push(json!({"tap_stream_id": "label", "schema": {}}));
    let output = Output::of(tap(&site, &site.config(), Some(&catalog), None));
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("ERROR label: The catalog asks for the stream 'label', which does not exist."));
    assert_eq!(super::harness::records(&output, "labels").len(), site.truth("labels").len());
    let state = output.messages.last().expect("a STATE");
    assert_eq!(state["value"]["bookmarks"].as_object().map(|bookmarks| bookmarks.len()), Some(1), "{state}");
}

/// Meltano writes the config file for each run: a refresh token that was saved there is lost.
#[test]
fn a_refresh_token_that_would_be_lost_is_not_used() {
    let site = Site::new(10, 62, "");
    let wanted = chosen(&site, &["labels"]);
    let run = |config: &Value, meltano: bool| {
        let mut command = tap(&site, config, Some(&wanted), None);
        if meltano {
            command.env("MELTANO_EXTRACTOR_NAME", "tap-source-jira");
        }
        command
    };
    let config = site.config_of(Form::OAuth);
    site.reset_log();
    let error = refusal(&site, run(&config, true));
    assert!(error.contains("Meltano") && error.contains("persist_tokens"), "{error}");
    assert_eq!(site.log().requests, 0);
    // Without Meltano, the new one is saved in the config file.
    assert_eq!(Output::of(run(&config, false)).code, Some(0));
    let saved: Value =
        serde_json::from_slice(&std::fs::read(site.file_path("config.json")).expect("a file")).expect("JSON");
    assert_ne!(saved["credentials"]["refresh_token"], config["credentials"]["refresh_token"]);
    let mut kept = saved.clone();
    kept["persist_tokens"] = true.into();
    assert_eq!(Output::of(run(&kept, true)).code, Some(0));
}

/// There is no CONTROL in Singer: what can't be saved is lost.
#[cfg(unix)]
#[test]
fn a_refresh_token_that_cannot_be_saved_is_not_used() {
    use std::io::Write as _;
    let site = Site::new(10, 63, "");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(site.config_of(Form::OAuth).to_string().as_bytes()).expect("room for a config");
    drop(writer);
    let mut command = site.command(&["singer", "--config", "/dev/stdin"]);
    command.stdin(reader);
    let error = refusal(&site, command);
    assert!(error.contains("'/dev/stdin', \"it is not a regular file\""), "{error}");
    assert_eq!(site.log().requests, 0);
}
