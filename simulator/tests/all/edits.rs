//! Edits: which update `updated`, which have changelog entries, and what is still found.

use jira_simulator::Edit;
use serde_json::{Value, json};

use crate::client::{Client, ids, site};

fn issue(jira: &Client, id: &str) -> Value {
    jira.get(&format!("/rest/api/3/issue/{id}?expand=changelog")).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn some_edits_move_updated_and_some_do_not() {
    let jira = site(300, "").await;
    let all = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC");
    let (id, other) = (&all[0], &all[1]);
    let done = |edit: Value| jira.post("/_sim/edits", &json!({"edits": [edit]})).json()["edits"][0].clone();
    let loud = [
        json!({"kind": "set_field", "issue": id, "field": "summary", "value": "x"}),
        json!({"kind": "add_comment", "issue": id}),
        json!({"kind": "edit_comment", "issue": id}),
        json!({"kind": "delete_comment", "issue": id}),
        json!({"kind": "add_worklog", "issue": id}),
        json!({"kind": "edit_worklog", "issue": id}),
        json!({"kind": "delete_worklog", "issue": id}),
        json!({"kind": "transition", "issue": id}),
        json!({"kind": "add_to_sprint", "issue": id, "sprint": 5}),
        json!({"kind": "link", "from": id, "to": other}),
        json!({"kind": "attach", "issue": id}),
    ];
    let quiet = [
        json!({"kind": "vote", "issue": id}),
        json!({"kind": "watch", "issue": id}),
        json!({"kind": "add_remote_link", "issue": id}),
        json!({"kind": "set_property", "issue": id, "key": "k", "value": 1}),
    ];
    for (edits, moves) in [(&loud[..], true), (&quiet[..], false)] {
        for edit in edits {
            let before = issue(&jira, id)["fields"]["updated"].clone();
            let edited = done(edit.clone());
            assert_eq!(edited["moved_updated"], moves, "{edit}");
            assert_eq!(issue(&jira, id)["fields"]["updated"] != before, moves, "{edit}");
        }
    }
    let now = issue(&jira, id);
    let written: Vec<&Value> =
        now["changelog"]["histories"].as_array().unwrap().iter().take(8).map(|one| &one["items"][0]["field"]).collect();
    assert_eq!(written, ["Attachment", "Link", "Sprint", "status", "timespent", "timespent", "timespent", "summary"]);
    assert_eq!(now["fields"]["summary"], "x");
    assert!(now["fields"]["issuelinks"].to_string().contains(&format!("\"id\":\"{other}\"")));
    assert!(issue(&jira, other)["fields"]["issuelinks"].to_string().contains(&format!("\"id\":\"{id}\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_created_deleted_and_moved() {
    let jira = site(300, "").await;
    let made = jira.jira.edit(Edit::Create { project: "NEW".into(), summary: Some("first".into()) }).unwrap();
    assert_eq!(made.key, "NEW-1");
    assert_eq!(jira.ids("project = NEW"), std::slice::from_ref(&made.issue));
    let moved = jira.jira.edit(Edit::Move { issue: made.issue.clone(), project: "CORE".into() }).unwrap();
    assert!(moved.key.starts_with("CORE-") && moved.issue == made.issue);
    assert_eq!(issue(&jira, "NEW-1")["key"], moved.key.as_str(), "the old key still finds it");
    assert_eq!(issue(&jira, &made.issue)["changelog"]["histories"][0]["items"][0]["field"], "Key");
    jira.jira.edit(Edit::Hide { issue: made.issue.clone() }).unwrap();
    assert_eq!(jira.get(&format!("/rest/api/3/issue/{}", made.issue)).status, 404);
    jira.jira.edit(Edit::Show { issue: made.issue.clone() }).unwrap();
    jira.jira.edit(Edit::Delete { issue: made.issue.clone() }).unwrap();
    assert_eq!(jira.get(&format!("/rest/api/3/issue/{}", made.issue)).status, 404);
    assert!(jira.jira.edit(Edit::Delete { issue: made.issue }).is_err());
    // A parent is deleted with its sub-tasks.
    let truth = jira.jira.truth("issues");
    let parent =
        truth.iter().find(|one| one["fields"]["subtasks"].as_array().is_some_and(|all| !all.is_empty())).unwrap();
    let child = parent["fields"]["subtasks"][0]["id"].as_str().unwrap();
    jira.jira.edit(Edit::Delete { issue: parent["id"].as_str().unwrap().into() }).unwrap();
    assert_eq!(jira.get(&format!("/rest/api/3/issue/{child}")).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn random_edits_leave_a_site_that_agrees_with_itself() {
    let (jira, twin) = (site(250, "").await, site(250, "").await);
    let (done, same) = (jira.jira.random_edits(300, 9), twin.jira.random_edits(300, 9));
    let digests = |all: &[jira_simulator::Edited]| {
        all.iter().map(|one| (one.kind.clone(), one.issue.clone(), one.child.clone())).collect::<Vec<_>>()
    };
    assert_eq!((done.len(), digests(&done)), (300, digests(&same)));
    let mut truth = ids(&jira.jira.truth("issues"));
    let mut found = jira.ids("project is not EMPTY");
    truth.sort();
    found.sort();
    assert_eq!(truth, found);
    // The truth equals the routes for every changed issue.
    let moved = done.iter().filter(|one| one.moved_updated && found.contains(&one.issue));
    let changed = jira.ids("updated >= \"2026-03-02 13:00\"");
    for edit in moved {
        assert!(changed.contains(&edit.issue), "{edit:?}");
    }
    for issue in jira.jira.truth("issues").iter().take(60) {
        let id = issue["id"].as_str().unwrap();
        let page = jira.get(&format!("/rest/api/3/issue/{id}/comment")).json();
        assert_eq!(page["total"], issue["fields"]["comment"]["total"].as_u64().unwrap_or(0));
    }
}
