//! Faults of the site and of the way to it: each ends in all rows, or in a loud error.

mod clocks;
mod outages;
mod unreadable_issues;

use crate::support::{Destination, Output, Site, assert_equal, catalog};
use jira_simulator::Scenario;

const STREAMS: [&str; 5] = ["issues", "issue_comments", "issue_changelogs", "issue_watchers", "labels"];

fn read(site: &Site, scenario: &str) -> Output {
    site.set_scenario(Scenario::parse(scenario).unwrap());
    site.reset_log();
    site.read(&STREAMS, "incremental", None)
}

fn assert_survives(site: &Site, scenario: &str, status: u16) {
    let output = read(site, scenario).good();
    assert!(site.log().status(status) > 0, "the fault never came: {scenario}");
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(site, &destination, &STREAMS);
}

#[test]
fn a_rate_limit_is_waited_for_in_every_header_form() {
    let site = Site::new(60, 51, "");
    for headers in ["retry_after", "reset", "beta", "draft", "none"] {
        let scenario =
            format!("[[fault]]\nroute = \"*\"\nevery = 9\nkind = \"429\"\nheaders = \"{headers}\"\nseconds = 0");
        assert_survives(&site, &scenario, 429);
    }
    // Times without seconds can be a minute off: one refusal is enough to see that it is understood.
    let scenario =
        "[[fault]]\nroute = \"/rest/api/3/label\"\nfirst = 1\nkind = \"429\"\nheaders = \"reset_minutes\"\nseconds = 0";
    assert_survives(&site, scenario, 429);
}

#[test]
fn no_request_is_sent_before_the_named_time() {
    let site = Site::new(30, 51, "");
    let scenario = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nfirst = 1\nkind = \"429\"\nseconds = 3";
    let begin = std::time::Instant::now();
    let output = read(&site, scenario).good();
    assert!(begin.elapsed().as_secs_f64() >= 2.9, "{:?}", begin.elapsed());
    let reasons =
        output.of_type("TRACE").filter(|trace| trace["stream_status"]["reasons"][0]["type"] == "RATE_LIMITED");
    assert!(reasons.count() > 0, "nobody said that the rate limit is waited for");
    assert!(output.logs().iter().any(|log| log.contains("1 retries")), "{:#?}", output.logs());
}

/// A wait that nobody will sit out fails the stream that was refused, and holds up no other.
#[test]
fn a_named_time_out_of_reach_stops_only_who_was_refused() {
    let site = Site::new(30, 51, "");
    let scenario = "[[fault]]\nroute = \"/rest/api/3/label\"\nfirst = 1\nkind = \"429\"\nseconds = 7200";
    let begin = std::time::Instant::now();
    let output = read(&site, scenario);
    assert!(begin.elapsed().as_secs_f64() < 30.0, "{:?}", begin.elapsed());
    assert_eq!((output.code, output.statuses("labels").last()), (Some(1), Some(&"INCOMPLETE")));
    assert_eq!(output.statuses("issues").last(), Some(&"COMPLETE"));
    assert!(output.errors()[0].contains("asks to wait 2.0 hours"), "{:?}", output.errors());
}

#[test]
fn burst_limits_are_kept() {
    let site = Site::new(300, 52, "[limits]\nburst = true");
    let streams = ["issues", "issue_properties", "issue_remote_links"];
    let output = site.read(&streams, "incremental", None).good();
    assert_eq!(site.log().status(429), 0, "{:#?}", site.log().routes);
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &streams);
}

/// Each kind of request goes wrong twice: less often than any is tried.
#[test]
fn outages_are_ridden_out() {
    let site = Site::new(60, 53, "");
    let routes = [
        "myself",
        "search/approximate-count",
        "search/jql",
        "issue/bulkfetch",
        "issue/{issueIdOrKey}/watchers",
        "label",
    ];
    let kinds = [
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("reset", 0),
        ("cut", 200),
        ("broken_json", 200),
        ("html", 200),
    ];
    for (kind, status) in kinds {
        let rule = |route| {
            format!("[[fault]]\nroute = \"/rest/api/3/{route}\"\nfirst = 2\nkind = \"{kind}\"\nheaders = \"none\"\n")
        };
        assert_survives(&site, &routes.map(rule).concat(), status);
    }
}

