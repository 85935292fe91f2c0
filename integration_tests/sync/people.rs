//! Refusals that concern one stream end that stream, and refusals that were to be expected are counted.

use crate::support::{Destination, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn a_forbidden_list_of_watchers_ends_that_stream_only() {
    let fault = "[[fault]]\nroute = \"/rest/api/3/issue/{issueIdOrKey}/watchers\"\nkind = \"forbidden\"";
    let site = Site::new(100, 71, fault);
    let streams = ["issues", "issue_comments", "issue_votes", "issue_watchers", "users"];
    let output = site.read(&streams, "incremental", None);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.statuses("issue_watchers").last(), Some(&"INCOMPLETE"));
    let failed: Vec<&str> =
        output.of_type("TRACE").filter_map(|trace| trace["error"]["stream_descriptor"]["name"].as_str()).collect();
    assert_eq!(failed, ["issue_watchers"]);
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &["issues", "issue_comments", "issue_votes", "users"]);
    // Given the permission, the next sync reads what the stream lacks and nothing else.
    site.set_scenario(jira_simulator::Scenario::default());
    let next = site.read(&streams, "incremental", Some(&destination.state())).good();
    assert_eq!(next.records("issues").len(), 0);
    destination.load(&next);
    assert_equal(&site, &destination, &["issue_watchers"]);
}

#[test]
fn an_issue_deleted_before_its_links_are_read_is_a_counted_skip() {
    let site = Site::new(60, 72, "");
    let turn = AtomicU32::new(0);
    let proxy = Proxy::new(&site.host(), move |asked| {
        let gone = asked.path.ends_with("/remotelink") && turn.fetch_add(1, Ordering::Relaxed) < 2;
        if gone { Verdict::Answer(404, "{\"errorMessages\":[\"gone\"]}".into()) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host()}));
    let output = site.read_with(&config, &catalog(&["issue_remote_links"], "incremental"), None).good();
    let skipped = output.logs().iter().any(|log| log.contains("skipped in issue_remote_links: 2 × issue_missing"));
    assert!(skipped, "{:#?}", output.logs());
}

#[test]
fn boards_without_sprints_and_projects_in_the_trash_are_counted_skips() {
    let site = Site::new(60, 73, "");
    let output = site.read(&["sprints", "project_versions", "project_components"], "full_refresh", None).good();
    let logs = output.logs().join("\n");
    assert!(logs.contains("skipped in project_versions") && logs.contains("project_inactive"), "{logs}");
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &["sprints", "project_versions", "project_components"]);
}

#[test]
fn a_stream_that_does_not_exist_is_an_error_and_the_others_arrive() {
    let site = Site::new(30, 74, "");
    let output = site.read(&["issue", "labels"], "incremental", None);
    assert_eq!(output.code, Some(1));
    assert!(output.errors().iter().any(|error| error.contains("'issue'") && error.contains("'issues'")));
    assert_eq!(output.records("labels").len(), site.truth("labels").len());
}
