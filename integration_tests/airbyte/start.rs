//! Start dates: without one everything is read, and what its connector left out before its own arrives once.

use super::{SHARED, destination, full, issue_of, message, places, sent, text};
use crate::support::{Site, assert_holds, catalog, time};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3_600_000;

fn states(at: i64) -> Value {
    let cursor = json!({"updated": text(at)});
    let issues = json!({"use_global_cursor": false, "states": [{"partition": {}, "cursor": cursor}], "state": cursor, "lookback_window": 1});
    let child = json!({"use_global_cursor": false, "states": [], "state": cursor, "lookback_window": 1, "parent_state": {"issues": issues}});
    let state = |stream: &&str| match *stream {
        "issues" => message(stream, &issues),
        "sprint_issues" => message(stream, &json!({"use_global_cursor": true, "state": cursor, "lookback_window": 0})),
        _ => message(stream, &child),
    };
    SHARED.iter().map(state).collect()
}

/// When a row itself changed, as its connector compares it with the start date: comments and worklogs by their own time.
fn own_time(stream: &str, row: &Value, issue_updated: i64) -> i64 {
    match stream {
        "issue_comments" | "issue_worklogs" => time::parse(row["updated"].as_str().unwrap()).unwrap(),
        _ => issue_updated,
    }
}

/// Airbyte's connector reads two years back if the config has no start date, and of comments and worklogs only those of that time.
#[test]
fn without_a_start_date_what_it_left_out_arrives_once() {
    let site = Site::new(150, 61, "");
    let (before, issues) = (full(&site), places(&site));
    let (start, until) = (site.now() - 730 * DAY, issues.values().map(|issue| issue.updated).max().unwrap());
    let mut its = destination(&before, |stream, row| {
        let updated = issues[issue_of(stream, row)].updated;
        updated >= start && own_time(stream, row, updated) >= start
    });
    for stream in ["issues", "issue_comments", "issue_changelogs"] {
        assert!(its.table(stream).len() < before.table(stream).len(), "{stream}: nothing is that old");
    }
    let config = site.config_with(json!({"compatibility": "none"}));
    let output = site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&states(until))).good();
    its.load(&output);
    assert_holds(&site, &its, &SHARED);
    assert!(
        sent(&output, "issues")
            .iter()
            .all(|id| issues[id].updated < start + 60_000 || issues[id].updated > until - 660_000)
    );
    let again = site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&its.state())).good();
    assert_eq!(again.of_type("RECORD").count(), 0);
}

/// Older comments of an issue that changed since are its connector's to leave out, and ours to bring.
#[test]
fn with_a_start_date_older_children_of_newer_issues_arrive() {
    let site = Site::new(150, 62, "");
    let (before, issues) = (full(&site), places(&site));
    let until = issues.values().map(|issue| issue.updated).max().unwrap();
    // Between a comment and the last change of its issue.
    let mut between: Vec<i64> = before
        .table("issue_comments")
        .values()
        .map(|row| (own_time("issue_comments", row, 0), issues[issue_of("issue_comments", row)].updated))
        .filter(|(comment, issue)| issue - comment > 2_000)
        .map(|(comment, issue)| (comment + issue) / 2_000 * 1000)
        .collect();
    between.sort_unstable();
    let start = between[between.len() / 2];
    let wanted = |stream: &str, row: &Value| issues[issue_of(stream, row)].updated >= start;
    let mut its = destination(&before, |stream, row| {
        wanted(stream, row) && own_time(stream, row, issues[issue_of(stream, row)].updated) >= start
    });
    let all = destination(&before, wanted);
    assert!(its.table("issue_comments").len() < all.table("issue_comments").len(), "no comment is that old");
    let date = text(start).replace("+0000", "Z");
    let config = site.config_with(json!({"start_date": date, "compatibility": "none"}));
    its.load(&site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&states(until))).good());
    for stream in SHARED {
        let (found, expected) = (its.table(stream), all.table(stream));
        let missing: Vec<&String> = expected.keys().filter(|key| !found.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{stream}: {missing:?}");
    }
}

#[test]
fn no_start_date_means_all_data() {
    let site = Site::new(150, 63, "");
    let oldest = places(&site).values().map(|issue| issue.updated).min().unwrap();
    assert!(oldest < site.now() - 730 * DAY, "nothing is old enough to be left out");
    assert_holds(&site, &full(&site), &SHARED);
}
