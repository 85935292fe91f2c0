//! What administrators set up, with Jira's pages, errors and quirks; and the lists of boards.

use serde_json::Value;

use crate::client::site;

const ADMINS: [&str; 10] = [
    "issuetypescheme",
    "issuetypescreenscheme",
    "workflowscheme",
    "config/fieldschemes",
    "issuesecurityschemes",
    "settings/columns",
    "application-properties",
    "configuration/timetracking/list",
    "field/customfield_10030/context",
    "field/customfield_10030/context/1/option",
];

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_can_read_the_setup() {
    let jira = site(20, "[account]\nlacks = [\"ADMINISTER\"]").await;
    for path in ADMINS {
        assert_eq!(jira.get(&format!("/rest/api/3/{path}")).status, 403, "{path}");
    }
    let workflows = jira.get("/rest/api/3/workflows/search").json();
    let values = workflows["values"].as_array().unwrap();
    assert!(!values.is_empty() && values.iter().all(|one| one["scope"]["type"] == "PROJECT"));
    let jira = site(20, "[account]\nlacks = [\"ADMINISTER\", \"ADMINISTER_PROJECTS\"]").await;
    assert_eq!(jira.get("/rest/api/3/workflows/search").status, 401, "as documented");
    assert_eq!(jira.get("/rest/api/3/notificationscheme").json()["total"], 0, "nothing rather than a refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_and_parts_are_returned_on_request() {
    let jira = site(20, "").await;
    let first = jira.get("/rest/api/3/dashboard").json();
    assert_eq!((first["dashboards"].as_array().unwrap().len(), first.get("isLast")), (20, None));
    assert_eq!(first["total"], jira.jira.truth("dashboards").len());
    assert_eq!(jira.get("/rest/api/3/dashboard?filter=mine").status, 400);
    let plain = jira.get("/rest/api/3/workflows/search").json();
    assert!(plain["values"][0].get("transitions").is_none() && plain["statuses"][0]["statusReference"].is_string());
    let whole = jira.get("/rest/api/3/workflows/search?expand=values.transitions&scope=project").json();
    assert!(whole["values"].as_array().unwrap().iter().all(|one| one["transitions"].is_array()));
    assert_eq!(jira.get("/rest/api/3/workflows/search?expand=transitions").status, 400);
    assert!(jira.get("/rest/api/3/notificationscheme").json()["values"][0].get("notificationSchemeEvents").is_none());
    assert_eq!(jira.get("/rest/api/3/config/fieldschemes?maxResults=101").status, 400);
    assert_eq!(jira.get("/rest/api/3/filter/999/permission").status, 404);
    assert_eq!(jira.get("/rest/api/3/filter/x/permission").status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_custom_fields_have_contexts_and_select_fields_have_options() {
    let jira = site(20, "").await;
    let fields = jira.get("/rest/api/3/field").json();
    let fields = fields.as_array().unwrap();
    let get = |field: &Value, rest: &str| {
        jira.get(&format!("/rest/api/3/field/{}/context{rest}", field["id"].as_str().unwrap()))
    };
    let team = fields.iter().find(|field| field.get("scope").is_some()).unwrap();
    assert_eq!(get(team, "").status, 404);
    assert_eq!(get(&fields[0], "").status, 404, "one of the system's");
    let kind = |kind: &str| {
        let is =
            |field: &&Value| field["schema"]["type"] == kind && field["custom"] == true && field.get("scope").is_none();
        fields.iter().find(is).unwrap()
    };
    let first = |field: &Value| get(field, "").json()["values"][0]["id"].as_str().unwrap().to_string();
    let text = kind("string");
    assert_eq!(get(text, &format!("/{}/option", first(text))).status, 400);
    let chosen = kind("option");
    let page = get(chosen, &format!("/{}/option?maxResults=1000", first(chosen))).json();
    assert_eq!((page["maxResults"].as_u64(), page["isLast"].as_bool()), (Some(100), Some(false)));
    assert_eq!(get(chosen, "/1/option").status, 404);
    let cascade = kind("option-with-child");
    let page = get(cascade, &format!("/{}/option", first(cascade))).json();
    assert!(page["values"].as_array().unwrap().iter().any(|option| option["optionId"].is_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_list_their_issues_in_the_order_of_the_caller() {
    let jira = site(200, "").await;
    let ids = |path: &str| -> Vec<u64> {
        let page = jira.get(path).json();
        let issues = page["issues"].as_array().unwrap_or_else(|| panic!("{page}")).iter();
        issues.map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect()
    };
    let jql = "jql=created%20%3E%3D%20%221970-01-01%22%20ORDER%20BY%20id%20ASC&fields=id";
    for path in ["/rest/software/1.0/board/1/issue?maxResults=5000", "/rest/agile/1.0/board/1/issue?maxResults=5000"] {
        let found = ids(&format!("{path}&{jql}"));
        let shown: Vec<Value> = jira.jira.truth("board_issues").into_iter().filter(|one| one["boardId"] == 1).collect();
        assert!(found.is_sorted() && found.len() == shown.len(), "{path}");
        assert!(ids(&format!("{path}&fields=id&jql=order%20by%20id%20desc")).is_sorted_by(|a, b| a > b), "{path}");
        assert_eq!(jira.get(&format!("{path}&jql=nonsense")).status, 400, "{path}");
    }
    let epics = jira.ids("issuetype = Epic AND project = CORE");
    let scrum = ids("/rest/software/1.0/board/1/issue?maxResults=5000&fields=id");
    assert!(
        !epics.is_empty() && epics.iter().all(|epic| !scrum.contains(&epic.parse().unwrap())),
        "epics are not on scrum boards"
    );
}
