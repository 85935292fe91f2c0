//! What Jira keeps from the account, or has no more when it is asked for.

use super::{in_a_job, left_out};
use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What only administrators may read.
const ADMINS: [&str; 6] =
    ["application_roles", "project_roles", "screens", "screen_tabs", "screen_tab_fields", "screen_schemes"];
/// What every user with access to Jira may read.
const ANYONE: [&str; 8] = [
    "permissions",
    "permission_schemes",
    "avatars",
    "project_avatars",
    "project_categories",
    "project_email",
    "project_permission_schemes",
    "project_types",
];

#[test]
fn without_admin_permission_skips_are_reported_and_all_else_arrives() {
    let site = Site::new(5, 97, "[account]\nlacks = [\"ADMINISTER\"]");
    let all: Vec<&str> = ADMINS.into_iter().chain(ANYONE).collect();
    let output = site.read(&all, "full_refresh", None).good();
    for stream in ADMINS {
        assert!(left_out(&output, stream, "not_permitted"), "{stream}: {:#?}", output.logs());
        assert!(output.records(stream).is_empty(), "{stream}");
    }
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &ANYONE);
}

#[test]
fn where_a_refusal_counts_as_a_failure_it_fails_each_stream_that_lacks_something() {
    let site = Site::new(5, 97, "[account]\nlacks = [\"ADMINISTER\"]");
    let config = site.config_with(json!({"on_skip_codes": {"not_permitted": "fail"}}));
    // Those of screens also where the screens themselves are not selected.
    for streams in [&ADMINS[..], &["screen_tab_fields"], &["screen_tabs"]] {
        let output = site.read_with(&config, &catalog(streams, "full_refresh"), None);
        assert_eq!(output.code, Some(1));
        for stream in streams {
            assert_eq!(output.statuses(stream).last(), Some(&"INCOMPLETE"), "{stream} of {streams:?}");
        }
        assert!(
            output.errors().iter().all(|error| error.contains("not_permitted") && error.contains("docs/streams.md"))
        );
    }
}

/// A CDN or a firewall in front of Jira answers with a page under 403 or 404: that says nothing about the account. Once, it is
/// asked again; if it stays, the stream fails.
#[test]
fn a_web_page_is_no_refusal_of_jiras() {
    let parts = [
        ("sprints", "/rest/agile/1.0/board/{boardId}/sprint", 404),
        ("board_issues", "/rest/software/1.0/board/{boardId}/issue", 404),
        ("issue_watchers", "/rest/api/3/issue/{issueIdOrKey}/watchers", 404),
        ("issue_remote_links", "/rest/api/3/issue/{issueIdOrKey}/remotelink", 404),
        ("issue_custom_field_contexts", "/rest/api/3/field/{fieldId}/context", 404),
        ("project_email", "/rest/api/3/project/{projectId}/email", 403),
        ("screens", "/rest/api/3/screens", 403),
        ("workflows", "/rest/api/3/workflows/search", 403),
        ("permission_schemes", "/rest/api/3/permissionscheme", 403),
    ];
    let streams = parts.map(|(stream, ..)| stream);
    let site = Site::new(40, 99, "");
    let whole = site.read(&streams, "full_refresh", None).good();
    for (stream, route, status) in parts {
        let page = |when: &str| {
            site.change(&format!("[[fault]]\nroute = \"{route}\"\nkind = \"html\"\nstatus = {status}\n{when}"));
            site.read(&[stream], "full_refresh", None)
        };
        let once = page("first = 1").good();
        assert!(!whole.records(stream).is_empty(), "{stream}");
        assert_eq!(once.records(stream).len(), whole.records(stream).len(), "{stream}");
        let always = page("");
        assert_eq!((always.code, always.statuses(stream).last()), (Some(1), Some(&"INCOMPLETE")), "{stream}");
        assert!(always.errors()[0].contains("a web page"), "{stream}: {:?}", always.errors());
    }
}

#[test]
fn a_project_without_a_sender_address_is_a_counted_skip() {
    let site = Site::new(5, 98, "");
    let output = site.read(&["project_email"], "full_refresh", None).good();
    assert!(left_out(&output, "project_email", "no_sender_address"), "{:#?}", output.logs());
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &["project_email"]);
    let projects: Vec<_> = site.truth("projects").into_iter().map(|project| project["id"].clone()).collect();
    let held = destination.table("project_email");
    assert!(projects.iter().any(|id| held.values().all(|row| row["projectId"] != *id)), "each project has one");
}

