//! States: Airbyte's own shapes are continued from, a full refresh ignores cursors, and a job resumes its own refresh.

use crate::support::{Destination, Output, Site, catalog, time};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn moment(row: &Value) -> Option<i64> {
    time::parse(row["fields"]["updated"].as_str()?)
}

fn ids(output: &Output) -> BTreeSet<String> {
    output.records("issues").iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// A cursor in the middle of the site, in Jira's form.
fn middle(site: &Site) -> (i64, String) {
    let mut times: Vec<i64> = site.truth("issues").iter().filter_map(moment).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    (middle, time::format(middle))
}

/// `parent_state` and `lookback_window` as Airbyte's manifests write them.
#[test]
fn airbytes_states_are_continued_from() {
    let site = Site::new(120, 31, "");
    let (from, text) = middle(&site);
    let due = |from: i64| -> BTreeSet<String> {
        let issues = site.truth("issues");
        issues
            .iter()
            .filter(|row| moment(row) >= Some(from))
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    // Without a start date, what Airbyte's connector left out on its own comes, too.
    let config = site.config_with(json!({"start_date": "2000-01-01T00:00:00Z"}));
    let read =
        |name: &str, state: &Value| site.read_with(&config, &catalog(&[name], "incremental"), Some(state)).good();
    let stream = |name: &str, state: Value| json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}});
    for (state, from) in [
        (json!([stream("issues", json!({"updated": text}))]), from),
        (json!({"issues": {"updated": text}}), from),
        (json!([{"type": "LEGACY", "data": {"issues": {"updated": text}}}]), from),
        (
            json!([{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": [
                {"stream_descriptor": {"name": "issues"}, "stream_state": {"updated": text}}]}}]),
            from,
        ),
        (
            json!([stream(
                "issues",
                json!({"use_global_cursor": true, "lookback_window": 3600, "states": [],
                "state": {"updated": text}})
            )]),
            from - 3_600_000,
        ),
    ] {
        let sent = ids(&read("issues", &state));
        assert!(sent.is_superset(&due(from)), "{state}: missing {:?}", due(from).difference(&sent));
        assert!(sent.is_subset(&due(from - 11 * 60_000)), "{state}: too much");
    }
    let child = json!([stream(
        "issue_comments",
        json!({"use_global_cursor": false,
        "parent_state": {"issues": {"use_global_cursor": false, "lookback_window": 1, "state": {"updated": text},
            "states": [{"partition": {}, "cursor": {"updated": text}}]}}, "states": [
        {"partition": {"issue_id": "10001"}, "cursor": {"updated": "2020-01-01T00:00:00.000+0000"}}]})
    )]);
    let output = read("issue_comments", &child);
    let comment = |row: &Value| time::parse(row["updated"].as_str().unwrap()).unwrap();
    let owed: BTreeSet<String> = site
        .truth("comments")
        .iter()
        .filter(|row| comment(row) >= from && due(from).contains(row["issueId"].as_str().unwrap()))
        .map(|row| row["id"].to_string())
        .collect();
    let sent: BTreeSet<String> = output.records("issue_comments").iter().map(|row| row["id"].to_string()).collect();
    assert!(!owed.is_empty() && sent.is_superset(&owed));
    let issues: BTreeSet<&str> =
        output.records("issue_comments").iter().map(|row| row["issueId"].as_str().unwrap()).collect();
    assert!(
        issues.iter().all(|issue| due(from - 11 * 60_000).contains(*issue)),
        "of those that changed since, and no others"
    );
}

#[test]
fn each_stream_goes_on_from_its_own_cursor() {
    let site = Site::new(100, 32, "");
    let (from, text) = middle(&site);
    let full = site.read(&["issue_comments"], "incremental", None).good();
    let mut state = full.state();
    state.as_array_mut().unwrap().push(json!({"type": "STREAM", "stream":
        {"stream_descriptor": {"name": "issues"}, "stream_state": {"updated": text}}}));
    let output = site.read(&["issues", "issue_comments"], "incremental", Some(&state)).good();
    assert_eq!(output.records("issue_comments").len(), 0);
    assert!(!output.records("issues").is_empty());
    assert!(output.records("issues").iter().all(|row| moment(row) >= Some(from - 11 * 60_000)));
}

