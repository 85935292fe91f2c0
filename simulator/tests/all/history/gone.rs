//! The truth about what vanished and why.

use std::collections::BTreeMap;

use jira_simulator::{Edit, GoneChildKind, GoneKind, Scenario};
use serde_json::{Value, json};

use super::done;
use crate::client::{Client, NOW, site};

fn kinds(jira: &Client) -> BTreeMap<String, GoneKind> {
    jira.jira.gone().into_iter().map(|one| (one.id, one.kind)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_issue_is_gone_for_a_reason() {
    let jira = site(400, "").await;
    let first = jira.jira.gone();
    let unseen = jira.jira.hidden_truth("issues").len() - jira.jira.truth("issues").len();
    assert_eq!(first.len(), unseen);
    for (project, kind) in [("OLD", GoneKind::Archived), ("BIN", GoneKind::Trashed), ("SECR", GoneKind::Closed)] {
        assert!(first.iter().any(|one| one.project_key == project && one.kind == kind), "{project}");
    }
    assert!(first.iter().any(|one| one.project_key == "CORE" && one.kind == GoneKind::Hidden));
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
        [GoneKind::Deleted, GoneKind::Archived, GoneKind::Hidden]
    );
    assert!(!now.contains_key(&tasks[3]));
    done(&jira, json!({"kind": "show", "issue": tasks[2]}));
    done(&jira, json!({"kind": "unarchive_issue", "issue": tasks[1]}));
    let now = kinds(&jira);
    assert!(now.contains_key(&tasks[0]) && !now.contains_key(&tasks[1]) && !now.contains_key(&tasks[2]));
    let told = jira.get("/_sim/gone").json()["gone"].as_array().unwrap().clone();
    let one = told.iter().find(|one| one["id"] == tasks[0].as_str()).unwrap();
    assert_eq!((&one["kind"], &one["project_key"]), (&json!("deleted"), &json!("CORE")));
    assert_eq!(told.len(), jira.jira.gone().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_projects_go_and_come_back() {
    let jira = site(400, "").await;
    let (own, before) = (jira.ids("project = BIZ"), jira.jira.gone());
    let all = |kind: GoneKind| {
        let now = kinds(&jira);
        own.iter().all(|id| now.get(id) == Some(&kind))
    };
    for (shut, open, kind) in [
        ("archive", "restore", GoneKind::Archived),
        ("trash", "restore", GoneKind::Trashed),
        ("close", "open", GoneKind::Closed),
    ] {
        let at = done(&jira, json!({"kind": format!("{shut}_project"), "project": "BIZ"}))["at"].as_i64().unwrap();
        assert!(all(kind) && jira.jira.gone().iter().filter(|one| one.since == at).count() == own.len());
        done(&jira, json!({"kind": format!("{open}_project"), "project": "BIZ"}));
        assert_eq!(jira.jira.gone(), before);
    }
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_projects = [\"BIZ\"]").unwrap());
    assert!(all(GoneKind::Closed));
    jira.jira.set_scenario(Scenario::parse("[site]\nhidden_issues = [\"CORE-1\"]").unwrap());
    assert!(
        jira.jira.gone().iter().any(|one| one.key == "CORE-1" && one.kind == GoneKind::Hidden)
            && kinds(&jira).len() == before.len() + 1
    );
    jira.jira.set_scenario(Scenario::default());
    assert_eq!(jira.jira.gone(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_those_the_account_knew() {
    let jira = site(400, "").await;
    let id = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC")[0].clone();
    let old = super::issue(&jira, &id)["key"].as_str().unwrap().to_string();
    let moved = done(&jira, json!({"kind": "move", "issue": id, "project": "SECR"}));
    let find = || jira.jira.gone().into_iter().find(|one| one.id == id);
    let gone = find().unwrap();
    assert_eq!((gone.kind, gone.key.as_str(), gone.project_key.as_str()), (GoneKind::Closed, old.as_str(), "CORE"));
    done(&jira, json!({"kind": "move", "issue": id, "project": "AND"}));
    assert!(find().is_none());
    let deleted = done(&jira, json!({"kind": "delete", "issue": id}));
    let gone = find().unwrap();
    assert_eq!(
        (gone.kind, json!(gone.key), json!(gone.since)),
        (GoneKind::Deleted, deleted["key"].clone(), deleted["at"].clone())
    );
    let moves = jira.jira.key_history();
    let keys: Vec<(&str, &str)> = moves.iter().map(|one| (one.old_key.as_str(), one.new_key.as_str())).collect();
    let (to, end) = (moved["key"].as_str().unwrap(), deleted["key"].as_str().unwrap());
    assert_eq!((keys, json!(moves[0].at)), (vec![(old.as_str(), to), (to, end)], moved["at"].clone()));
    assert!(moves.iter().all(|one| one.issue_id == id));
    assert_eq!(jira.get("/_sim/key_history").json()["moves"][0]["old_key"], old);
    // New issues count from the moment the account sees them.
    let made = jira.jira.edit(Edit::Create { project: "SECR".into(), summary: None }).unwrap();
    assert!(!kinds(&jira).contains_key(&made.issue));
    done(&jira, json!({"kind": "open_project", "project": "SECR"}));
    done(&jira, json!({"kind": "close_project", "project": "SECR"}));
    assert_eq!(kinds(&jira)[&made.issue], GoneKind::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn children_that_went_are_told_of_issues_that_stay() {
    let jira = site(400, "").await;
    let all = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC");
    let mut wanted = Vec::new();
    for (kind, add, remove) in [
        (GoneChildKind::Comment, "add_comment", "delete_comment"),
        (GoneChildKind::Worklog, "add_worklog", "delete_worklog"),
        (GoneChildKind::Attachment, "attach", "delete_attachment"),
    ] {
        for id in &all[..2] {
            let made = done(&jira, json!({"kind": add, "issue": id}))["child"].clone();
            let gone = done(&jira, json!({"kind": remove, "issue": id}));
            assert_eq!(gone["child"], made);
            wanted.push((kind, gone["child"].clone(), id.clone(), gone["at"].clone()));
        }
    }
    done(&jira, json!({"kind": "add_comment", "issue": all[0], "restricted": true}));
    done(&jira, json!({"kind": "delete_comment", "issue": all[0]}));
    let told = |jira: &Client| -> Vec<(GoneChildKind, Value, String, Value)> {
        let all = jira.jira.gone_children().into_iter();
        all.map(|one| (one.kind, json!(one.id), one.issue_id, json!(one.at))).collect()
    };
    assert_eq!(told(&jira), wanted, "and nothing the account never saw");
    let listed = jira.get("/_sim/gone/children").json();
    assert_eq!((&listed["gone"][0]["kind"], listed["gone"].as_array().unwrap().len()), (&json!("comment"), 6));
    done(&jira, json!({"kind": "delete", "issue": all[0]}));
    wanted.retain(|one| one.2 != all[0]);
    assert_eq!(told(&jira), wanted);
}
