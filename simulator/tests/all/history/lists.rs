//! Edits of the catalog: sprints, fields, users, versions, components.

use serde_json::{Value, json};

use super::{done, issue, refused};
use crate::client::{Client, site};

/// An issue of CORE with a non-empty field, and the first entry of the field.
fn issue_with(jira: &Client, field: &str) -> (String, Value) {
    let truth = jira.jira.truth("issues");
    let held = |one: &&Value| {
        one["key"].as_str().unwrap().starts_with("CORE-")
            && one["fields"][field].as_array().is_some_and(|all| !all.is_empty())
    };
    let found = truth.iter().find(held).unwrap();
    (found["id"].as_str().unwrap().into(), found["fields"][field][0].clone())
}

/// The ID of CORE.
fn part_project(jira: &Client) -> Value {
    let id = jira.get("/rest/api/3/project/CORE").json()["id"].clone();
    json!(id.as_str().unwrap().parse::<u64>().unwrap())
}

fn of(jira: &Client, entity: &str, id: &Value) -> Option<Value> {
    jira.jira.truth(entity).into_iter().find(|one| one["id"] == *id)
}

#[tokio::test(flavor = "multi_thread")]
async fn sprints_are_closed_renamed_and_deleted() {
    let jira = site(300, "").await;
    let (id, sprint) = issue_with(&jira, "customfield_10020");
    let number = sprint["id"].clone();
    let before = issue(&jira, &id);
    done(&jira, json!({"kind": "rename_sprint", "sprint": number, "name": "Neu 🏁"}));
    let shown = |issue: &Value| issue["fields"]["customfield_10020"].clone();
    assert_eq!(shown(&issue(&jira, &id))[0]["name"], "Neu 🏁");
    assert!(jira.ids("sprint = 'Neu 🏁'").contains(&id));
    assert_eq!(of(&jira, "sprints", &number).unwrap()["name"], "Neu 🏁");
    let places = jira.jira.truth("sprint_issues").iter().filter(|one| one["sprint"]["id"] == number).count();
    assert!(places > 0);
    done(&jira, json!({"kind": "delete_sprint", "sprint": number}));
    let after = issue(&jira, &id);
    assert!(shown(&after).as_array().is_none_or(|all| !all.is_empty() && all.iter().all(|one| one["id"] != number)));
    assert_eq!(
        (&after["fields"]["updated"], &after["changelog"]),
        (&before["fields"]["updated"], &before["changelog"])
    );
    assert!(of(&jira, "sprints", &number).is_none() && jira.ids(&format!("sprint = {number}")).is_empty());
    assert_eq!(jira.get(&format!("/rest/agile/1.0/sprint/{number}")).status, 404);
    let listed = jira.get("/rest/agile/1.0/board/1/sprint").json();
    assert!(listed["values"].as_array().unwrap().iter().all(|one| one["id"] != number));
    assert!(!jira.jira.truth("sprint_issues").iter().any(|one| one["sprint"]["id"] == number));
    refused(&jira, json!({"kind": "delete_sprint", "sprint": number}));
    refused(&jira, json!({"kind": "add_to_sprint", "issue": id, "sprint": number}));
    let active = jira.get("/rest/agile/1.0/board/1/sprint?state=active").json()["values"][0]["id"].clone();
    done(&jira, json!({"kind": "close_sprint", "sprint": active}));
    let closed = jira.get(&format!("/rest/agile/1.0/sprint/{active}")).json();
    assert!(closed["state"] == "closed" && closed["completeDate"].as_str().unwrap().starts_with("2026-03-02T12:0"));
    let inside = jira.jira.truth("sprint_issues").into_iter().find(|one| one["sprint"]["id"] == active).unwrap();
    assert_eq!(inside["sprint"]["state"], "closed");
    refused(&jira, json!({"kind": "close_sprint", "sprint": active}));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_versions_and_components_leave_issues_without_an_update() {
    let jira = site(300, "").await;
    for (field, kind, name, entity) in [
        ("fixVersions", "delete_version", "version", "versions"),
        ("components", "delete_component", "component", "components"),
    ] {
        let (id, part) = issue_with(&jira, field);
        let (before, known) = (issue(&jira, &id), jira.jira.truth(entity).len());
        let lists = |path: &str| jira.get(&format!("/rest/api/3/project/CORE{path}")).json();
        let alone = |query: &str| jira.get(&format!("/rest/api/3/{name}/{}{query}", part["id"].as_str().unwrap()));
        assert_eq!(alone("").json()["id"], part["id"]);
        assert_eq!(alone("?expands=x").status, 400);
        assert!(lists("").to_string().contains(&part.to_string()));
        refused(&jira, json!({"kind": kind, "project": "AND", name: part["id"]}));
        let edited = done(&jira, json!({"kind": kind, "project": "CORE", name: part["name"]}));
        assert_eq!(edited["child"], part["id"]);
        assert_eq!(alone("").status, 404);
        // Those of an inaccessible project are not found.
        let other = jira.jira.truth(entity).into_iter().find(|one| one["projectId"] == part_project(&jira)).unwrap();
        let other = format!("/rest/api/3/{name}/{}", other["id"].as_str().unwrap());
        for (shut, open) in [
            ("revoke_project_access", "grant_project_access"),
            ("archive_project", "restore_project"),
            ("trash_project", "restore_project"),
        ] {
            assert_eq!(jira.get(&other).status, 200);
            done(&jira, json!({"kind": shut, "project": "CORE"}));
            assert_eq!(jira.get(&other).status, 404, "{shut}");
            done(&jira, json!({"kind": open, "project": "CORE"}));
        }
        let after = issue(&jira, &id);
        let held = after["fields"][field].as_array().unwrap();
        assert!(held.len() + 1 == before["fields"][field].as_array().unwrap().len() && !held.contains(&part));
        let quiet = |one: &Value| (one["fields"]["updated"].clone(), one["changelog"].clone());
        assert_eq!(quiet(&after), quiet(&before));
        assert!(of(&jira, entity, &part["id"]).is_none() && jira.jira.truth(entity).len() == known - 1);
        assert!(!lists("").to_string().contains(&part.to_string()));
        assert!(lists(&format!("/{entity}")).as_array().unwrap().iter().all(|one| one["id"] != part["id"]));
        refused(&jira, json!({"kind": kind, "project": "CORE", name: part["id"]}));
    }
    let page = jira.get("/rest/api/3/component?maxResults=50").json();
    assert_eq!(page["total"], jira.jira.truth("components").len());
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_renamed_and_users_deactivated() {
    let jira = site(300, "").await;
    let points = |jira: &Client| {
        let issues = jira.jira.truth("issues");
        issues.iter().map(|one| one["fields"]["customfield_10024"].clone()).collect::<Vec<_>>()
    };
    let before = points(&jira);
    assert!(before.iter().any(Value::is_f64));
    done(&jira, json!({"kind": "rename_field", "field": "customfield_10024", "name": "Aufwand"}));
    let fields = jira.get("/rest/api/3/field").json();
    let field = fields.as_array().unwrap().iter().find(|one| one["id"] == "customfield_10024").unwrap();
    assert_eq!(field["name"], "Aufwand");
    assert!(
        field["clauseNames"].as_array().unwrap().contains(&json!("Aufwand")) && !field.to_string().contains("Story")
    );
    assert_eq!(points(&jira), before, "a name is no value");
    refused(&jira, json!({"kind": "rename_field", "field": "summary", "name": "x"}));
    let issues = jira.jira.truth("issues");
    let me = "5f0000000000000000000001";
    let held =
        |one: &&Value| one["fields"]["assignee"]["active"] == true && one["fields"]["assignee"]["accountId"] != me;
    let one = issues.iter().find(held).unwrap();
    let account = &one["fields"]["assignee"]["accountId"];
    done(&jira, json!({"kind": "deactivate_user", "account": account}));
    let now = issue(&jira, one["id"].as_str().unwrap());
    assert_eq!(
        (&now["fields"]["assignee"]["active"], &now["fields"]["updated"]),
        (&json!(false), &one["fields"]["updated"])
    );
    let user = jira.get(&format!("/rest/api/3/user?accountId={}", account.as_str().unwrap())).json();
    assert_eq!((&user["active"], &user["displayName"]), (&json!(false), &now["fields"]["assignee"]["displayName"]));
    let components = jira.jira.truth("components");
    assert!(components.iter().all(|one| one["lead"]["accountId"] != *account || one["lead"]["active"] == false));
    for unknown in [account.clone(), json!(me), json!("nobody")] {
        refused(&jira, json!({"kind": "deactivate_user", "account": unknown}));
    }
}
