//! The ways of its connector: keys and records, where they are asked for or inherited, and ours elsewhere.

use super::{message, state_of};
use crate::{
    commands::harness::run_with,
    support::{Output, Site, catalog},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Children that it asks for by the key of their issue.
const BY_KEY: [&str; 6] = [
    "issue_properties",
    "issue_remote_links",
    "issue_transitions",
    "issue_votes",
    "issue_watchers",
    "issue_feature_flags",
];

fn keys(site: &Site, members: Value) -> BTreeMap<String, Vec<String>> {
    let output = run_with(site, &["discover"], &site.config_with(members));
    let streams = output.of_type("CATALOG").next().unwrap()["streams"].as_array().unwrap().clone();
    let paths = |stream: &Value| stream["source_defined_primary_key"].as_array().cloned().unwrap_or_default();
    let key = |stream: &Value| paths(stream).iter().map(|path| path[0].as_str().unwrap().to_owned()).collect();
    streams.iter().map(|stream| (stream["name"].as_str().unwrap().to_owned(), key(stream))).collect()
}

#[test]
fn its_keys_are_offered_where_its_ways_are_kept() {
    let site = Site::new(1, 71, "");
    let (ours, its) = (keys(&site, json!({})), keys(&site, json!({"compatibility": "airbyte"})));
    let differ: Vec<(&str, &[String], &[String])> = ours
        .iter()
        .filter(|(name, key)| its[*name] != **key)
        .map(|(name, key)| (name.as_str(), key.as_slice(), its[name].as_slice()))
        .collect();
    let text = |key: &[&str]| key.iter().map(|member| (*member).to_owned()).collect::<Vec<String>>();
    for (stream, right, narrow) in [
        ("issue_properties", text(&["issueId", "key"]), text(&["key"])),
        ("issue_votes", text(&["issueId"]), text(&[])),
        ("issue_watchers", text(&["issueId"]), text(&[])),
        ("sprints", text(&["boardId", "id"]), text(&["id"])),
        ("board_issues", text(&["boardId", "id"]), text(&["id"])),
        ("issue_navigator_settings", text(&["value"]), text(&[])),
        ("avatars", text(&["type", "id"]), text(&["id"])),
        ("project_avatars", text(&["projectId", "id"]), text(&["id"])),
        ("project_permission_schemes", text(&["projectId", "id"]), text(&["id"])),
        ("project_types", text(&["key"]), text(&[])),
        ("screen_tab_fields", text(&["screenId", "tabId", "id"]), text(&["id"])),
    ] {
        assert!(differ.contains(&(stream, &right, &narrow)), "{stream}: {differ:?}");
    }
    // A flat config is a connection of its.
    let flat = json!({"api_token": site.token(), "email": site.email()});
    assert_eq!(keys(&site, flat.clone()), its);
    let mut refused = flat;
    refused["compatibility"] = "none".into();
    assert_eq!(keys(&site, refused), ours);
}

fn read(site: &Site, members: Value, streams: &[&str], state: Option<&Value>) -> Output {
    site.read_with(&site.config_with(members), &catalog(streams, "incremental"), state).good()
}

#[test]
fn children_that_it_asks_for_by_key_carry_the_key() {
    let site = Site::new(60, 72, "");
    let streams: Vec<&str> = BY_KEY.into_iter().chain(["issue_comments", "issue_attachments"]).collect();
    let its = read(&site, json!({"compatibility": "airbyte"}), &streams, None);
    let ours = read(&site, json!({}), &streams, None);
    for stream in &streams {
        let (its, ours) = (its.records(stream), ours.records(stream));
        assert!(!its.is_empty(), "{stream}");
        assert_eq!(its.len(), ours.len());
        let by_key = BY_KEY.contains(stream);
        assert!(its.iter().all(|row| (row["issueId"] == row["issueKey"]) == by_key), "{stream}");
        assert!(ours.iter().all(|row| row["issueId"] != row["issueKey"]), "{stream}");
    }
}

#[test]
fn issues_come_without_empty_fields_and_with_all_that_it_asks_for() {
    let site = Site::new(60, 73, "");
    let its = read(&site, json!({"compatibility": "airbyte"}), &["issues"], None);
    let ours = read(&site, json!({}), &["issues"], None);
    let ours: BTreeMap<&str, &Value> =
        ours.records("issues").into_iter().map(|row| (row["id"].as_str().unwrap(), row)).collect();
    let mut empty = 0;
    for row in its.records("issues") {
        for name in ["changelog", "transitions"] {
            assert!(!row[name].is_null(), "{name} is missing");
        }
        let whole = ours[row["id"].as_str().unwrap()]["fields"].as_object().unwrap();
        let mut set = whole.clone();
        set.retain(|_, value| !value.is_null());
        empty += whole.len() - set.len();
        assert_eq!(row["fields"], json!(set));
    }
    assert!(empty > 0, "no field is empty");
}

#[test]
fn boards_without_a_location_have_texts_and_sprint_rows_their_id() {
    let site = Site::new(60, 74, "");
    let its = read(&site, json!({"compatibility": "airbyte"}), &["boards", "sprint_issues"], None);
    let ours = read(&site, json!({}), &["boards", "sprint_issues"], None);
    let without = |output: &Output, value: &Value| {
        output.records("boards").iter().filter(|row| row["location"].is_null() && row["projectKey"] == *value).count()
    };
    assert!(without(&its, &json!("")) > 0 && without(&its, &Value::Null) == 0);
    assert!(without(&ours, &Value::Null) > 0 && without(&ours, &json!("")) == 0);
    for row in its.records("sprint_issues") {
        assert_eq!(row["id"], format!("{}-{}", row["sprintId"], row["issueId"].as_str().unwrap()));
    }
}

#[test]
fn security_levels_carry_the_key_of_their_project() {
    let site = Site::new(60, 76, "");
    let stream = "project_permission_schemes";
    let its = read(&site, json!({"compatibility": "airbyte"}), &[stream], None);
    let ours = read(&site, json!({}), &[stream], None);
    assert!(!its.records(stream).is_empty());
    assert!(its.records(stream).iter().all(|row| row["projectId"] == row["projectKey"]));
    assert!(ours.records(stream).iter().all(|row| row["projectId"] != row["projectKey"]));
}

/// Whether a run kept to its ways: by a record, and by a state.
fn kept(output: &Output) -> bool {
    let votes = output.records("issue_votes");
    assert!(!votes.is_empty());
    let by_key = votes.iter().all(|row| row["issueId"] == row["issueKey"]);
    let marked = state_of(output, "issues")["compatibility"] == "airbyte";
    assert_eq!(by_key, marked);
    by_key
}

#[test]
fn a_state_of_its_turns_its_ways_on_for_good() {
    let site = Site::new(40, 75, "");
    let streams = ["issues", "issue_votes"];
    assert!(!kept(&read(&site, json!({}), &streams, None)), "a new connection has our ways");
    // Of a list that says nothing, but says it in its way.
    let its = json!([message("issue_votes", &json!({"__ab_no_cursor_state_message": true}))]);
    let first = read(&site, json!({}), &streams, Some(&its));
    assert!(kept(&first));
    let controls: Vec<&Value> = first.of_type("CONTROL").collect();
    assert_eq!(controls[0]["connectorConfig"]["config"]["compatibility"], "airbyte", "so that `discover` knows, too");
    assert_eq!(controls.len(), 1);

    // A full refresh reads all again, whatever the state says; the mark alone decides.
    let again = site.read_with(&site.config(), &catalog(&streams, "full_refresh"), Some(&first.state())).good();
    assert!(kept(&again));
    assert_eq!(again.of_type("CONTROL").count(), 0, "reported once");
    let third = site.read_with(&site.config(), &catalog(&streams, "full_refresh"), Some(&again.state())).good();
    assert!(kept(&third));
    assert!(!kept(&read(&site, json!({"compatibility": "none"}), &streams, Some(&its))), "the config comes first");
}
