//! Faults on demand, burst limits, and the log.

use std::time::{Duration, Instant};

use jira_simulator::Scenario;
use serde_json::json;

use crate::client::{Client, site};

const MYSELF: &str = "/rest/api/3/myself";

async fn with(scenario: &str) -> Client {
    site(300, scenario).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_choose_requests() {
    let jira = with("[[fault]]\nroute = \"/rest/api/3/myself\"\nevery = 3\nkind = \"500\"\n[[fault]]\nroute = \"/rest/api/3/serverInfo\"\nfirst = 2\nkind = \"503\"\nseconds = 7\n[[fault]]\nroute = \"*\"\nmethod = \"POST\"\nkind = \"forbidden\"").await;
    let statuses = |path: &str, times: usize| (0..times).map(|_| jira.get(path).status).collect::<Vec<_>>();
    assert_eq!(statuses(MYSELF, 6), [200, 200, 500, 200, 200, 500]);
    assert_eq!(jira.get("/rest/api/3/serverInfo").header("retry-after"), Some("7"));
    assert_eq!(statuses("/rest/api/3/serverInfo", 2), [503, 200]);
    assert_eq!(jira.search(&json!({"jql": "project = CORE"})).status, 403);
    let log = jira.jira.log();
    assert_eq!((log.count("GET /rest/api/3/myself"), log.status(500), log.requests), (6, 2, 10));
    assert_eq!(log.routes["GET /rest/api/3/myself"].statuses[&500], 2);
    jira.jira.reset_log();
    assert_eq!(jira.jira.log().requests, 0);
    assert!(Scenario::parse("[[fault]]\nkind = \"999\"").is_err());
    assert!(Scenario::parse("unknown = 1").is_err());
    assert!(Scenario::parse("[account]\ntime_zone = \"Mars/Olympus\"").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_break() {
    let jira = with("[[fault]]\nroute = \"/rest/api/3/myself\"\nkind = \"reset\"\n[[fault]]\nroute = \"/rest/api/3/field\"\nkind = \"cut\"\n[[fault]]\nroute = \"/rest/api/3/status\"\nkind = \"broken_json\"\n[[fault]]\nroute = \"/rest/api/3/issuetype\"\nkind = \"html\"\n[[fault]]\nroute = \"/rest/api/3/label\"\nkind = \"slow\"\ndelay_ms = 120").await;
    assert!(jira.try_send("GET", MYSELF, "", "").is_none());
    assert!(jira.try_send("GET", "/rest/api/3/field", "", "").is_none());
    assert_eq!(jira.jira.log().status(0), 1);
    let broken = jira.get("/rest/api/3/status");
    assert!(broken.status == 200 && serde_json::from_slice::<serde_json::Value>(&broken.body).is_err());
    let page = jira.get("/rest/api/3/issuetype");
    assert!(page.status == 200 && page.header("content-type").unwrap().starts_with("text/html"));
    let start = Instant::now();
    assert_eq!(jira.get("/rest/api/3/label").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_are_announced_in_several_headers() {
    let headers = |variant: &str| {
        format!(
            "[[fault]]\nkind = \"429\"\nheaders = \"{variant}\"\nseconds = 90\nreason = \"jira-quota-global-based\""
        )
    };
    let jira = with(&headers("retry_after")).await;
    let response = |variant: &str| {
        jira.jira.set_scenario(Scenario::parse(&headers(variant)).unwrap());
        let reply = jira.get(MYSELF);
        assert_eq!(reply.status, 429);
        reply
    };
    assert_eq!(response("retry_after").header("retry-after"), Some("90"));
    assert_eq!(response("retry_after").header("ratelimit-reason"), Some("jira-quota-global-based"));
    assert!(response("reset").header("x-ratelimit-reset").unwrap().starts_with("2026-03-02T12:01:3"));
    assert_eq!(response("reset_minutes").header("x-ratelimit-reset"), Some("2026-03-02T12:01Z"));
    assert_eq!(response("beta").header("beta-retry-after"), Some("90"));
    assert!(response("draft").header("ratelimit").unwrap().contains("t=90"));
    let bare = response("none");
    assert!(bare.header("retry-after").is_none() && bare.header("ratelimit-reason").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn bursts_are_limited_per_route() {
    let jira = with("[limits]\nburst = true\nscale = 0.05").await;
    let statuses: Vec<u16> = (0..12).map(|_| jira.get(MYSELF).status).collect();
    assert!(statuses[..5].iter().all(|status| *status == 200) && statuses.contains(&429));
    assert_eq!(jira.get("/rest/api/3/serverInfo").status, 200);
    jira.jira.advance_clock(Duration::from_secs(1));
    assert_eq!(jira.get(MYSELF).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_can_be_wrong() {
    let search = "/rest/api/3/search/jql";
    let rule = |kind: &str, more: &str| format!("[[fault]]\nroute = \"{search}\"\nkind = \"{kind}\"\n{more}");
    let jira = with(&rule("truncate_warned", "after = 2")).await;
    let body = json!({"jql": "project = CORE", "maxResults": 20});
    assert_eq!(jira.pages(body.clone()).len(), 3);
    assert!(jira.search(&body).json()["warnings"].is_array());
    jira.jira.set_scenario(Scenario::parse(&rule("repeat_token", "after = 1")).unwrap());
    let token = jira.search(&body).json()["nextPageToken"].clone();
    let mut next = body.clone();
    next["nextPageToken"] = token.clone();
    assert_eq!(jira.search(&next).json()["nextPageToken"], token);
    jira.jira.set_scenario(Scenario::parse("[[fault]]\nkind = \"issue_errors\"").unwrap());
    let ids = jira.ids("project = CORE");
    let bulk = jira.post("/rest/api/3/issue/bulkfetch", &json!({"issueIdsOrKeys": ids[..10]})).json();
    assert_eq!((bulk["issues"].as_array().unwrap().len(), bulk["issueErrors"].as_array().unwrap().len()), (7, 3));
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_projects = [\"CORE\"]").unwrap());
    assert!(jira.ids("project = CORE").is_empty());
    assert_eq!(jira.get("/rest/api/3/project/CORE").status, 404);
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_issues = [\"CORE-1\"]").unwrap());
    assert_eq!((jira.ids("key = CORE-1").len(), jira.get("/rest/api/3/issue/CORE-1").status), (0, 404));
    jira.jira.set_scenario(Scenario::parse("[[fault]]\nkind = \"anonymous\"").unwrap());
    assert_eq!(jira.search(&body).header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
}
