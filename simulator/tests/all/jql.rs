//! JQL: time zone, minutes, ranges, reserved words.

use serde_json::{Value, json};

use crate::client::{Client, site};

fn moment(issue: &Value, field: &str) -> i64 {
    let text = issue["fields"][field].as_str().unwrap();
    chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").unwrap().timestamp_millis()
}

/// An issue of CORE, and the minute of its last update in the account's time zone.
fn sample(jira: &Client) -> (Value, String) {
    let truth = jira.jira.truth("issues");
    let core = |issue: &&Value| issue["key"].as_str().unwrap().starts_with("CORE-");
    let odd = |issue: &&Value| issue["fields"].get("updated").is_some() && moment(issue, "updated") % 60_000 > 1000;
    let issue = truth.iter().filter(core).find(odd).unwrap().clone();
    let local = issue["fields"]["updated"].as_str().unwrap()[..16].replace('T', " ");
    (issue, local)
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_read_in_the_zone_of_the_account_at_minute_precision() {
    let jira = site(300, "[account]\ntime_zone = \"Asia/Tokyo\"").await;
    let (issue, minute) = sample(&jira);
    assert!(issue["fields"]["updated"].as_str().unwrap().ends_with("+0900"));
    let id = issue["id"].as_str().unwrap().to_string();
    let finds = |clause: String| jira.ids(&format!("project = CORE AND {clause}")).contains(&id);
    assert!(finds(format!("updated >= \"{minute}\"")));
    assert!(finds(format!("updated > \"{minute}\"")), "the whole named minute");
    assert!(!finds(format!("updated < \"{minute}\"")));
    assert!(finds(format!("updated >= \"{}\"", minute.replace('-', "/"))));
    let at = moment(&issue, "updated");
    assert!(finds(format!("updated >= {at}")), "milliseconds count as their minute");
    assert!(!finds(format!("updated >= {}", at + 60_000)));
    // The same text is nine hours later for an account in UTC.
    jira.jira.set_scenario(jira_simulator::Scenario::parse("[account]\ntime_zone = \"Etc/UTC\"").unwrap());
    assert!(!finds(format!("updated >= \"{minute}\"")));
    for bad in ["\"2026-01-01 10:00:30\"", "\"2026-01-01T10:00:00Z\"", "\"yesterday\""] {
        assert_eq!(jira.search(&json!({"jql": format!("updated >= {bad}")})).status, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_by_date_cover_everything_once() {
    let jira = site(500, "").await;
    let all = jira.ids("project = CORE");
    let old = jira.ids("project = CORE AND created < \"2025-01-01 00:00\"");
    let new = jira.ids("project = CORE AND created >= \"2025-01-01\"");
    assert!(!old.is_empty() && !new.is_empty());
    assert_eq!(old.len() + new.len(), all.len());
    assert_eq!(jira.ids("project = CORE AND NOT (created < \"2025-01-01\" OR updated IS EMPTY)").len(), new.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_need_an_existing_issue() {
    let jira = site(400, "").await;
    let sorted = jira.ids("project = CORE ORDER BY key ASC");
    let middle = &sorted[sorted.len() / 2];
    assert_eq!(jira.ids(&format!("id > {middle} ORDER BY key ASC")), sorted[sorted.len() / 2 + 1..]);
    assert_eq!(jira.ids(&format!("project = CORE AND key <= {middle}")).len(), sorted.len() / 2 + 1);
    assert!(jira.ids("id > 9999999").is_empty());
    assert!(jira.ids("key > CORE-99999").is_empty());
    let other = jira.ids("project = TEAM");
    assert!(jira.ids(&format!("issuekey > {} AND project = CORE", other[0])).is_empty());
    assert_eq!(jira.ids(&format!("id in ({}, {})", sorted[0], other[0])).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_words_are_quoted_and_unknown_values_are_silent() {
    let jira = site(300, "").await;
    let status = |jql: &str| jira.search(&json!({"jql": jql})).status;
    assert_eq!(status("project = AND"), 400);
    assert!(!jira.ids("project = \"AND\"").is_empty());
    for broken in
        ["project = ", "project CORE", "(project = CORE", "project = CORE updated", "project = \"CORE", "project = a:b"]
    {
        assert_eq!(status(broken), 400, "{broken}");
    }
    // Missing, archived, in the trash, not browsable: the same result.
    for silent in ["NOPE", "OLD", "BIN", "SECR"] {
        assert!(jira.ids(&format!("project = {silent}")).is_empty());
    }
    assert!(jira.ids("nonsense = 1").is_empty());
    assert!(jira.ids("assignee = nobody").is_empty());
    jira.jira.set_scenario(jira_simulator::Scenario::parse("[search]\nstrict_values = true").unwrap());
    let refusal = jira.search(&json!({"jql": "project = NOPE"}));
    assert_eq!(refusal.status, 400);
    assert_eq!(refusal.json()["errorMessages"][0], "The value 'NOPE' does not exist for the field 'project'.");
    let parsed = jira.post("/rest/api/3/jql/parse", &json!({"queries": ["project = CORE", "project ="]})).json();
    assert!(parsed["queries"][0].get("errors").is_none() && parsed["queries"][1]["errors"].is_array());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_fields_are_searchable() {
    let jira = site(400, "").await;
    let truth = jira.jira.truth("issues");
    let count = |test: &dyn Fn(&Value) -> bool| truth.iter().filter(|issue| test(&issue["fields"])).count();
    assert_eq!(jira.ids("status = \"In Progress\"").len(), count(&|f| f["status"]["name"] == "In Progress"));
    assert_eq!(jira.ids("assignee is EMPTY").len(), count(&|f| f["assignee"].is_null()));
    assert_eq!(jira.ids("labels is not EMPTY").len(), count(&|f| f["labels"] != json!([])));
    assert_eq!(
        jira.ids("labels in (größe)").len(),
        count(&|f| f["labels"].as_array().unwrap().contains(&json!("größe")))
    );
    assert_eq!(jira.ids("issuetype != Epic").len(), count(&|f| f["issuetype"]["name"] != "Epic"));
    assert_eq!(jira.ids("resolution = Unresolved").len(), count(&|f| f["resolution"].is_null()));
    let sprint = |f: &Value| f["customfield_10020"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == 3));
    assert_eq!(jira.ids("sprint = 3").len(), count(&sprint));
}