#[test]
fn slow_answers_are_waited_for() {
    let site = Site::new(60, 54, "");
    assert_survives(&site, "[[fault]]\nroute = \"*\"\nevery = 3\nkind = \"slow\"\ndelay_ms = 400", 200);
}

#[test]
fn a_site_that_stays_broken_is_a_transient_error() {
    let site = Site::new(60, 55, "");
    for route in ["/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch", "/rest/api/3/label"] {
        let output = read(&site, &format!("[[fault]]\nroute = \"{route}\"\nkind = \"503\"\nheaders = \"none\""));
        assert_eq!(output.code, Some(1), "{route}");
        let kinds: Vec<&str> =
            output.of_type("TRACE").filter_map(|trace| trace["error"]["failure_type"].as_str()).collect();
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == "transient_error"), "{route}: {kinds:?}");
        let labels = if route.ends_with("label") { "INCOMPLETE" } else { "COMPLETE" };
        assert_eq!(output.statuses("labels").last(), Some(&labels), "{route}: the other streams go on");
    }
}

#[test]
fn a_token_that_is_refused_or_expires_on_the_way_is_never_an_empty_answer() {
    let site = Site::new(60, 56, "");
    for kind in ["401", "anonymous"] {
        for after in [0, 1, 3, 5, 20] {
            let output = read(&site, &format!("[[fault]]\nroute = \"*\"\nafter = {after}\nkind = \"{kind}\""));
            assert_eq!(output.code, Some(1), "{kind} after {after}");
            assert!(!output.errors().is_empty());
            let kinds: Vec<&str> =
                output.of_type("TRACE").filter_map(|trace| trace["error"]["failure_type"].as_str()).collect();
            assert!(kinds.iter().all(|kind| *kind == "config_error"), "{kind} after {after}: {kinds:?}");
        }
    }
    let mut config = site.config();
    config["credentials"]["api_token"] = "not-the-token".into();
    site.set_scenario(Scenario::default());
    let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None);
    assert_eq!((output.code, output.of_type("RECORD").count()), (Some(1), 0));
}

/// 404 for the comments of an issue that is there, or to a bulk read, is no reason to leave anything out quietly.
#[test]
fn not_found_is_not_believed_where_it_cannot_be() {
    for (issues, route, stream) in [
        (200, "/rest/api/3/issue/{issueIdOrKey}/comment", "issue_comments"),
        (200, "/rest/api/3/changelog/bulkfetch", "issue_changelogs"),
        // So few that they are asked for their worklogs one by one.
        (80, "/rest/api/3/issue/{issueIdOrKey}/worklog", "issue_worklogs"),
    ] {
        let site = Site::new(issues, 58, &format!("[[fault]]\nroute = \"{route}\"\nfirst = 1\nkind = \"not_found\""));
        let mut destination = Destination::default();
        let output = site.read(&["issues", stream], "incremental", None);
        assert_eq!(site.log().status(404), 1, "the fault never came: {route}");
        assert_eq!((output.code, output.statuses(stream).last()), (Some(1), Some(&"INCOMPLETE")), "{route}");
        assert_eq!(output.statuses("issues").last(), Some(&"COMPLETE"), "the other stream goes on");
        // The next sync brings what was missing.
        destination.load(&output);
        destination.load(&site.read(&["issues", stream], "incremental", Some(&destination.state())).good());
        assert_equal(&site, &destination, &["issues", stream]);
    }
}

/// The question whether an issue is still there is a bulk read too: not found is no answer to it.
#[test]
fn an_issue_is_not_deleted_because_requests_fail() {
    let fault = |route: &str, when: &str| format!("[[fault]]\nroute = \"{route}\"\n{when}\nkind = \"not_found\"\n");
    let comments = fault("/rest/api/3/issue/{issueIdOrKey}/comment", "first = 1");
    let site = Site::new(80, 58, &(comments + &fault("/rest/api/3/issue/bulkfetch", "after = 2")));
    let output = site.read(&["issue_comments"], "incremental", None);
    assert_eq!(site.log().status(404), 2, "both faults came");
    assert_eq!((output.code, output.statuses("issue_comments").last()), (Some(1), Some(&"INCOMPLETE")));
}
