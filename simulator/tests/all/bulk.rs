//! Bulk reads of issues and changelogs, and single issues.

use serde_json::{Value, json};

use crate::client::{Client, site};

fn bulk(jira: &Client, body: &Value) -> crate::client::Reply {
    jira.post("/rest/api/3/issue/bulkfetch", body)
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_reads_leave_out_what_is_not_visible() {
    let jira = site(600, "").await;
    let ids = jira.ids("project is not EMPTY ORDER BY id ASC");
    let hidden: Vec<Value> = jira.jira.truth_with_hidden("issues");
    let secret = hidden.iter().find(|issue| !ids.contains(&issue["id"].as_str().unwrap().to_string())).unwrap();
    let wanted = json!([ids[1], "999999999", secret["key"], ids[0], ids[1], "core-1"]);
    let answer = bulk(&jira, &json!({"issueIdsOrKeys": wanted, "fields": ["project"]})).json();
    let mut got: Vec<u64> =
        answer["issues"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect();
    assert!(got.is_sorted() && got.len() >= 2);
    got.dedup();
    assert_eq!(got.len(), answer["issues"].as_array().unwrap().len());
    assert_eq!(answer["issueErrors"], json!([]));
    assert_eq!(jira.get(&format!("/rest/api/3/issue/{}", secret["id"].as_str().unwrap())).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_only_for_few_plain_fields() {
    let jira = site(400, "").await;
    let ids = jira.ids("project is not EMPTY");
    let status = |fields: Value, expand: Value, many: usize| {
        bulk(&jira, &json!({"issueIdsOrKeys": ids[..many], "fields": fields, "expand": expand})).status
    };
    assert_eq!(status(json!(["*all"]), json!([]), 100), 200);
    assert_eq!(status(json!(["*all"]), json!([]), 101), 400);
    assert_eq!(status(json!(["summary", "updated"]), json!([]), 300), 200);
    assert_eq!(status(json!(["summary", "comment"]), json!([]), 101), 400);
    assert_eq!(status(json!(["summary"]), json!(["changelog"]), 101), 400);
    assert_eq!(bulk(&jira, &json!({"issueIdsOrKeys": [ids[0]], "expand": "changelog"})).status, 400);
    assert_eq!(bulk(&jira, &json!({"issueIdsOrKeys": [ids[0]], "jql": "x"})).status, 400);
    let many: Vec<u32> = (0..1001).collect();
    assert_eq!(bulk(&jira, &json!({"issueIdsOrKeys": many, "fields": ["summary"]})).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_lists_are_cut_and_say_so() {
    let jira = site(1000, "").await;
    let truth = jira.jira.truth("issues");
    let total = |issue: &Value, name: &str| issue["fields"][name]["total"].as_u64().unwrap_or(0);
    let heavy = truth.iter().find(|issue| total(issue, "comment") >= 55 && total(issue, "worklog") >= 30).unwrap();
    let body = json!({"issueIdsOrKeys": [heavy["id"]], "fields": ["*all"], "expand": ["changelog"]});
    let issue = bulk(&jira, &body).json()["issues"][0].clone();
    let (comment, worklog, log) = (&issue["fields"]["comment"], &issue["fields"]["worklog"], &issue["changelog"]);
    let all = heavy["fields"]["comment"]["comments"].as_array().unwrap();
    assert_eq!(comment["comments"].as_array().unwrap()[..], all[all.len() - 20..], "the newest comments");
    assert_eq!(comment["startAt"], all.len() - 20);
    assert_eq!(comment["total"], all.len());
    let all = heavy["fields"]["worklog"]["worklogs"].as_array().unwrap();
    assert_eq!(worklog["worklogs"].as_array().unwrap()[..], all[..20], "the oldest worklogs");
    assert_eq!(worklog["total"], all.len());
    let shown = log["histories"].as_array().unwrap();
    assert_eq!((shown.len(), &log["maxResults"]), (40, &json!(40)));
    assert!(log["total"].as_u64().unwrap() >= 150);
    let past: Vec<Value> =
        jira.jira.truth("changelogs").into_iter().filter(|one| one["issueId"] == heavy["id"]).collect();
    assert_eq!(shown[0]["id"], past[past.len() - 1]["id"], "newest first");
    // Without a request for it, no changelog; by default bulk reads omit comments.
    let plain = bulk(&jira, &json!({"issueIdsOrKeys": [heavy["id"]]})).json()["issues"][0].clone();
    assert!(
        plain.get("changelog").is_none()
            && plain["fields"].get("comment").is_none()
            && plain["fields"].get("summary").is_some()
    );
    let less =
        bulk(&jira, &json!({"issueIdsOrKeys": [heavy["id"]], "fields": ["*all", "-comment", "-summary"]})).json();
    assert!(
        less["issues"][0]["fields"].get("comment").is_none() && less["issues"][0]["fields"].get("worklog").is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_come_in_bulk_by_date() {
    let jira = site(1000, "").await;
    let ids = jira.ids("project is not EMPTY");
    let mut body = json!({"issueIdsOrKeys": ids, "maxResults": 2500});
    let (mut seen, mut last, mut pages) = (std::collections::HashSet::new(), 0, 0);
    loop {
        let answer = jira.post("/rest/api/3/changelog/bulkfetch", &body).json();
        let logs = answer["issueChangeLogs"].as_array().unwrap();
        let entries: Vec<(&Value, &Value)> = logs
            .iter()
            .flat_map(|log| log["changeHistories"].as_array().unwrap().iter().map(move |one| (&log["issueId"], one)))
            .collect();
        let moments: Vec<i64> =
            entries.iter().map(|entry| entry.1["created"].as_i64().expect("milliseconds")).collect();
        assert!(moments.iter().min().unwrap_or(&i64::MAX) >= &last, "pages go forward in time");
        last = moments.iter().max().copied().unwrap_or(last);
        for (issue, entry) in entries {
            assert!(seen.insert((issue.clone(), entry["id"].clone())));
        }
        pages += 1;
        if answer["nextPageToken"].is_null() {
            break;
        }
        body["nextPageToken"] = answer["nextPageToken"].clone();
    }
    let truth = jira.jira.truth("changelogs");
    assert_eq!(seen.len(), truth.len());
    assert!(pages > 2 && truth.iter().all(|one| one["created"].is_string()));
    let most = json!({"issueIdsOrKeys": ids, "maxResults": 10_001});
    assert_eq!(jira.post("/rest/api/3/changelog/bulkfetch", &most).status, 400);
    // One issue has more than a thousand entries, a hundred a page, oldest first.
    let mut counts = std::collections::HashMap::new();
    truth.iter().for_each(|one| *counts.entry(one["issueId"].as_str().unwrap()).or_insert(0) += 1);
    let (giant, count) = counts.into_iter().max_by_key(|one| one.1).unwrap();
    let page = jira.get(&format!("/rest/api/3/issue/{giant}/changelog?maxResults=500&startAt=100")).json();
    assert_eq!((page["values"].as_array().unwrap().len(), page["total"].as_u64().unwrap()), (100, count));
    assert!(count > 1000 && page["maxResults"] == 100 && page["isLast"] == false);
}
