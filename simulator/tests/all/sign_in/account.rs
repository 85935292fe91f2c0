//! Accounts and sites with restrictions.

use jira_simulator::Scenario;
use serde_json::json;

use crate::client::site;

#[tokio::test(flavor = "multi_thread")]
async fn servers_have_version_two_only() {
    let jira = site(20, "").await;
    assert_eq!(jira.get("/rest/api/2/serverInfo").json()["deploymentType"], "Cloud");
    for kind in ["Server", "DataCenter"] {
        jira.jira.set_scenario(Scenario::parse(&format!("[site]\ndeployment = \"{kind}\"")).unwrap());
        for path in ["/rest/api/3/serverInfo", "/rest/api/3/myself"] {
            let refused = jira.get(path);
            assert_eq!((refused.status, refused.text().contains("dead link")), (404, true), "{kind} {path}");
        }
        let said = jira.get("/rest/api/2/serverInfo").json();
        assert_eq!((&said["deploymentType"], &said["version"]), (&json!(kind), &json!("9.12.0")));
    }
    assert!(Scenario::parse("[site]\ndeployment = \"Toaster\"").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_without_a_license_get_403() {
    let jira = site(20, "[site]\nunlicensed = true").await;
    for path in ["/rest/api/3/myself", "/rest/api/3/project/search", "/rest/api/3/issue/CORE-1"] {
        let refused = jira.get(path);
        let message = r#"{"message":"User is not licensed to use Jira","status-code":403}"#;
        assert_eq!((refused.status, refused.text()), (403, message.to_string()), "{path}");
    }
    assert_eq!(jira.get("/rest/api/3/serverInfo").status, 200);
    let mine = jira.get("/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS").json();
    assert_eq!(mine["permissions"]["BROWSE_PROJECTS"]["havePermission"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_date_header_may_be_wrong() {
    let jira = site(20, "[site]\nclock_skew_seconds = -7200").await;
    let info = jira.get("/rest/api/3/serverInfo");
    assert!(info.header("date").unwrap().starts_with("Mon, 02 Mar 2026 10:0"), "{}", info.head);
    assert!(info.json()["serverTime"].as_str().unwrap().starts_with("2026-03-02T13:0"), "the clock itself is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_may_have_access_to_no_project() {
    let jira = site(60, "[account]\nno_projects = true").await;
    assert_eq!(jira.get("/rest/api/3/project/search").json()["total"], 0);
    assert_eq!(jira.get("/rest/api/3/issue/CORE-1").status, 404);
    assert!(jira.ids("created > \"2000-01-01\"").is_empty());
    jira.jira.set_scenario(Scenario::default());
    assert_ne!(jira.get("/rest/api/3/project/search").json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_permissions_are_enforced() {
    let keys = [
        "BROWSE_PROJECTS",
        "VIEW_VOTERS_AND_WATCHERS",
        "VIEW_READONLY_WORKFLOW",
        "TRANSITION_ISSUES",
        "ADMINISTER_PROJECTS",
        "USER_PICKER",
        "ADMINISTER",
        "SYSTEM_ADMIN",
        "BROWSE_ARCHIVE",
        "VIEW_DEV_TOOLS",
        "WORK_ON_ISSUES",
        "MANAGE_GROUP_FILTER_SUBSCRIPTIONS",
        "VIEW_AGGREGATED_DATA",
    ];
    let jira = site(60, "").await;
    let path = format!("/rest/api/3/mypermissions?permissions={}", keys.join(","));
    let has = |key: &str| jira.get(&path).json()["permissions"][key]["havePermission"].as_bool().unwrap();
    assert!(keys.iter().all(|key| has(key) == (*key != "SYSTEM_ADMIN")));
    assert_eq!(jira.get("/rest/api/3/mypermissions?permissions=NONSENSE").status, 400);
    let issue = jira.ids("project = CORE")[0].clone();
    let people = ["/rest/api/3/users/search".to_string(), "/rest/api/3/group/bulk".into()];
    let voters = ["votes", "watchers"].map(|what| format!("/rest/api/3/issue/{issue}/{what}"));
    let lacks = |key: &str| {
        jira.jira.set_scenario(Scenario::parse(&format!("[account]\nlacks = [\"{key}\"]")).unwrap());
        assert!(!has(key) && has("BROWSE_PROJECTS"), "{key}");
    };
    lacks("USER_PICKER");
    for path in &people {
        let refused = jira.get(path);
        assert_eq!((refused.status, refused.json()["errorMessages"].is_array()), (403, true), "{path}");
    }
    assert!(voters.iter().all(|path| jira.get(path).status == 200));
    // The number is public, the users are not.
    jira.jira.set_scenario(Scenario::default());
    let issues = jira.ids("project = CORE");
    let path = |id: &String| format!("/rest/api/3/issue/{id}/votes");
    let voted = issues.iter().find(|id| {
        let votes = jira.get(&path(id)).json();
        votes["votes"].as_u64() > Some(0) && votes["hasVoted"] == false
    });
    let voted = path(voted.unwrap());
    let before = jira.get(&voted).json();
    lacks("VIEW_VOTERS_AND_WATCHERS");
    let after = jira.get(&voted).json();
    assert_eq!((&after["votes"], after["voters"].as_array().unwrap().len()), (&before["votes"], 0));
    assert!(people.iter().all(|path| jira.get(path).status == 200));
    assert_eq!(
        jira.get("/rest/api/3/issue/CORE-99999/votes").status,
        404,
        "it does not reveal whether an issue exists"
    );
    assert!(Scenario::parse("[account]\nlacks = [\"NONSENSE\"]").is_err());
}
