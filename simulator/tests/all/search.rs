//! Pages of searches: limits, tokens, strictness.

use serde_json::json;

use crate::client::{ids, site};

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_ids_are_long_and_other_pages_short() {
    let jira = site(700, "").await;
    let all = jira.ids("project is not EMPTY");
    assert_eq!(jira.pages(json!({"jql": "project is not EMPTY", "maxResults": 5000})).len(), 1);
    let shown = jira.search(&json!({"jql": "project is not EMPTY", "maxResults": 5000, "fields": ["summary"]})).json();
    assert_eq!(shown["issues"].as_array().unwrap().len(), 100);
    assert!(shown["nextPageToken"].is_string() && shown["isLast"] == false && shown.get("total").is_none());
    let first = &shown["issues"][0];
    assert_eq!(first["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["summary"]);
    // Only IDs by default.
    let bare = jira.search(&json!({"jql": "project is not EMPTY"})).json();
    assert_eq!(bare["issues"].as_array().unwrap().len(), 50);
    assert_eq!(bare["issues"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id"]);
    // With a changelog, neither IDs only nor long.
    let past = jira.search(&json!({"jql": "project is not EMPTY", "maxResults": 5000, "expand": "changelog"})).json();
    assert_eq!(past["issues"].as_array().unwrap().len(), 100);
    assert!(past["issues"][0]["changelog"]["total"].is_u64() && past["issues"][0].get("fields").is_none());
    // All pages together have every issue once.
    let mut chained = jira
        .pages(json!({"jql": "project is not EMPTY ORDER BY updated ASC", "maxResults": 100, "fields": ["updated"]}))
        .concat();
    let mut truth = ids(&jira.jira.truth("issues"));
    let mut all = all;
    for list in [&mut chained, &mut truth, &mut all] {
        list.sort();
    }
    assert_eq!(chained, truth);
    assert_eq!(all, truth);
    let count = jira.post("/rest/api/3/search/approximate-count", &json!({"jql": "project is not EMPTY"})).json();
    assert_eq!(count["count"], truth.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scenario_limits_pages_of_ids_and_keys() {
    let jira = site(700, "").await;
    let all = jira.ids("project is not EMPTY").len();
    let body = json!({"jql": "project is not EMPTY", "maxResults": 5000, "fields": ["key"]});
    let whole = jira.search(&body).json();
    assert_eq!((whole["issues"].as_array().unwrap().len(), whole["isLast"].as_bool()), (all, Some(true)));
    let first = &whole["issues"][0];
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["expand", "id", "key", "self"]);
    let jira = site(700, "[search]\nlight_page = 60").await;
    for fields in [json!([]), json!(["id"]), json!(["key"])] {
        let body = json!({"jql": "project is not EMPTY", "maxResults": 5000, "fields": fields});
        let pages = jira.pages(body);
        assert_eq!(pages.concat().len(), all);
        assert!(pages[..pages.len() - 1].iter().all(|page| page.len() == 60), "{fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciled_issues_are_found_as_they_are() {
    let scenario = "seed = 3\n[search]\nindex_lag_seconds = 600\nvanish = 0.2";
    let jira = site(400, scenario).await;
    let done = |edit| jira.post("/_sim/edits", &json!({"edits": [edit]})).json()["edits"][0]["issue"].clone();
    let number = |id: &serde_json::Value| id.as_str().unwrap().parse::<u64>().unwrap();
    let new = done(json!({"kind": "create", "project": "CORE"}));
    let old = jira.ids("project = CORE")[0].clone();
    done(json!({"kind": "delete", "issue": old}));
    let missing = ids(&jira.jira.truth("issues"));
    let found = jira.ids("project is not EMPTY");
    let missing: Vec<&String> = missing.iter().filter(|id| !found.contains(id)).collect();
    assert!(found.contains(&old) && missing.len() > 20);
    let mut named: Vec<u64> = missing.iter().take(40).map(|id| id.parse().unwrap()).collect();
    named.extend([number(&new), old.parse().unwrap()]);
    let body = json!({"jql": "project is not EMPTY ORDER BY created", "maxResults": 100, "reconcileIssues": named});
    let pages = jira.pages(body.clone());
    assert!(pages.len() > 2);
    let pages = pages.concat();
    assert!(missing.iter().take(40).all(|id| pages.contains(id)), "the index lost them");
    assert!(pages.contains(&new.as_str().unwrap().to_string()), "too new for the index");
    assert!(!pages.contains(&old), "the index does not know yet that it is deleted");
    assert!(missing.iter().skip(40).any(|id| !pages.contains(id)), "others stay lost");
    // The same on every page, and IDs only.
    let mut next = body.clone();
    next["nextPageToken"] = jira.search(&body).json()["nextPageToken"].clone();
    assert_eq!(jira.search(&next).status, 200);
    next["reconcileIssues"] = json!(named[1..]);
    assert_eq!(jira.search(&next).status, 400);
    let refused = |list| jira.search(&json!({"jql": "project = CORE", "reconcileIssues": list})).status;
    assert_eq!(refused(json!((0..51).collect::<Vec<u64>>())), 400);
    assert_eq!(refused(json!(["CORE-1"])), 400);
    let get = jira.get(&format!("/rest/api/3/search/jql?jql=project%3DCORE&reconcileIssues={}", number(&new)));
    assert_eq!(get.json()["issues"][0]["id"], new, "the newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_edits_are_refused() {
    let jira = site(50, "").await;
    let refused = |body| jira.search(&body).status;
    assert_eq!(refused(json!({"jql": "project = CORE", "startAt": 0})), 400);
    assert_eq!(refused(json!({"jql": "project = CORE", "maxResults": 0})), 400);
    assert_eq!(refused(json!({"jql": "project = CORE", "maxResults": 5001})), 400);
    assert_eq!(refused(json!({"jql": "project = CORE", "nextPageToken": "nonsense"})), 400);
    assert_eq!(refused(json!({"jql": "project = CORE", "expand": ["changelog"]})), 400);
    assert_eq!(refused(json!({"jql": "ORDER BY created"})), 400);
    assert_eq!(refused(json!({"jql": ""})), 400);
    let sorts = "created, updated, key, id, status, priority, assignee";
    assert_eq!(refused(json!({"jql": format!("project = CORE ORDER BY {sorts}")})), 200);
    assert_eq!(refused(json!({"jql": format!("project = CORE ORDER BY {sorts}, project")})), 400);
    assert_eq!(jira.send("POST", "/rest/api/3/search/jql", "text/plain", "{\"jql\":\"project = CORE\"}").status, 415);
    assert_eq!(jira.get("/rest/api/3/search?jql=project%3DCORE").status, 410);
    assert_eq!(jira.post("/rest/api/3/search", &json!({})).status, 410);
    assert_eq!(jira.get("/rest/api/3/search/jql?jql=project%3DCORE&startAt=0").status, 400);
    assert_eq!(jira.send("PUT", "/rest/api/3/search/jql", "application/json", "{}").status, 405);
    let dead = jira.get("/rest/api/3/nothing/here");
    assert!(
        dead.status == 404
            && dead.text().contains("dead link")
            && dead.header("content-type").unwrap().starts_with("text/html")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_belongs_to_its_query() {
    let jira = site(400, "").await;
    let first = jira.search(&json!({"jql": "project = CORE", "maxResults": 10})).json();
    let token = &first["nextPageToken"];
    assert_eq!(jira.search(&json!({"jql": "project = CORE", "maxResults": 10, "nextPageToken": token})).status, 200);
    assert_eq!(jira.search(&json!({"jql": "project = AND2", "maxResults": 10, "nextPageToken": token})).status, 400);
    jira.jira.advance_clock(std::time::Duration::from_secs(8 * 86_400));
    assert_eq!(jira.search(&json!({"jql": "project = CORE", "maxResults": 10, "nextPageToken": token})).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_can_be_short_empty_and_overlapping() {
    let jira = site(400, "seed = 5\n[search]\nshort_pages = 0.4\nempty_pages = 0.3\nduplicates = 0.4").await;
    let pages = jira.pages(json!({"jql": "project is not EMPTY ORDER BY created", "maxResults": 40}));
    let truth = ids(&jira.jira.truth("issues"));
    let seen: std::collections::HashSet<String> = pages.concat().into_iter().collect();
    assert_eq!(seen.len(), truth.len());
    let inner = &pages[..pages.len() - 1];
    assert!(inner.iter().any(Vec::is_empty), "some page is empty");
    assert!(inner.iter().any(|page| page.len() == 20), "some page is short");
    assert!(pages.concat().len() > truth.len(), "some issue comes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_lags_behind() {
    let jira = site(200, "[search]\nindex_lag_seconds = 60").await;
    let id = jira.ids("project = CORE")[0].clone();
    let edit = json!({"edits": [{"kind": "set_field", "issue": id, "field": "summary", "value": "fresh"}]});
    assert_eq!(jira.post("/_sim/edits", &edit).status, 200);
    let found = |jql: &str| jira.search(&json!({"jql": jql, "fields": ["summary"]})).json();
    assert_eq!(found("updated >= \"-5m\"")["issues"], json!([]));
    let bulk = jira.post("/rest/api/3/issue/bulkfetch", &json!({"issueIdsOrKeys": [id], "fields": ["summary"]})).json();
    assert_eq!(bulk["issues"][0]["fields"]["summary"], "fresh");
    assert_ne!(found(&format!("id = {id}"))["issues"][0]["fields"]["summary"], "fresh");
    jira.jira.advance_clock(std::time::Duration::from_secs(61));
    assert_eq!(found("updated >= \"-5m\"")["issues"][0]["fields"]["summary"], "fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moving_issue_is_never_skipped_by_cursors_but_makes_offsets_skip() {
    for (scenario, skips) in [("", false), ("[search]\npaging = \"offset\"", true)] {
        let jira = site(300, scenario).await;
        let body = json!({"jql": "project = CORE ORDER BY updated ASC", "maxResults": 20});
        let all = jira.ids("project = CORE ORDER BY updated ASC");
        let first = jira.search(&body).json();
        // The first issue moves to the end while the pages are read.
        jira.post("/_sim/edits", &json!({"edits": [{"kind": "transition", "issue": all[0]}]}));
        let mut next = body.clone();
        next["nextPageToken"] = first["nextPageToken"].clone();
        let rest = jira.pages(next).concat();
        assert_eq!(!rest.contains(&all[20]), skips);
        assert!(rest.contains(&all[0]));
    }
}
