//! A recorded site is served as it was recorded.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use jira_simulator::Site;
use serde_json::{Value, json};

use crate::client::{Client, serve};

fn comment(id: u32) -> Value {
    json!({"id": id.to_string(), "body": format!("wiki *markup* {id}"), "created": "2021-01-02T03:04:05.678+0800", "author": {"accountId": ""}})
}

fn issue(id: u32, key: &str, comments: u32, updated: &str) -> Value {
    let comments: Vec<Value> = (1..=comments).map(|at| comment(id * 100 + at)).collect();
    json!({"id": id.to_string(), "key": key, "self": "https://example.net/x", "expand": "names", "surprise": [1, null],
        "changelog": {"total": 1, "startAt": 0, "maxResults": 1, "histories": [{"id": format!("{id}1"), "created": "2021-01-01T00:00:00.500+0800", "items": [{"field": "Workflow", "toString": "w"}]}]},
        "fields": {"summary": "\u{200b}四个", "description": "h1. v2 text", "project": {"id": "7", "key": "EE", "name": "Enterprise"},
            "created": "2020-06-12T08:13:13.360+0800", "updated": updated, "flagged": false, "customfield_10018": {"a": null},
            "status": {"id": "10068", "name": "已完成"}, "issuetype": {"id": "1"}, "labels": ["Saas"],
            "comment": {"comments": comments, "total": comments.len(), "startAt": 0, "maxResults": comments.len()},
            "worklog": {"worklogs": [], "total": 0, "startAt": 0, "maxResults": 20}}})
}

fn folder(issues: &[Value]) -> PathBuf {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("jira-simulator-records-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, lines: &[Value]| {
        std::fs::write(folder.join(name), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    };
    write("issues.jsonl", issues);
    write(
        "worklogs.jsonl",
        &[
            json!({"issue_id": "11", "body": {"id": "5", "issueId": "11", "timeSpent": "2h", "started": "2020-07-22T15:24:00.000+0800", "updated": "2020-07-22T15:25:29.102+0800"}}),
            json!({"issue_id": "999", "body": {"id": "6"}}),
        ],
    );
    write(
        "changelogs.jsonl",
        &[json!({"issue_id": "11", "body": {"id": "9", "created": "2021-02-01T00:00:00.000+0800", "items": []}})],
    );
    write("remotelinks.jsonl", &[json!({"issue_id": "11", "body": {"id": 3, "object": {"url": "u"}}})]);
    write(
        "projects.jsonl",
        &[json!({"id": "7", "key": "EE", "name": "Enterprise", "style": "classic", "projectTypeKey": "software"})],
    );
    write("users.jsonl", &[json!({"accountId": "u1", "displayName": "User 1", "active": true})]);
    folder
}

async fn recorded() -> (Client, Vec<Value>) {
    let issues =
        [issue(12, "EE-3", 25, "2021-08-06T14:14:54.647+0800"), issue(11, "EE-1", 2, "2021-03-28T16:06:08.713+0800")];
    let folder = folder(&issues);
    let site = Site::from_records(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (serve(site, "").await, issues.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_equal_field_by_field() {
    let (jira, issues) = recorded().await;
    let body = json!({"jql": "project = EE ORDER BY id ASC", "fields": ["*all"], "expand": "changelog"});
    let found = jira.search(&body).json();
    let mut first = issues[1].clone();
    // Separate files add a worklog and a history entry.
    let worklog = json!({"id": "5", "issueId": "11", "timeSpent": "2h", "started": "2020-07-22T15:24:00.000+0800", "updated": "2020-07-22T15:25:29.102+0800"});
    first["fields"]["worklog"] = json!({"worklogs": [worklog], "total": 1, "startAt": 0, "maxResults": 1});
    let mut got = found["issues"][0].clone();
    assert_eq!(got["changelog"]["total"], 2);
    got["changelog"] = first["changelog"].clone();
    assert_eq!(got, first);
    // The other issue has more comments than a page has.
    let mut second = issues[0].clone();
    let all = second["fields"]["comment"]["comments"].as_array().unwrap()[5..].to_vec();
    second["fields"]["comment"] = json!({"comments": all, "total": 25, "startAt": 5, "maxResults": 20});
    assert_eq!(found["issues"][1], second);
    assert_eq!(
        jira.get("/rest/api/3/issue/EE-3/comment").json()["comments"],
        issues[0]["fields"]["comment"]["comments"]
    );
    let one = jira.search(&json!({"jql": "id = 11", "fields": ["summary", "flagged"]})).json();
    assert_eq!(one["issues"][0]["fields"], json!({"summary": "\u{200b}四个", "flagged": false}));
    assert_eq!(jira.jira.truth("projects").len(), 1);
    assert_eq!(jira.get("/rest/api/3/users/search").json()[0]["accountId"], "u1");
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_issues_are_searched_and_their_children_read() {
    let (jira, _) = recorded().await;
    assert_eq!(jira.ids("project = EE ORDER BY updated DESC"), ["12", "11"]);
    assert_eq!(jira.ids("updated >= \"2021-08-06 08:14\""), ["12"]);
    assert_eq!(jira.ids("labels = Saas AND created < 2021-01-01").len(), 2);
    let bulk = jira.post("/rest/api/3/changelog/bulkfetch", &json!({"issueIdsOrKeys": ["11"]})).json();
    let past = bulk["issueChangeLogs"][0]["changeHistories"].as_array().unwrap();
    assert_eq!(
        past.iter().map(|one| one["created"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1_609_430_400_500, 1_612_108_800_000]
    );
    assert_eq!(
        jira.get("/rest/api/3/issue/11/changelog").json()["values"][1]["created"],
        "2021-02-01T00:00:00.000+0800"
    );
    assert_eq!(jira.get("/rest/api/3/issue/11/remotelink").json()[0]["id"], 3);
    assert_eq!(jira.get("/rest/api/3/worklog/updated").json()["values"][0]["worklogId"], 5);
    assert_eq!(jira.post("/rest/api/3/worklog/list", &json!({"ids": [5, 6]})).json().as_array().unwrap().len(), 1);
    assert_eq!(jira.jira.truth("worklogs").len(), 1);
}
