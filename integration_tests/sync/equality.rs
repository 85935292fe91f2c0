//! A full read of every stream, compared row by row and member by member with the site's truth.

use crate::support::{Destination, Output, Site, assert_equal, assert_rows, catalog};
use serde_json::json;
use source_jira::streams;

/// Streams cut from the issues' changelogs.
const TOLD: [&str; 3] = ["key_history", "deleted_attachments", "deleted_comments"];

/// Of what was, rather than is, the site's truth has no tables: see `deleted_entities`, `deleted_children`, `deleted_worklogs`,
/// `deletions` and `moves`.
fn names() -> Vec<&'static str> {
    let is = |stream: &&streams::Stream| {
        !matches!(stream.source, streams::Source::Deletions(_) | streams::Source::IssueIds)
            && !TOLD.contains(&stream.name)
    };
    streams::ALL.iter().copied().filter(is).map(|stream| stream.name).collect()
}

/// Big enough for an issue without `updated` and for several with long tails.
fn site() -> Site {
    let site = Site::new(420, 7, "");
    let most = |entity: &str| {
        let mut counts = std::collections::BTreeMap::new();
        for row in site.truth(entity) {
            *counts.entry(row["issueId"].to_string()).or_insert(0) += 1;
        }
        counts.into_values().max().unwrap_or(0)
    };
    // The test means nothing on a site without these.
    assert!(most("comments") >= 60 && most("worklogs") >= 30 && most("changelogs") >= 150);
    let issues = site.truth("issues");
    assert!(issues.iter().any(|issue| issue["fields"].get("updated").is_none()), "no issue without updated");
    assert!(issues.iter().any(|issue| issue["fields"].get("comment").is_none()), "no issue without a comment list");
    assert!(
        issues.iter().any(|issue| issue["fields"]["summary"].to_string().chars().any(|letter| letter > '\u{ffff}'))
    );
    site
}

fn table_of(output: &Output) -> Destination {
    let mut destination = Destination::default();
    destination.load(output);
    destination
}

#[test]
fn every_stream_equals_the_truth_in_both_modes_of_the_scan() {
    let site = site();
    let names = names();
    let read = |mode: &str, sync: &str| {
        let config = site.config_with(json!({"scan_mode": mode}));
        table_of(&site.read_with(&config, &catalog(&names, sync), None).good())
    };
    let (ids, pages) = (read("ids", "incremental"), read("pages", "full_refresh"));
    assert_equal(&site, &ids, &names);
    for name in names {
        assert!(!ids.table(name).is_empty(), "{name} is empty: the test shows nothing");
        assert_rows(name, pages.table(name), ids.table(name));
    }
}

#[test]
fn a_row_is_the_same_whatever_else_is_selected() {
    let site = Site::new(80, 11, "");
    let alone = table_of(&site.read(&["issues"], "incremental", None).good());
    let beside = ["issues", "issue_changelogs", "issue_transitions", "issue_properties"];
    let beside = table_of(&site.read(&beside, "incremental", None).good());
    assert_rows("issues", beside.table("issues"), alone.table("issues"));
}

#[test]
fn expansions_of_the_config_come_with_the_issues() {
    let site = Site::new(40, 12, "");
    for mode in ["ids", "pages"] {
        let config =
            site.config_with(json!({"scan_mode": mode, "issues_stream_expand_with": ["changelog", "transitions"]}));
        let output = site.read_with(&config, &catalog(&["issues"], "incremental"), None).good();
        for issue in output.records("issues") {
            assert!(issue["changelog"]["histories"].is_array() && issue["transitions"].is_array(), "{}", issue["key"]);
        }
    }
}
