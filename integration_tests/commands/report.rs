//! `check --report`: what each stream lacks, for people and for programs.

use super::harness::{Printed, redact, reported, with_wrong_token};
use crate::support::Site;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn report(site: &Site, config: &Value, arguments: &[&str]) -> Printed {
    let mut command = site.command(&["check", "--report"]);
    command.args(arguments).arg("--config").arg(site.file("config.json", config.to_string()));
    reported(site, command)
}

/// The table; the JSON says the same.
fn page(site: &Site, config: &Value) -> String {
    let (table, document) = (report(site, config, &[]), report(site, config, &["--format", "json", "--debug"]));
    assert_eq!((table.code, document.code), (Some(0), Some(0)), "{}{}", table.stderr, document.stderr);
    let parsed: Value = serde_json::from_str(&document.stdout).expect("one JSON document");
    assert_eq!(parsed["signed_in"], true);
    let streams = parsed["streams"].as_array().expect("streams");
    assert_eq!(streams.len(), source_jira::streams::ALL.len());
    for stream in streams {
        let (name, available) = (stream["stream"].as_str().expect("a name"), stream["available"].as_str());
        let mut row = table.stdout.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let word = row.next().and_then(|row| row.split_whitespace().next());
        assert_eq!(word, available, "{name}");
        assert_eq!(stream["why"] == "", available == Some("yes"), "{stream:#}");
        assert!(!stream["endpoints"].as_array().expect("endpoints").is_empty(), "{stream:#}");
        assert!(!stream["scopes"].as_array().expect("scopes").is_empty(), "{stream:#}");
    }
    // Lines may break elsewhere, words stay.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let summary = words(parsed["summary"].as_str().expect("a summary"));
    assert!(words(&table.stdout).ends_with(&summary), "{summary:?}");
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 120 && line.trim_end() == line));
    redact(site, &table.stdout)
}

#[test]
fn a_good_account_can_read_everything() {
    let site = Site::new(60, 1, "");
    let begin = Instant::now();
    let page = page(&site, &site.config());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    insta::assert_snapshot!("report_good", page);
}

#[test]
fn every_endpoint_is_asked_once() {
    let site = Site::new(60, 1, "");
    assert_eq!(report(&site, &site.config(), &[]).code, Some(0));
    let log = site.log();
    let asked: Vec<&String> = log.routes.iter().filter(|(_, route)| route.count > 1).map(|(name, _)| name).collect();
    assert!(asked.is_empty(), "{asked:?}");
    let most = source_jira::streams::ALL.len() + 10;
    assert!(log.requests < most as u64, "{} of {most}", log.requests);
}

#[test]
fn missing_permissions_differ_from_an_empty_site() {
    let site = Site::new(60, 1, "[account]\nlacks = [\"USER_PICKER\", \"VIEW_VOTERS_AND_WATCHERS\"]");
    insta::assert_snapshot!("report_permissions", page(&site, &site.config()));
}

#[test]
fn missing_scopes_are_named() {
    let site = Site::new(60, 1, "[sign_in]\nscopes = [\"read:jira-work\"]");
    let mut config = site.config_with(json!({"api_host": "gateway"}));
    config["credentials"]["api_token"] = json!(site.credentials().scoped_token);
    insta::assert_snapshot!("report_scopes", page(&site, &config));
}

#[test]
fn a_filter_that_nothing_passes_is_no_reason_to_know_nothing() {
    let site = Site::new(60, 1, "");
    let good = page(&site, &site.config());
    let said = |members: Value| {
        let page = page(&site, &site.config_with(members));
        page.strip_prefix(good.trim_end()).expect("the same, and a word more").trim().to_owned()
    };
    let other = said(json!({"projects": ["NEW"]}));
    insta::assert_snapshot!("report_filter", other);
    for members in [
        json!({"projects": ["NOPE"]}),
        json!({"created_before": "2003-01-01T00:00:00Z"}),
        json!({"jql": "status = = Done"}),
    ] {
        assert_eq!(said(members.clone()), other, "{members}");
    }
}

/// Only the GET form of the search finds archived issues.
#[test]
fn archived_issues_are_searched_where_they_are_wanted() {
    let site = Site::new(60, 1, "");
    page(&site, &site.config_with(json!({"include_archived_projects": true})));
    let log = site.log();
    assert_eq!((log.count("GET /rest/api/3/search/jql"), log.count("POST /rest/api/3/search/jql")), (2, 0));
}

#[test]
fn an_account_with_access_to_nothing_is_reported() {
    let site = Site::new(60, 1, "[account]\nno_projects = true");
    insta::assert_snapshot!("report_nothing", page(&site, &site.config()));
}

#[test]
fn who_cannot_sign_in_gets_one_sentence() {
    let site = Site::new(1, 1, "");
    let config = with_wrong_token(&site);
    let table = report(&site, &config, &[]);
    assert_eq!((table.code, table.stdout.as_str()), (Some(1), ""));
    assert_eq!(table.stderr.lines().count(), 1, "{}", table.stderr);
    insta::assert_snapshot!("report_refused", redact(&site, table.stderr.trim_end()));
    let document = report(&site, &config, &["--format", "json"]);
    let parsed: Value = serde_json::from_str(&document.stdout).expect("one JSON document");
    assert_eq!((document.code, &parsed["signed_in"]), (Some(1), &json!(false)));
    assert_eq!(format!("source-jira: {}\n", parsed["message"].as_str().unwrap_or_default()), table.stderr);
}

#[test]
fn one_endpoint_in_trouble_is_the_trouble_of_its_streams() {
    for (route, kind, stream, word, streams) in [
        // It may pass.
        ("/rest/api/3/label", "503", "labels", "unknown", 1),
        // A read takes that for a deleted issue.
        ("/rest/api/3/issue/{issueIdOrKey}/votes", "not_found", "issue_votes", "unknown", 1),
        ("/rest/api/3/filter/search", "forbidden", "filters", "no", 2),
        ("/rest/agile/1.0/board/{boardId}/sprint", "forbidden", "sprints", "no", 2),
    ] {
        let fault = format!("[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\"\nheaders = \"none\"");
        let site = Site::new(60, 1, &fault);
        let page = page(&site, &site.config());
        let row = page.lines().find(|line| line.starts_with(stream)).unwrap_or_default();
        assert_eq!(row.split_whitespace().nth(1), Some(word), "{page}");
        let all = source_jira::streams::ALL.len();
        let summary = format!("{} of {all} streams can be read; {streams} ", all - streams);
        assert!(page.contains(&summary), "{page}");
    }
}

#[test]
fn credentials_that_lapse_meanwhile_are_no_report() {
    let site = Site::new(60, 1, "[[fault]]\nafter = 3\nkind = \"401\"");
    let reported = report(&site, &site.config(), &[]);
    assert_eq!((reported.code, reported.stdout.as_str()), (Some(1), ""));
    assert!(reported.stderr.contains("no longer accepts the credentials"), "{}", reported.stderr);
}

/// The protocol's own form takes no format.
#[test]
fn a_format_needs_a_report() {
    let site = Site::new(1, 1, "");
    site.file("c.json", site.config().to_string());
    for arguments in [
        &["check", "--config", "c.json", "--format", "json"][..],
        &["check", "--config", "c.json", "--report", "--format", "xml"],
        &["discover", "--config", "c.json", "--report"],
    ] {
        let reported = reported(&site, site.command(arguments));
        assert_eq!((reported.code, reported.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    }
}
