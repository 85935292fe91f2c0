//! States: a stream resumes from its own, from those of other taps where that is safe; states of streams that are not read are kept.

use super::harness::{chosen, read, records, tap};
use crate::support::{Output, Site, assert_singer};
use serde_json::{Value, json};
use std::time::Duration;

/// The state after a first run, an hour after which two issues have changed.
fn changed(site: &Site, streams: &[&str]) -> Value {
    let state = assert_singer(&read(site, streams, None)).state.expect("a state");
    site.advance_clock(Duration::from_secs(3_600));
    site.random_edits(2, 3);
    site.advance_clock(Duration::from_secs(120));
    state
}

#[test]
fn every_form_of_a_returned_state_is_resumed_from() {
    let site = Site::new(80, 51, "");
    let state = changed(&site, &["issues"]);
    let few = records(&read(&site, &["issues"], Some(&state)), "issues").len();
    assert!((1..10).contains(&few), "{few}");
    let issues = &state["bookmarks"]["issues"];
    let stream = json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": "issues"}, "stream_state": issues}});
    for (case, form) in [
        ("with more beside it", json!({"bookmarks": state["bookmarks"], "currently_syncing": "issues", "x": 1})),
        ("the message", json!({"type": "STATE", "value": state})),
        ("as Meltano exports it", json!({"singer_state": state})),
        ("of Meltano's wrapper of Airbyte connectors", json!({"airbyte_state": [stream]})),
        ("Airbyte's", json!([stream])),
    ] {
        let output = read(&site, &["issues"], Some(&form));
        assert_singer(&output);
        assert_eq!(records(&output, "issues").len(), few, "{case}");
    }
}

#[test]
fn empty_states_mean_from_the_beginning() {
    let site = Site::new(30, 52, "");
    let all = site.truth("issues").len();
    let empty = [
        json!({}),
        json!(null),
        json!({"bookmarks": {}}),
        json!({"bookmarks": null}),
        json!({"bookmarks": {"issues": {}}}),
        json!({"bookmarks": {"issues": null}}),
        json!({"currently_syncing": null}),
        json!({"singer_state": {}}),
    ];
    for state in empty {
        let output = read(&site, &["issues"], Some(&state));
        assert_singer(&output);
        assert_eq!(records(&output, "issues").len(), all, "{state}");
    }
    let mut command = tap(&site, &site.config(), Some(&chosen(&site, &["issues"])), None);
    command.arg("--state").arg(site.file("state.json", "\n"));
    assert_eq!(records(&Output::of(command), "issues").len(), all);
}

/// States of other taps for Jira that say how far the stream was read.
#[test]
fn the_cursors_of_other_taps_are_resumed_from() {
    let site = Site::new(80, 53, "");
    let state = changed(&site, &["issues"]);
    let updated = state["bookmarks"]["issues"]["position"]["cursor"].clone();
    let few = records(&read(&site, &["issues"], Some(&state)), "issues").len();
    for bookmark in [
        json!({"updated": updated}),
        json!({"updated": updated, "offset": {"page_num": 3}}),
        json!({"replication_key": "updated", "replication_key_value": updated}),
        json!({"replication_key": "updated", "replication_key_value": updated, "starting_replication_value": null, "progress_markers": {"a": 1}}),
    ] {
        let foreign = json!({"bookmarks": {"issues": bookmark, "users": {"replication_key": "id", "replication_key_value": "7"}}});
        let output = read(&site, &["issues", "users"], Some(&foreign));
        assert_singer(&output);
        let count = records(&output, "issues").len();
        // Those say nothing of what was sent within the overlap, so some may come again.
        assert!(
            (few..few + 20).contains(&count) && count < site.truth("issues").len(),
            "{count}, not {few}: {bookmark}"
        );
        assert_eq!(records(&output, "users").len(), site.truth("users").len(), "lists are read in full");
    }
}

#[test]
fn partitioned_cursors_cause_a_full_refresh_with_a_log_line() {
    let site = Site::new(30, 54, "");
    for bookmark in [
        json!({"partitions": [{"context": {"issue_id": 1}, "replication_key": "updated", "replication_key_value": "2030-01-01T00:00:00Z"}]}),
        json!({"starting_replication_value": "2030-01-01T00:00:00Z", "progress_markers": {}}),
        json!({"replication_key": "updated", "replication_key_value": null}),
    ] {
        let output = read(&site, &["issue_comments"], Some(&json!({"bookmarks": {"issue_comments": bookmark}})));
        assert_singer(&output);
        assert_eq!(records(&output, "issue_comments").len(), site.truth("comments").len(), "{bookmark}");
        assert!(output.stderr.contains("WARN issue_comments: the bookmark of another tap"), "{}", output.stderr);
    }
}

#[test]
fn bookmarks_of_streams_that_are_not_read_are_kept() {
    let site = Site::new(60, 55, "");
    let state = changed(&site, &["issues", "labels"]);
    let mut before = state.clone();
    before["bookmarks"]["worklogs"] = json!({"another": "tap's"});
    let after = assert_singer(&read(&site, &["issue_comments"], Some(&before))).state.expect("a state");
    for name in ["issues", "labels", "worklogs"] {
        assert_eq!(after["bookmarks"][name], before["bookmarks"][name], "{name}");
    }
    assert!(after["bookmarks"]["issue_comments"]["position"]["cursor"].is_string());
    let third = read(&site, &["issues"], Some(&after));
    assert!(records(&third, "issues").len() < 10);
}

/// Meltano merges the states of runs that failed, member by member.
#[test]
fn a_merged_state_of_a_finished_list_causes_a_full_refresh() {
    let site = Site::new(30, 56, "");
    let bookmark = json!({"__ab_full_refresh_sync_complete": true, "version": 1, "mode": "full_refresh", "after": "99999", "offset": 0});
    let merged = json!({"bookmarks": {"project_versions": bookmark}});
    let output = read(&site, &["project_versions"], Some(&merged));
    assert_eq!(records(&output, "project_versions").len(), site.truth("versions").len());
}
