//! Projects that are archived, trashed, inaccessible, restored and renamed.

use serde_json::{Value, json};

use super::{bulk, count, done, refused};
use crate::client::{Client, ids, site};

fn archived_too(jira: &Client, jql: &str) -> Vec<String> {
    let jql = jql.replace(' ', "%20");
    let path = format!("/rest/api/3/search/jql?jql={jql}&maxResults=5000&includeArchivedProjects=true");
    ids(jira.get(&path).json()["issues"].as_array().unwrap())
}

fn states(jira: &Client, key: &str) -> Vec<&'static str> {
    let listed = |state: &str| {
        let page = jira.get(&format!("/rest/api/3/project/search?status={state}&keys={key}")).json();
        page["total"].as_u64().unwrap() > 0
    };
    ["live", "archived", "deleted"].into_iter().filter(|state| listed(state)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_projects_are_listed_on_request_only() {
    let jira = site(300, "").await;
    let all = jira.ids("project is not EMPTY");
    let own = jira.ids("project = BIZ ORDER BY id ASC");
    assert!(!own.is_empty());
    let archived = done(&jira, json!({"kind": "archive_project", "project": "BIZ"}));
    assert_eq!((&archived["key"], &archived["issue"]), (&json!("BIZ"), &json!("")));
    refused(&jira, json!({"kind": "archive_project", "project": "BIZ"}));
    assert!(jira.ids("project = BIZ ORDER BY id ASC").is_empty(), "also where the answer was known before");
    assert_eq!(jira.ids("project is not EMPTY").len(), all.len() - own.len());
    assert_eq!(
        (count(&jira, "project = BIZ"), count(&jira, "project is not EMPTY")),
        (0, (all.len() - own.len()) as u64)
    );
    let plain = jira.get("/rest/api/3/search/jql?jql=project%20%3D%20BIZ&includeArchivedProjects=false").json();
    assert_eq!(plain["issues"], json!([]));
    assert_eq!(archived_too(&jira, "project = BIZ ORDER BY id ASC"), own);
    let one = archived_too(&jira, &format!("id = {}", own[0]));
    assert_eq!(one, own[..1]);
    let old = archived_too(&jira, "project = OLD");
    assert!(!old.is_empty() && archived_too(&jira, "project = BIN").is_empty());
    assert!(bulk(&jira, &own).is_empty() && bulk(&jira, &old).is_empty());
    for path in ["", "/comment", "/worklog", "/changelog", "/votes"] {
        assert_eq!(jira.get(&format!("/rest/api/3/issue/{}{path}", own[0])).status, 404, "{path}");
    }
    assert_eq!(states(&jira, "BIZ"), ["archived"]);
    let body = jira.get("/rest/api/3/project/BIZ").json();
    assert!(body["archived"] == true && body["archivedDate"].is_string());
    let unknown = json!({"jql": "project = BIZ", "includeArchivedProjects": true});
    assert_eq!(jira.search(&unknown).status, 400, "only the other method knows it");
    done(&jira, json!({"kind": "restore_project", "project": "BIZ"}));
    assert_eq!((jira.ids("project is not EMPTY"), bulk(&jira, &own)), (all, own.clone()));
    assert_eq!((states(&jira, "BIZ"), jira.ids("project = BIZ ORDER BY id ASC")), (vec!["live"], own));
    assert!(jira.get("/rest/api/3/project/BIZ").json().get("archivedBy").is_none());
    done(&jira, json!({"kind": "restore_project", "project": "OLD"}));
    assert_eq!(bulk(&jira, &old).len(), old.len(), "what was archived from the start comes too");
}

#[tokio::test(flavor = "multi_thread")]
async fn trashed_and_inaccessible_projects_are_not_found() {
    let jira = site(300, "").await;
    let own = jira.ids("project = BIZ ORDER BY id ASC");
    let truth = |entity: &str| jira.jira.truth(entity).len();
    let boards = truth("boards");
    for (shut, open, state) in [
        ("trash_project", "restore_project", vec!["deleted"]),
        ("revoke_project_access", "grant_project_access", vec![]),
    ] {
        refused(&jira, json!({"kind": open, "project": "BIZ"}));
        done(&jira, json!({"kind": shut, "project": "BIZ"}));
        refused(&jira, json!({"kind": shut, "project": "BIZ"}));
        assert_eq!(states(&jira, "BIZ"), state);
        assert!(jira.ids("project = BIZ ORDER BY id ASC").is_empty() && bulk(&jira, &own).is_empty());
        assert!(archived_too(&jira, "project = BIZ").is_empty() && count(&jira, "project = BIZ") == 0);
        assert_eq!(jira.get("/rest/api/3/project/BIZ").status, 404);
        assert_eq!(jira.get(&format!("/rest/api/3/issue/{}/comment", own[0])).status, 404);
        done(&jira, json!({"kind": open, "project": "BIZ"}));
        assert_eq!((jira.ids("project = BIZ ORDER BY id ASC"), bulk(&jira, &own)), (own.clone(), own.clone()));
        assert!(jira.get("/rest/api/3/project/BIZ").json().get("deleted").is_none());
    }
    done(&jira, json!({"kind": "revoke_project_access", "project": "AND"}));
    assert!(truth("boards") < boards);
    done(&jira, json!({"kind": "archive_project", "project": "BIZ"}));
    done(&jira, json!({"kind": "trash_project", "project": "BIZ"}));
    assert_eq!(states(&jira, "BIZ"), ["deleted"], "the archive is no shelter");
    let secret = || jira.jira.missing_issues().iter().filter(|one| one.project_key == "SECR").count();
    let before = secret();
    done(&jira, json!({"kind": "grant_project_access", "project": "SECR"}));
    let found = jira.ids("project = SECR").len();
    assert!(found > 0 && found == before - secret(), "what was never seen appears");
    // Projects that the scenario hides are independent of edits.
    let scenario = "[site]\nhidden_projects = [\"CORE\"]";
    jira.jira.set_scenario(jira_simulator::Scenario::parse(scenario).unwrap());
    refused(&jira, json!({"kind": "grant_project_access", "project": "CORE"}));
    assert!(jira.ids("project = CORE").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_project_appears_everywhere_without_updates() {
    let jira = site(120, "").await;
    let id = jira.ids("project = CORE")[0].clone();
    let before = super::issue(&jira, &id);
    done(&jira, json!({"kind": "rename_project", "project": "CORE", "name": "Neu 2"}));
    let after = super::issue(&jira, &id);
    assert_eq!((&after["fields"]["project"]["name"], &after["key"]), (&json!("Neu 2"), &before["key"]));
    assert_eq!(after["fields"]["updated"], before["fields"]["updated"]);
    assert_eq!(jira.get("/rest/api/3/project/CORE").json()["name"], "Neu 2");
    let boards: Vec<Value> = jira.jira.truth("boards");
    assert!(boards.iter().any(|board| board["location"]["displayName"] == "Neu 2 (CORE)"));
    assert!(jira.ids("project = 'Neu 2'").contains(&id));
}