#[test]
fn what_a_project_keeps_to_its_administrators_is_a_counted_skip() {
    for (route, stream) in [("email", "project_email"), ("securitylevel", "project_permission_schemes")] {
        let site = Site::new(5, 98, "");
        let proxy = Proxy::new(&site.host(), move |asked| {
            let refused = asked.path.ends_with(&format!("/project/10000/{route}"));
            if refused { Verdict::Answer(403, "{\"errorMessages\":[\"no\"]}".into()) } else { Verdict::Pass }
        });
        let config = site.config_with(json!({"domain": proxy.host()}));
        let output = site.read_with(&config, &catalog(&[stream], "full_refresh"), None).good();
        assert!(left_out(&output, stream, "project_forbidden"), "{:#?}", output.logs());
        let records = output.records(stream);
        assert!(!records.is_empty() && records.iter().all(|row| row["projectId"] != "10000"), "{stream}");
    }
}

/// Jira shows no levels then, and does not say so: a read can't know, but the report on what can be read does.
#[test]
fn security_levels_that_jira_hides_are_in_the_report() {
    let site = Site::new(5, 99, "[account]\nlacks = [\"SET_ISSUE_SECURITY\"]");
    let output = site.read(&["project_permission_schemes"], "full_refresh", None).good();
    assert!(output.records("project_permission_schemes").is_empty());
    let mut command = site.command(&["check", "--report", "--format", "json", "--config"]);
    command.arg(site.file("config.json", site.config().to_string()));
    let reported = command.output().expect("it runs");
    let report: serde_json::Value = serde_json::from_slice(&reported.stdout).expect("one JSON document");
    let lines = report["streams"].as_array().expect("streams");
    let line = lines.iter().find(|line| line["stream"] == "project_permission_schemes").expect("the stream");
    assert_eq!(line["available"], "no");
    assert!(line["why"].as_str().is_some_and(|why| why.contains("Set issue security")), "{line:#}");
}

#[test]
fn a_user_who_vanishes_meanwhile_is_left_out_and_the_others_arrive() {
    let site = Site::new(5, 100, "");
    let gone = site.truth("users")[3]["accountId"].as_str().expect("an id").to_owned();
    let wanted = format!("accountId={gone}");
    let proxy = Proxy::new(&site.host(), move |asked| {
        let lost = asked.path.contains("/rest/api/3/user?") && asked.path.contains(&wanted);
        if lost { Verdict::Answer(404, "{\"errorMessages\":[\"gone\"]}".into()) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host()}));
    let output = site.read_with(&config, &catalog(&["users_groups_detailed"], "full_refresh"), None).good();
    assert!(left_out(&output, "users_groups_detailed", "user_deleted"), "{:#?}", output.logs());
    let records = output.records("users_groups_detailed");
    assert_eq!(records.len(), site.truth("users").len() - 1);
    assert!(records.iter().all(|row| row["accountId"] != gone.as_str()));
}

#[test]
fn who_may_not_browse_users_is_refused_the_details_too() {
    let site = Site::new(5, 100, "[account]\nlacks = [\"USER_PICKER\"]");
    let output = site.read(&["users_groups_detailed", "labels"], "full_refresh", None);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.statuses("users_groups_detailed").last(), Some(&"INCOMPLETE"));
    assert_eq!(output.statuses("labels").last(), Some(&"COMPLETE"));
}

/// A site through which the pictures of one type can't be had while `broken` says so.
fn pictures(broken: &Arc<AtomicBool>) -> (Site, Proxy) {
    let site = Site::new(5, 101, "");
    let fault = broken.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let refused = asked.path.ends_with("/avatar/priority/system") && fault.load(Ordering::Relaxed);
        if refused { Verdict::Answer(400, "{\"errorMessages\":[\"no\"]}".into()) } else { Verdict::Pass }
    });
    (site, proxy)
}

#[test]
fn a_type_of_pictures_that_fails_is_asked_for_again_and_those_before_it_are_not() {
    let broken = Arc::new(AtomicBool::new(true));
    let (site, proxy) = pictures(&broken);
    let config = site.config_with(json!({"domain": proxy.host()}));
    let mut destination = Destination::default();
    let read = |state: Option<&serde_json::Value>| -> Output { in_a_job(&site, &config, &["avatars"], state) };
    let first = read(None);
    assert_eq!((first.code, first.statuses("avatars").last()), (Some(1), Some(&"INCOMPLETE")));
    destination.load(&first);
    broken.store(false, Ordering::Relaxed);
    let second = read(Some(&destination.state())).good();
    destination.load(&second);
    assert_equal(&site, &destination, &["avatars"]);
    let again: std::collections::BTreeSet<String> =
        second.records("avatars").iter().map(|row| row["type"].to_string()).collect();
    assert!(!again.contains("\"user\"") && again.contains("\"priority\""), "{again:?}");
}
