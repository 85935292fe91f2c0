//! The audit log.

use std::time::Duration;

use jira_simulator::Scenario;
use serde_json::{Value, json};

use super::{done, issue};
use crate::client::{Client, site};
use crate::sign_in::{anonymous, basic, through};

const PATH: &str = "/rest/api/3/auditing/record";

fn records(jira: &Client, query: &str) -> Vec<Value> {
    jira.get(&format!("{PATH}?{query}")).json()["records"].as_array().unwrap().clone()
}

fn names(records: &[Value]) -> Vec<&str> {
    records.iter().map(|one| one["objectItem"]["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_are_recorded_with_the_sub_tasks() {
    let jira = site(300, "").await;
    let truth = jira.jira.truth("issues");
    let parent =
        truth.iter().find(|one| one["fields"]["subtasks"].as_array().is_some_and(|all| all.len() == 1)).unwrap();
    let (key, child) = (parent["key"].as_str().unwrap(), parent["fields"]["subtasks"][0]["key"].as_str().unwrap());
    done(&jira, json!({"kind": "delete", "issue": key}));
    let found = records(&jira, "filter=issue_delete");
    assert_eq!(names(&found), [key, child]);
    let record = &found[0];
    let properties: Vec<&String> = record.as_object().unwrap().keys().collect();
    let known = ["associatedItems", "authorAccountId", "category", "changedValues", "created", "eventSource", "id"];
    assert_eq!(properties[..7], known);
    assert_eq!(properties[7..], ["objectItem", "remoteAddress", "summary"]);
    let item = &record["objectItem"];
    let project = parent["fields"]["project"].clone();
    assert_eq!(
        (&item["typeName"], &item["parentId"], &item["parentName"]),
        (&json!("ISSUE_DELETE"), &project["id"], &project["name"])
    );
    let created = record["created"].as_str().unwrap();
    assert!(created.starts_with("2026-03-02T12:0") && created.ends_with("+0000"));
    let ids = |found: &[Value]| found.iter().map(|one| one["objectItem"]["id"].clone()).collect::<Vec<_>>();
    let real = vec![parent["id"].clone(), parent["fields"]["subtasks"][0]["id"].clone()];
    assert!(ids(&found).iter().all(|id| !real.contains(id)) && ids(&found).contains(&Value::Null));
    jira.jira.set_scenario(Scenario::parse("[site]\naudit_object_ids = true").unwrap());
    assert_eq!(ids(&records(&jira, "filter=ISSUE_DELETE")), real);
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_users_and_unrelated_records_are_logged_too() {
    let jira = site(300, "").await;
    let noise = records(&jira, "");
    assert!(noise.len() > 20 && noise.iter().all(|one| one["objectItem"]["typeName"] != "ISSUE_DELETE"));
    let user = jira
        .jira
        .truth("issues")
        .iter()
        .map(|one| one["fields"]["assignee"].clone())
        .find(|one| one["active"] == true && one["accountId"] != "5f0000000000000000000001");
    let account = user.unwrap()["accountId"].as_str().unwrap().to_string();
    for edit in ["archive", "restore", "trash", "restore"] {
        done(&jira, json!({"kind": format!("{edit}_project"), "project": "BIZ"}));
    }
    done(&jira, json!({"kind": "deactivate_user", "account": account}));
    let summaries: Vec<Value> = records(&jira, "limit=5").iter().map(|one| one["summary"].clone()).collect();
    assert_eq!(
        summaries,
        ["User deactivated", "Project restored", "Project moved to trash", "Project restored", "Project archived"]
    );
    assert_eq!(records(&jira, &format!("filter={account}")).len(), 1, "people are found by their id");
    assert_eq!(records(&jira, "filter=PROJECT%20moved").len(), 1, "every word somewhere");
    assert_eq!(records(&jira, "filter=project%20nonsense").len(), 0);
    assert!(
        records(&jira, "filter=browse").iter().all(|one| one["changedValues"][0]["changedTo"] == "Browse Projects")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_records_are_paged_bounded_and_expire() {
    let jira = site(100, "").await;
    let all = records(&jira, "");
    let moments: Vec<&str> = all.iter().map(|one| one["created"].as_str().unwrap()).collect();
    assert!(moments.is_sorted_by(|a, b| a > b), "newest first");
    let page = jira.get(&format!("{PATH}?offset=5&limit=3")).json();
    assert_eq!((&page["offset"], &page["limit"], &page["total"]), (&json!(5), &json!(3), &json!(all.len())));
    assert_eq!(page["records"], json!(all[5..8]));
    assert_eq!(jira.get(PATH).json()["limit"], 1000);
    let bound = |at: usize| moments[at].replace('+', "%2B");
    assert_eq!(records(&jira, &format!("from={}&to={}", bound(9), bound(4))), all[4..10], "both ends belong to it");
    assert!(records(&jira, &format!("from={}&to={}", bound(4), bound(9))).is_empty());
    assert!(records(&jira, "from=2026-02-01").len() < all.len());
    assert_eq!(jira.get(&format!("{PATH}?from=yesterday")).status, 400);
    assert_eq!(jira.get(&format!("{PATH}?limit=-1")).status, 400);
    assert!(moments.iter().all(|one| *one > "2025-09-03"), "180 days");
    let wider = "[site]\naudit_days = 365";
    jira.jira.set_scenario(Scenario::parse(wider).unwrap());
    assert!(records(&jira, "").len() > all.len());
    jira.jira.set_scenario(Scenario::default());
    jira.jira.advance_clock(Duration::from_secs(181 * 86_400));
    assert!(records(&jira, "").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_for_administrators() {
    let mut jira = site(50, "[account]\nlacks = [\"ADMINISTER\"]").await;
    assert_eq!(jira.get(PATH).status, 403);
    let id = jira.ids("project = CORE")[0].clone();
    assert!(issue(&jira, &id)["id"].is_string(), "the rest is open");
    jira.headers.clear();
    assert_eq!(jira.get(PATH).status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_need_its_scopes() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let login = basic(&own.email, &own.scoped_token);
    let cases = [
        ("\"read:jira-work\"", 401),
        ("\"manage:jira-configuration\"", 200),
        ("\"read:audit-log:jira\"", 401),
        ("\"read:audit-log:jira\", \"read:user:jira\"", 200),
    ];
    for (scopes, wanted) in cases {
        jira.jira.set_scenario(Scenario::parse(&format!("[sign_in]\nscopes = [{scopes}]")).unwrap());
        assert_eq!(through(&mut jira, &login, PATH).status, wanted, "{scopes}");
    }
}
