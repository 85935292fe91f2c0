//! What arrives by Singer is what the site holds.

use super::harness::{read, records, schema, tap};
use crate::support::{Output, Rows, Site, assert_equal, assert_rows, assert_singer, expected, plain};
use serde_json::{Value, json};
use std::time::Duration;

/// One of each kind: cut out of issues, lists, lists of lists.
const STREAMS: [&str; 12] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_links",
    "issue_attachments",
    "sprint_issues",
    "projects",
    "project_versions",
    "boards",
    "sprints",
    "labels",
];

#[test]
fn everything_arrives_and_nothing_else() {
    let site = Site::new(150, 31, "");
    let target = assert_singer(&read(&site, &STREAMS, None));
    assert_equal(&site, &target.destination(), &STREAMS);
    let bookmarks = target.state.expect("a state")["bookmarks"].clone();
    assert_eq!(bookmarks.as_object().map(|bookmarks| bookmarks.len()), Some(STREAMS.len()));
}

#[test]
fn without_a_catalog_every_stream_is_read_and_fits_its_schema() {
    let site = Site::new(120, 32, "");
    let output = Output::of(tap(&site, &site.config(), None, None));
    let target = assert_singer(&output);
    let names = source_jira::streams::ALL.iter().map(|stream| stream.name);
    let bookmarks = target.state.expect("a state")["bookmarks"].clone();
    assert!(names.clone().all(|name| bookmarks[name].is_object()), "{bookmarks}");
    names.for_each(|name| assert_eq!(schema(&output, name)["schema"]["type"], "object"));
    // The log goes to stderr alone, the closing report with it.
    assert!(
        output.stderr.contains("INFO Authenticated as") && output.stderr.contains("INFO Report: "),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains(site.token()));
}

#[test]
fn the_next_run_brings_what_has_changed() {
    let site = Site::new(150, 33, "");
    let streams = ["issues", "issue_comments", "labels"];
    let mut target = assert_singer(&read(&site, &streams, None));
    site.advance_clock(Duration::from_secs(3_600));
    let edited = site.random_edits(5, 7);
    site.advance_clock(Duration::from_secs(120));
    let second = read(&site, &streams, target.state.as_ref());
    assert_singer(&second);
    let changed = records(&second, "issues").len();
    assert!((1..=2 * edited.len()).contains(&changed), "{changed} issues for {} edits", edited.len());
    target.load(&second);
    for stream in streams {
        let rows: Rows = target.rows(stream).into_iter().map(|(key, row)| (key, plain(stream, row))).collect();
        let expected = expected(&site, stream);
        let rows = rows.into_iter().filter(|(key, _)| expected.contains_key(key)).collect();
        assert_rows(stream, &rows, &expected);
    }
    assert_eq!(schema(&second, "issues")["bookmark_properties"], json!(["updated"]));
    assert_eq!(schema(&second, "labels").get("bookmark_properties"), None::<&Value>);
}

#[test]
fn times_are_as_the_standard_has_them() {
    let site = Site::new(30, 34, "");
    let output = read(&site, &["issues"], None);
    for issue in records(&output, "issues") {
        for time in [&issue["created"], &issue["fields"]["created"]] {
            assert!(chrono::DateTime::parse_from_rfc3339(time.as_str().expect("a time")).is_ok(), "{time}");
        }
    }
    // Nothing is promised of texts.
    let said = site.truth("issues");
    let summary =
        |id: &Value| said.iter().find(|issue| issue["id"] == *id).map(|issue| issue["fields"]["summary"].clone());
    for issue in records(&output, "issues") {
        assert_eq!(Some(issue["fields"]["summary"].clone()), summary(&issue["id"]));
    }
}
