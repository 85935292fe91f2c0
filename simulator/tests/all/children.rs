//! Comments, worklogs and other children of issues.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, NOW, ids, site};

fn feed(jira: &Client, name: &str, mut since: i64) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let page = jira.get(&format!("/rest/api/3/worklog/{name}?since={since}")).json();
        let values = page["values"].as_array().unwrap();
        assert!(values.len() <= 1000);
        all.extend(values.iter().map(|one| one["worklogId"].as_u64().unwrap()));
        if page["lastPage"] == true {
            return all;
        }
        since = page["until"].as_i64().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_paged_by_a_hundred_without_restricted_ones() {
    let jira = site(700, "").await;
    let (shown, all) = (jira.jira.truth("comments"), jira.jira.truth_with_hidden("comments"));
    assert!(all.len() > shown.len());
    let mut by_issue = std::collections::BTreeMap::<String, Vec<Value>>::new();
    for one in shown {
        by_issue.entry(one["issueId"].as_str().unwrap().into()).or_default().push(one["id"].clone());
    }
    let (issue, truth) = by_issue.iter().max_by_key(|one| one.1.len()).unwrap();
    let read =
        |start: usize| jira.get(&format!("/rest/api/3/issue/{issue}/comment?startAt={start}&maxResults=500")).json();
    let (first, second) = (read(0), read(100));
    assert_eq!((first["maxResults"].as_u64(), first["total"].as_u64()), (Some(100), Some(truth.len() as u64)));
    let list =
        |page: &Value| page["comments"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert_eq!([list(&first), list(&second)].concat(), *truth);
    let newest = jira.get(&format!("/rest/api/3/issue/{issue}/comment?orderBy=-created&maxResults=1")).json();
    assert_eq!(newest["comments"][0]["id"], truth[truth.len() - 1]);
    let hidden = all.iter().find(|one| !by_issue.values().any(|list| list.contains(&one["id"]))).unwrap();
    let listed = jira.post("/rest/api/3/comment/list", &json!({"ids": [truth[0], hidden["id"], 999_999_999]})).json();
    assert_eq!((listed["total"].as_u64(), &listed["values"][0]["id"]), (Some(1), &truth[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklog_feed_leaves_out_the_last_minute() {
    let jira = site(700, "").await;
    let mut all = feed(&jira, "updated", 0);
    all.sort_unstable();
    let mut truth: Vec<u64> =
        ids(&jira.jira.truth_with_hidden("worklogs")).iter().map(|id| id.parse().unwrap()).collect();
    truth.sort_unstable();
    // Also worklogs of invisible issues: the permission to browse the project is not required.
    assert_eq!(all, truth);
    let issue = jira.jira.truth("worklogs")[0]["issueId"].as_str().unwrap().to_string();
    let edits = json!({"edits": [{"kind": "add_worklog", "issue": issue}, {"kind": "add_worklog", "issue": issue}, {"kind": "delete_worklog", "issue": issue}]});
    let done = jira.post("/_sim/edits", &edits).json();
    let id = |at: usize| done["edits"][at]["child"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(feed(&jira, "updated", NOW - 1).is_empty() && feed(&jira, "deleted", 0).is_empty());
    jira.jira.advance_clock(Duration::from_secs(61));
    assert_eq!(feed(&jira, "updated", NOW - 1), [id(0)]);
    assert_eq!(feed(&jira, "deleted", 0), [id(1)]);
    let listed = jira.post("/rest/api/3/worklog/list", &json!({"ids": [id(0), id(1), all[0]]})).json();
    let listed: Vec<String> = ids(listed.as_array().unwrap());
    assert_eq!(listed, [id(0).to_string(), all[0].to_string()]);
    let page = jira.get(&format!("/rest/api/3/issue/{issue}/worklog")).json();
    assert_eq!(page["maxResults"], 5000);
    assert!(page["worklogs"].as_array().unwrap().iter().all(|one| one["issueId"] == issue.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_children_are_read_per_issue() {
    let jira = site(800, "").await;
    let first = |entity: &str| jira.jira.truth(entity)[0].clone();
    let path = |one: &Value, rest: &str| format!("/rest/api/3/issue/{}/{rest}", one["issueId"].as_str().unwrap());
    let voter = first("voters");
    let votes = jira.get(&path(&voter, "votes")).json();
    assert_eq!(votes["voters"][0]["accountId"], voter["accountId"]);
    let watcher = first("watchers");
    let watchers = jira.get(&path(&watcher, "watchers")).json();
    assert_eq!(watchers["watchCount"], watchers["watchers"].as_array().unwrap().len());
    let link = first("remote_links");
    assert_eq!(jira.get(&path(&link, "remotelink")).json()[0]["id"], link["id"]);
    assert!(link["id"].is_u64());
    let property = first("properties");
    let key = property["key"].as_str().unwrap();
    assert_eq!(jira.get(&path(&property, "properties")).json()["keys"][0]["key"], key);
    assert_eq!(jira.get(&path(&property, &format!("properties/{key}"))).json()["value"], property["value"]);
    let whole = format!("/rest/api/3/issue/{}?fields=id&properties=*all", property["issueId"].as_str().unwrap());
    assert_eq!(jira.get(&whole).json()["properties"][key], property["value"]);
    let transition = first("transitions");
    assert_eq!(jira.get(&path(&transition, "transitions")).json()["transitions"][0]["id"], transition["id"]);
}
