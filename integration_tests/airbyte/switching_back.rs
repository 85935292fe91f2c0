//! Back to its connector: what our states carry for it, at the end of a run and wherever a run was cut off.

use super::{SHARED, message, places, state_of, text};
use crate::support::{Site, catalog, time};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// The time at a place in a state.
fn moment(state: &Value, pointer: &str) -> i64 {
    time::parse(state.pointer(pointer).and_then(Value::as_str).unwrap()).unwrap()
}

const CURSOR: &str = "/position/cursor";

#[test]
fn without_projects_it_finds_one_partition_that_is_not_too_late() {
    let site = Site::new(60, 81, "");
    site.advance_clock(Duration::from_secs(3600));
    let config = site.config_with(json!({"compatibility": "airbyte"}));
    let output = site.read_with(&config, &catalog(&SHARED, "incremental"), None).good();
    let newest = places(&site).values().map(|issue| issue.updated).max().unwrap();
    let issues = state_of(&output, "issues");
    let ours = moment(&issues, CURSOR);
    assert!(ours > newest);
    assert_eq!(issues["use_global_cursor"], false);
    assert_eq!(
        issues["states"],
        json!([{"partition": {}, "cursor": {"updated": text((ours - 600_000) / 1000 * 1000)}}])
    );
    assert_eq!((&issues["state"], &issues["parent_state"]), (&issues["states"][0]["cursor"], &json!({})));
    for stream in ["issue_comments", "issue_worklogs", "issue_changelogs"] {
        let child = state_of(&output, stream);
        assert_eq!(child["parent_state"]["issues"]["states"][0]["partition"], json!({}), "{stream}");
        let parent = moment(&child, "/parent_state/issues/state/updated");
        assert!(parent <= moment(&child, CURSOR) - 600_000, "{stream}");
    }
    assert!(state_of(&output, "sprint_issues")["state"]["updated"].is_string());
    // And we go on from our own members.
    let again = site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&output.state())).good();
    assert_eq!(again.of_type("RECORD").count(), 0);
}

#[test]
fn with_projects_it_finds_a_partition_for_each_that_was_read() {
    let site = Site::new(60, 82, "");
    let wanted: BTreeSet<(String, String)> = site
        .truth("issues")
        .iter()
        .map(|row| &row["fields"]["project"])
        .map(|project| (project["id"].as_str().unwrap().to_owned(), project["key"].as_str().unwrap().to_owned()))
        .take(2)
        .collect();
    let keys: Vec<&String> = wanted.iter().map(|(_, key)| key).collect();
    let config = site.config_with(json!({"compatibility": "airbyte", "projects": keys}));
    let output = site.read_with(&config, &catalog(&SHARED, "incremental"), None).good();
    for (stream, pointer) in [("issues", ""), ("issue_comments", "/parent_state/issues")] {
        let state = state_of(&output, stream);
        let listed = state.pointer(&format!("{pointer}/states")).unwrap().as_array().unwrap();
        let ids: BTreeSet<&str> =
            listed.iter().map(|entry| entry["partition"]["project_id"].as_str().unwrap()).collect();
        assert_eq!(ids, wanted.iter().map(|(id, _)| id.as_str()).collect::<BTreeSet<&str>>(), "{stream}");
        // A project that is named later is then none that it knows, and is read from its beginning.
        assert!(state.get("state").is_none() && state.pointer(&format!("{pointer}/state")).is_none(), "{stream}");
    }
}

/// The first read goes by creation: half of it means nothing to a connector that goes by change.
#[test]
fn during_the_first_read_airbytes_connector_would_start_over() {
    let site = Site::new(300, 83, "");
    let config = site.config_with(json!({"compatibility": "airbyte"}));
    let started = time::format(site.now());
    let half = json!({"version": 1, "position": {"backfill": {"started": started}}});
    site.change("[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nkind = \"forbidden\"");
    let output =
        site.read_with(&config, &catalog(&["issues"], "incremental"), Some(&json!([message("issues", &half)])));
    assert_eq!(output.code, Some(1));
    let state = state_of(&output, "issues");
    assert!(state.pointer("/position/backfill").is_some());
    assert_eq!((&state["states"], state.get("state")), (&json!([]), None));
}

#[test]
fn with_our_own_ways_states_carry_nothing_for_it() {
    let site = Site::new(20, 84, "");
    let output = site.read(&["issues", "labels"], "incremental", None).good();
    for stream in ["issues", "labels"] {
        let state = state_of(&output, stream);
        assert!(["states", "use_global_cursor", "compatibility"].iter().all(|name| state.get(name).is_none()));
    }
}