/// Project IDs, for example, begin at 10000 on every site: a cursor of another one would pass over issues of this one.
#[test]
fn a_state_of_another_site_is_not_resumed_from() {
    let site = Site::new(80, 36, "");
    let state = site.read(&["issues"], "incremental", None).good().state();
    let of = |change: &dyn Fn(&mut Value)| {
        let mut state = state.clone();
        change(&mut state[0]["stream"]["stream_state"]);
        let output = site.read(&["issues"], "incremental", Some(&state)).good();
        (output.records("issues").len(), output.logs().iter().any(|log| log.contains("belongs to another site")))
    };
    let all = site.truth("issues").len();
    assert_eq!(of(&|_| ()), (0, false), "this site's");
    assert_eq!(of(&|state| _ = state.as_object_mut().unwrap().remove("site")), (0, false), "of no site");
    assert_eq!(of(&|state| state["site"] = json!({"host": "other.atlassian.net"})), (all, true));
    assert_eq!(of(&|state| state["site"] = json!({"cloud_id": "11111111-2222-3333-4444-555555555555"})), (all, true));
}

#[test]
fn a_full_refresh_ignores_a_cursor() {
    let site = Site::new(80, 33, "");
    let state = site.read(&["issues"], "incremental", None).good().state();
    let all = site.truth("issues").len();
    for _ in 0..2 {
        let output = site.read(&["issues"], "full_refresh", Some(&state)).good();
        assert_eq!(output.records("issues").len(), all);
    }
    // And an incremental read makes nothing of what a full refresh left.
    let done = site.read(&["issues"], "full_refresh", None).good().state();
    assert_eq!(site.read(&["issues"], "incremental", Some(&done)).good().records("issues").len(), all);
}

#[test]
fn a_full_refresh_resumes_within_its_job_only() {
    let site = Site::new(80, 34, "");
    let streams = ["issues", "labels", "issue_ids"];
    let run = |state: Option<&Value>, job: Option<&str>| {
        let mut command = site.read_command(&site.config(), &catalog(&streams, "full_refresh"), state);
        if let Some(job) = job {
            command.env("WORKER_JOB_ID", job);
        }
        let output = Output::of(command).good();
        crate::support::assert_valid(&output);
        output
    };
    let all = site.truth("issues").len();
    let done = run(None, Some("17")).state();
    assert_eq!(run(Some(&done), Some("17")).of_type("RECORD").count(), 0, "the same job: done is done");
    assert_eq!(run(Some(&done), Some("18")).records("issues").len(), all, "the next job reads anew");
    assert_eq!(run(Some(&done), None).records("issues").len(), all, "no job, no proof");
    // Half way: what precedes the position is not read again.
    let mut created: Vec<i64> =
        site.truth("issues").iter().filter_map(|row| time::parse(row["fields"]["created"].as_str()?)).collect();
    created.sort_unstable();
    let half = created[created.len() / 2];
    let mut state = done.clone();
    for entry in state.as_array_mut().unwrap() {
        if entry["stream"]["stream_descriptor"]["name"] == "issues" {
            let started = time::format(site.now());
            entry["stream"]["stream_state"] = json!({
                "version": 1, "mode": "full_refresh", "job": "17",
                "position": {"backfill": {"started": started, "created": time::format(half)}},
            });
        }
    }
    let rest = run(Some(&state), Some("17"));
    let sent = rest.records("issues").len();
    assert!(sent >= created.len() / 2 && sent < all, "{sent} of {all}");
    assert_eq!(run(Some(&state), Some("18")).records("issues").len(), all);
}

#[test]
fn lists_come_whole_each_time_whatever_the_mode() {
    let site = Site::new(20, 35, "");
    let mut destination = Destination::default();
    for _ in 0..2 {
        let output = site.read(&["labels", "sprints"], "incremental", Some(&destination.state())).good();
        assert_eq!(output.records("labels").len(), site.truth("labels").len());
        assert!(!output.records("sprints").is_empty());
        destination.load(&output);
    }
}
