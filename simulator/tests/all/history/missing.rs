//! Missing issues and deleted children, with their reasons.

use std::collections::BTreeMap;

use jira_simulator::{ChildKind, Edit, MissingReason, Scenario};
use serde_json::{Value, json};

use super::done;
use crate::client::{Client, NOW, site};

fn kinds(jira: &Client) -> BTreeMap<String, MissingReason> {
    jira.jira.missing_issues().into_iter().map(|one| (one.id, one.kind)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_missing_issue_has_a_reason() {
    let jira = site(400, "").await;
    let first = jira.jira.missing_issues();
    let never_visible = jira.jira.truth_with_hidden("issues").len() - jira.jira.truth("issues").len();
    assert_eq!(first.len(), never_visible);
    for (project, kind) in [
        ("OLD", MissingReason::Archived),
        ("BIN", MissingReason::ProjectInTrash),
        ("SECR", MissingReason::AccessRevoked),
    ] {
        assert!(first.iter().any(|one| one.project_key == project && one.kind == kind), "{project}");
    }
    assert!(first.iter().any(|one| one.project_key == "CORE" && one.kind == MissingReason::Hidden));
    assert!(first.iter().all(|one| one.key.starts_with(&format!("{}-", one.project_key))
        && one.since >= NOW
        && one.since < NOW + 5_000));
    let tasks = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC");
    let edits = ["delete", "archive_issue", "hide"];
    for (kind, id) in edits.iter().zip(&tasks) {
        done(&jira, json!({"kind": kind, "issue": id}));
    }
    let now = kinds(&jira);
    assert_eq!(
        tasks[..3].iter().map(|id| now[id]).collect::<Vec<_>>(),
        [MissingReason::Deleted, MissingReason::Archived, MissingReason::Hidden]
    );
    assert!(!now.contains_key(&tasks[3]));
    done(&jira, json!({"kind": "show", "issue": tasks[2]}));
    done(&jira, json!({"kind": "unarchive_issue", "issue": tasks[1]}));
    let now = kinds(&jira);
    assert!(now.contains_key(&tasks[0]) && !now.contains_key(&tasks[1]) && !now.contains_key(&tasks[2]));
    let listed = jira.get("/_sim/missing_issues").json()["issues"].as_array().unwrap().clone();
    let one = listed.iter().find(|one| one["id"] == tasks[0].as_str()).unwrap();
    assert_eq!((&one["kind"], &one["project_key"]), (&json!("deleted"), &json!("CORE")));
    assert_eq!(listed.len(), jira.jira.missing_issues().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_issues_of_a_project_go_missing_and_return() {
    let jira = site(400, "").await;
    let (own, before) = (jira.ids("project = BIZ"), jira.jira.missing_issues());
    let all = |kind: MissingReason| {
        let now = kinds(&jira);
        own.iter().all(|id| now.get(id) == Some(&kind))
    };
    for (shut, open, kind) in [
        ("archive_project", "restore_project", MissingReason::Archived),
        ("trash_project", "restore_project", MissingReason::ProjectInTrash),
        ("revoke_project_access", "grant_project_access", MissingReason::AccessRevoked),
    ] {
        let at = done(&jira, json!({"kind": shut, "project": "BIZ"}))["at"].as_i64().unwrap();
        assert!(all(kind) && jira.jira.missing_issues().iter().filter(|one| one.since == at).count() == own.len());
        done(&jira, json!({"kind": open, "project": "BIZ"}));
        assert_eq!(jira.jira.missing_issues(), before);
    }
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_projects = [\"BIZ\"]").unwrap());
    assert!(all(MissingReason::AccessRevoked));
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_issues = [\"CORE-1\"]").unwrap());
    assert!(
        jira.jira.missing_issues().iter().any(|one| one.key == "CORE-1" && one.kind == MissingReason::Hidden)
            && kinds(&jira).len() == before.len() + 1
    );
    jira.jira.set_scenario(Scenario::default());
    assert_eq!(jira.jira.missing_issues(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_issues_have_the_last_visible_key() {
    let jira = site(400, "").await;
    let id = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC")[0].clone();
    let old = super::issue(&jira, &id)["key"].as_str().unwrap().to_string();
    let moved = done(&jira, json!({"kind": "move", "issue": id, "project": "SECR"}));
    let find = || jira.jira.missing_issues().into_iter().find(|one| one.id == id);
    let missing = find().unwrap();
    assert_eq!(
        (missing.kind, missing.key.as_str(), missing.project_key.as_str()),
        (MissingReason::AccessRevoked, old.as_str(), "CORE")
    );
    done(&jira, json!({"kind": "move", "issue": id, "project": "AND"}));
    assert!(find().is_none());
    let deleted = done(&jira, json!({"kind": "delete", "issue": id}));
    let missing = find().unwrap();
    assert_eq!(
        (missing.kind, json!(missing.key), json!(missing.since)),
        (MissingReason::Deleted, deleted["key"].clone(), deleted["at"].clone())
    );
    let moves = jira.jira.key_history();
    let keys: Vec<(&str, &str)> = moves.iter().map(|one| (one.old_key.as_str(), one.new_key.as_str())).collect();
    let (to, end) = (moved["key"].as_str().unwrap(), deleted["key"].as_str().unwrap());
    assert_eq!((keys, json!(moves[0].at)), (vec![(old.as_str(), to), (to, end)], moved["at"].clone()));
    assert!(moves.iter().all(|one| one.issue_id == id));
    assert_eq!(jira.get("/_sim/key_history").json()["moves"][0]["old_key"], old);
    // New issues count from the time when they become visible.
    let made = jira.jira.edit(Edit::Create { project: "SECR".into(), summary: None }).unwrap();
    assert!(!kinds(&jira).contains_key(&made.issue));
    done(&jira, json!({"kind": "grant_project_access", "project": "SECR"}));
    done(&jira, json!({"kind": "revoke_project_access", "project": "SECR"}));
    assert_eq!(kinds(&jira)[&made.issue], MissingReason::AccessRevoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_children_are_listed_for_visible_issues_only() {
    let jira = site(400, "").await;
    let all = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC");
    let mut wanted = Vec::new();
    for (kind, add, remove) in [
        (ChildKind::Comment, "add_comment", "delete_comment"),
        (ChildKind::Worklog, "add_worklog", "delete_worklog"),
        (ChildKind::Attachment, "attach", "delete_attachment"),
    ] {
        for id in &all[..2] {
            let made = done(&jira, json!({"kind": add, "issue": id}))["child"].clone();
            let missing = done(&jira, json!({"kind": remove, "issue": id}));
            assert_eq!(missing["child"], made);
            wanted.push((kind, missing["child"].clone(), id.clone(), missing["at"].clone()));
        }
    }
    done(&jira, json!({"kind": "add_comment", "issue": all[0], "restricted": true}));
    done(&jira, json!({"kind": "delete_comment", "issue": all[0]}));
    let deleted = |jira: &Client| -> Vec<(ChildKind, Value, String, Value)> {
        let all = jira.jira.deleted_children().into_iter();
        all.map(|one| (one.kind, json!(one.id), one.issue_id, json!(one.at))).collect()
    };
    assert_eq!(deleted(&jira), wanted, "and nothing the account never saw");
    let listed = jira.get("/_sim/deleted_children").json();
    assert_eq!((&listed["children"][0]["kind"], listed["children"].as_array().unwrap().len()), (&json!("comment"), 6));
    done(&jira, json!({"kind": "delete", "issue": all[0]}));
    wanted.retain(|one| one.2 != all[0]);
    assert_eq!(deleted(&jira), wanted);
}
