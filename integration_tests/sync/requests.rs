//! What a read costs: one scan for all, nothing for what is not selected, bulk wherever Jira has it.

use crate::support::{Proxy, Site, Verdict, catalog};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SEARCH: &str = "POST /rest/api/3/search/jql";
const BULK: &str = "POST /rest/api/3/issue/bulkfetch";

/// Reads once and returns the routes requested, with their counts.
fn cost(site: &Site, streams: &[&str], members: Value) -> Vec<(String, u64)> {
    site.reset_log();
    site.read_with(&site.config_with(members), &catalog(streams, "incremental"), None).good();
    site.log().routes.iter().map(|(route, log)| (route.clone(), log.count)).collect()
}

fn total(cost: &[(String, u64)]) -> u64 {
    cost.iter().map(|(_, count)| count).sum()
}

#[test]
fn a_thousand_issues_cost_few_requests() {
    let site = Site::new(1_100, 3, "");
    let issues = site.site_summary().issues;
    assert!((1_000..=1_100).contains(&issues), "{issues} issues");
    for mode in ["ids", "pages"] {
        let alone = cost(&site, &["issues"], json!({"scan_mode": mode}));
        // Signing in, counting, two looks at the projects, the second listing and the measuring of the index's lag are once
        // for the run, or nearly so.
        assert!((total(&alone) - 7) * 1_000 <= 11 * issues + 999, "{mode}: {alone:#?}");
        let four = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs"];
        let four = cost(&site, &four, json!({"scan_mode": mode}));
        assert!(total(&four) * 1_000 <= 45 * issues, "{mode}: {four:#?}");
    }
}

#[test]
fn one_scan_feeds_every_stream_that_needs_no_request_of_its_own() {
    let site = Site::new(150, 4, "");
    let streams = ["issues", "issue_transitions", "issue_attachments", "issue_links", "sprint_issues"];
    let routes = cost(&site, &streams, json!({"scan_mode": "ids"}));
    let expected = [
        ("GET /rest/api/3/field", 1),
        ("GET /rest/api/3/myself", 1),
        ("GET /rest/api/3/project/search", 2),
        (BULK, 3),
        ("POST /rest/api/3/search/approximate-count", 1),
        (SEARCH, 3),
    ];
    assert_eq!(routes, expected.map(|(route, count)| (route.to_owned(), count)));
}

#[test]
fn what_is_not_selected_costs_nothing() {
    let site = Site::new(60, 4, "");
    // A list of its own needs neither issues nor fields.
    assert_eq!(total(&cost(&site, &["labels"], json!({}))), 2);
    let asked = |streams: &[&str], mode: &str| {
        let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
        let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": mode}));
        site.read_with(&config, &catalog(streams, "incremental"), None).good();
        let path = if mode == "ids" { "/rest/api/3/issue/bulkfetch" } else { "/rest/api/3/search/jql" };
        let asked: Vec<Value> = proxy.of("POST", path).iter().map(|asked| asked.json()).collect();
        // Not the one that measures the index's lag.
        let question = asked.iter().find(|asked| asked["fields"] != json!(["updated", "created"])).expect("a question");
        let fields: BTreeSet<String> = question["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|field| Some(field.as_str()?.to_owned()))
            .collect();
        (fields, question.get("expand").cloned())
    };
    for mode in ["ids", "pages"] {
        let (fields, expand) = asked(&["issue_comments"], mode);
        assert_eq!(fields, ["comment", "created", "updated"].map(str::to_owned).into());
        assert_eq!(expand, None);
        let (fields, expand) = asked(&["issue_changelogs", "issue_votes"], mode);
        assert_eq!(fields, ["created", "updated", "votes"].map(str::to_owned).into());
        assert!(expand.is_some_and(|expand| expand == "changelog" || expand == json!(["changelog"])));
        let (fields, expand) = asked(&["issues"], mode);
        assert_eq!((fields, expand), (["*all".to_owned()].into(), None));
    }
}

#[test]
fn voters_and_watchers_are_asked_for_only_where_there_are_any() {
    let site = Site::new(150, 5, "");
    let issues = site.truth("issues");
    let with = |field: &str, count: &str| {
        issues.iter().filter(|issue| issue["fields"][field][count].as_u64().unwrap_or(0) > 0).count() as u64
    };
    let (voted, watched) = (with("votes", "votes"), with("watches", "watchCount"));
    assert!(voted > 0 && voted < issues.len() as u64 && watched > 0 && watched < issues.len() as u64);
    let routes = cost(&site, &["issue_votes", "issue_watchers"], json!({}));
    let count = |route: &str| routes.iter().find(|(known, _)| known == route).map_or(0, |(_, count)| *count);
    assert_eq!(count("GET /rest/api/3/issue/{issueIdOrKey}/votes"), voted);
    assert_eq!(count("GET /rest/api/3/issue/{issueIdOrKey}/watchers"), watched);
}

#[test]
fn only_what_a_page_left_out_is_asked_for() {
    let site = Site::new(300, 7, "");
    let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
    let config = site.config_with(json!({"domain": proxy.host()}));
    let streams = ["issue_comments", "issue_changelogs", "issue_worklogs"];
    site.read_with(&config, &catalog(&streams, "incremental"), None).good();
    let long = |entity: &str, most: usize| -> BTreeSet<String> {
        let mut counts = std::collections::BTreeMap::new();
        for row in site.truth(entity) {
            *counts.entry(row["issueId"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        counts.into_iter().filter(|(_, count)| *count > most).map(|(id, _)| id).collect()
    };
    // Comments: the older ones in one request, none of those that came with the issue.
    let mut comments = BTreeSet::new();
    for asked in proxy.asked().iter().filter(|asked| asked.path.contains("/comment?")) {
        let id = asked.path.split('/').nth(5).unwrap().to_owned();
        let all = site.truth("comments").iter().filter(|comment| comment["issueId"] == *id).count();
        assert!(
            asked.path.contains("startAt=0") && asked.path.contains(&format!("maxResults={}", (all - 20).min(100)))
        );
        assert!(comments.insert(id), "asked twice: {}", asked.path);
    }
    assert!(!comments.is_empty() && comments == long("comments", 20));
    // Changelogs: in bulk, for exactly the issues with more than a page holds, each once.
    let bulk = proxy.of("POST", "/rest/api/3/changelog/bulkfetch");
    let ids: Vec<String> = bulk.iter().flat_map(|asked| asked.ids()).collect();
    assert!(bulk.len() <= proxy.of("POST", "/rest/api/3/issue/bulkfetch").len() && bulk.len() < ids.len());
    assert_eq!(ids.len(), long("changelogs", 40).len(), "asked twice");
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), long("changelogs", 40));
    // Worklogs: the site's feed, because many issues have more than a page holds; else each issue.
    let each: BTreeSet<String> = proxy
        .asked()
        .iter()
        .filter(|asked| asked.path.contains("/worklog?"))
        .map(|asked| asked.path.split('/').nth(5).unwrap().to_owned())
        .collect();
    let feed = proxy.of("GET", "/rest/api/3/worklog/updated").len();
    let heavy = long("worklogs", 20);
    assert!(!heavy.is_empty() && (each == heavy || each.is_empty() && feed > 0), "{each:?} {feed}");
}
