//! Authentication: anonymous responses, CAPTCHA locks, languages.

use serde_json::json;

use crate::client::site;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_is_answered_with_empty_lists() {
    let mut jira = site(100, "").await;
    let good = jira.get("/rest/api/3/myself");
    assert_eq!(good.header("x-aaccountid").unwrap(), good.json()["accountId"].as_str().unwrap());
    assert_eq!(good.json()["timeZone"], "Europe/Berlin");
    let id = jira.ids("project = CORE")[0].clone();
    jira.headers = vec![("Authorization".into(), "Basic bm9ib2R5Om5vdGhpbmc=".into())];
    let search = jira.search(&json!({"jql": "project = CORE"}));
    assert_eq!((search.status, search.json()["issues"].as_array().unwrap().len()), (200, 0));
    assert_eq!(search.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    assert!(search.header("x-aaccountid").is_none());
    let projects = jira.get("/rest/api/3/project/search");
    assert_eq!((projects.status, projects.json()["total"].as_u64()), (200, Some(0)));
    assert_eq!(jira.get("/rest/api/3/users/search").json(), json!([]));
    assert_eq!(jira.get(&format!("/rest/api/3/issue/{id}")).status, 404);
    assert_eq!(jira.get("/rest/api/3/myself").status, 401);
    for open in ["/rest/api/3/serverInfo", "/rest/api/3/field", "/rest/api/3/issueLinkType", "/_edge/tenant_info"] {
        assert_eq!(jira.get(open).status, 200, "{open}");
    }
    assert_eq!(jira.get("/rest/api/3/serverInfo").json()["deploymentType"], "Cloud");
    let mine = jira.get("/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS").json();
    assert_eq!(mine["permissions"]["BROWSE_PROJECTS"]["havePermission"], false);
    jira.headers = vec![("Authorization".into(), "Bearer simulated-token".into())];
    assert_eq!(jira.get("/rest/api/3/myself").status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captcha_lock_has_its_own_error() {
    let jira = site(10, "[account]\ncaptcha = true").await;
    let refused = jira.get("/rest/api/3/myself");
    assert_eq!(refused.header("x-seraph-loginreason"), Some("AUTHENTICATION_DENIED"));
    assert_eq!(refused.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_follow_the_account_unless_english_is_forced() {
    let mut jira = site(10, "[account]\nlanguage = \"de\"").await;
    assert!(jira.get("/rest/api/3/issue/CORE-99999").text().contains("Vorgang ist nicht vorhanden"));
    jira.headers.push(("Accept-Language".into(), "en".into()));
    assert!(jira.get("/rest/api/3/issue/CORE-99999").text().contains("Vorgang"));
    jira.headers.push(("X-Force-Accept-Language".into(), "true".into()));
    assert!(jira.get("/rest/api/3/issue/CORE-99999").text().contains("Issue does not exist"));
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_compressed_on_request() {
    let mut jira = site(200, "").await;
    let body = json!({"jql": "project = CORE", "fields": ["*all"]});
    let plain = jira.search(&body);
    jira.headers.push(("Accept-Encoding".into(), "gzip".into()));
    let packed = jira.search(&body);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() * 3 < plain.body.len());
    assert!(packed.header("date").unwrap().starts_with("Mon, 02 Mar 2026 12:00"));
    assert!(packed.header("atl-traceid").is_some() && packed.header("x-arequestid").is_some());
}
