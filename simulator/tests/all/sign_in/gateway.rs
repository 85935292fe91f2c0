//! The credentials that the site's host and the gateway accept, and their errors.

use std::time::Duration;

use jira_simulator::Scenario;
use serde_json::json;

use super::{anonymous, basic, bearer, get, refresh, text, through, token};
use crate::client::Client;

const MYSELF: &str = "/rest/api/3/myself";
const UNAUTHORISED: &str = r#"{"code":401,"message":"Unauthorized"}"#;
const NO_SCOPE: &str = r#"{"code":401,"message":"Unauthorized; scope does not match"}"#;

fn status(jira: &mut Client, login: &str) -> u16 {
    let reply = through(jira, login, MYSELF);
    assert!(reply.status == 200 || reply.text() == UNAUTHORISED, "{}", reply.text());
    assert!(reply.header("x-seraph-loginreason").is_none());
    assert_eq!(reply.header("x-aaccountid").is_some(), reply.status == 200);
    reply.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_accepts_the_unscoped_token_only() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let classic = basic(&own.email, &own.token);
    assert_eq!(get(&mut jira, &classic, MYSELF).status, 200);
    for trapped in [basic(&own.email, &own.scoped_token), basic(&own.service_email, &own.service_token)] {
        let reply = get(&mut jira, &trapped, MYSELF);
        assert_eq!((reply.status, reply.header("x-seraph-loginreason")), (401, Some("AUTHENTICATED_FAILED")));
        let projects = get(&mut jira, &trapped, "/rest/api/3/project/search");
        assert_eq!((projects.status, projects.json()["total"].as_u64()), (200, Some(0)));
    }
    for any in [&own.token, &own.scoped_token, &own.service_token, "nonsense"] {
        let reply = get(&mut jira, &bearer(any), MYSELF);
        assert_eq!((reply.status, reply.text().contains("Connect")), (403, true), "{any}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_accepts_each_credential_in_its_form() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let forms = [
        basic(&own.email, &own.token),
        basic(&own.email, &own.scoped_token),
        basic(&own.service_email, &own.service_token),
        bearer(&own.service_token),
        bearer(&own.token),
        bearer(&own.scoped_token),
        basic(&own.email, "nonsense"),
        basic(&own.email, &own.service_token),
        bearer("nonsense"),
        "nonsense".into(),
    ];
    let taken: Vec<u16> = forms.iter().map(|form| status(&mut jira, form)).collect();
    assert_eq!(taken, [200, 200, 200, 200, 401, 401, 401, 401, 401, 401]);
    let path = format!("/ex/jira/{}{MYSELF}", jira.jira.cloud_id());
    assert_eq!((jira.get(&path).status, jira.get(&path).text()), (401, UNAUTHORISED.to_string()));
    for (scheme, wanted) in [("bearer", [200, 401, 401, 200, 401, 200]), ("both", [200, 200, 200, 200, 401, 200])] {
        let scenario = format!("[sign_in]\nscoped_token_scheme = \"{scheme}\"");
        jira.jira.set_scenario(Scenario::parse(&scenario).unwrap());
        let taken: Vec<u16> = forms[..6].iter().map(|form| status(&mut jira, form)).collect();
        assert_eq!(taken, wanted, "{scheme}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_account_is_not_the_user() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let bot = through(&mut jira, &bearer(&own.service_token), MYSELF);
    assert_eq!(bot.header("x-aaccountid"), Some("sim-bot-account"));
    let said = bot.json();
    assert_eq!((&said["accountId"], &said["accountType"]), (&json!("sim-bot-account"), &json!("app")));
    assert_eq!((&said["displayName"], &said["emailAddress"]), (&json!("Simulated Bot"), &json!(own.service_email)));
    let person = through(&mut jira, &basic(&own.email, &own.scoped_token), MYSELF);
    let id = person.json()["accountId"].as_str().unwrap().to_string();
    assert_eq!(person.header("x-aaccountid"), Some(id.as_str()));
    assert_eq!(person.json()["emailAddress"], own.email);
    let body = json!({"grant_type": "client_credentials", "client_id": own.service_client_id,
        "client_secret": own.service_client_secret, "audience": "api.atlassian.com"});
    let granted = token(&jira, &body);
    assert!(granted.json().get("refresh_token").is_none());
    let bot = through(&mut jira, &bearer(&text(&granted, "access_token")), MYSELF);
    assert_eq!(bot.header("x-aaccountid"), Some("sim-bot-account"));
    jira.jira.set_scenario(Scenario::parse("[sign_in]\nservice_revoked = true").unwrap());
    assert_eq!(status(&mut jira, &bearer(&own.service_token)), 401);
    assert_eq!(status(&mut jira, &basic(&own.service_email, &own.service_token)), 401);
    assert_eq!(status(&mut jira, &bearer(&text(&granted, "access_token"))), 401);
    let refused = token(&jira, &body);
    assert_eq!((refused.status, text(&refused, "error")), (401, "access_denied".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_require_their_scopes() {
    let mut jira = anonymous("[sign_in]\nscopes = [\"read:jira-user\", \"read:status:jira\"]").await;
    let own = jira.jira.credentials().clone();
    let granted = text(&refresh(&jira, &own.refresh_token), "access_token");
    let scoped = [
        basic(&own.email, &own.scoped_token),
        basic(&own.service_email, &own.service_token),
        bearer(&own.service_token),
        bearer(&granted),
    ];
    for login in &scoped {
        for open in [MYSELF, "/rest/api/3/status", "/rest/api/3/serverInfo"] {
            assert_eq!(through(&mut jira, login, open).status, 200, "{login} {open}");
        }
        for shut in ["/rest/api/3/field", "/rest/agile/1.0/board", "/rest/api/3/project/search"] {
            let reply = through(&mut jira, login, shut);
            assert_eq!((reply.status, reply.text()), (401, NO_SCOPE.to_string()), "{login} {shut}");
            assert!(reply.header("x-seraph-loginreason").is_none() && reply.header("x-aaccountid").is_none());
        }
    }
    let classic = basic(&own.email, &own.token);
    assert_eq!(through(&mut jira, &classic, "/rest/agile/1.0/board").status, 200, "no scopes are all scopes");
    jira.jira.set_scenario(Scenario::default());
    assert_eq!(through(&mut jira, &scoped[0], "/rest/agile/1.0/board").status, 200);
    assert_eq!(through(&mut jira, &scoped[3], "/rest/agile/1.0/board").status, 401, "a grant keeps its scopes");
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_expire() {
    let mut jira = anonymous("[sign_in]\ntoken_life_seconds = 60").await;
    let first = jira.jira.credentials().refresh_token.clone();
    let granted = refresh(&jira, &first);
    assert_eq!(granted.json()["expires_in"], 60);
    let login = bearer(&text(&granted, "access_token"));
    assert_eq!(status(&mut jira, &login), 200);
    jira.jira.set_scenario(Scenario::parse("[sign_in]\nrevoked = true").unwrap());
    assert_eq!(status(&mut jira, &login), 401);
    jira.jira.set_scenario(Scenario::default());
    assert_eq!(status(&mut jira, &login), 200, "a scenario forgets no token");
    jira.jira.advance_clock(Duration::from_secs(61));
    assert_eq!(status(&mut jira, &login), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_are_not_found() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let app = bearer(&text(&refresh(&jira, &own.refresh_token), "access_token"));
    let path = "/ex/jira/00000000-0000-4000-8000-000000000000/rest/api/3/myself";
    let refused = get(&mut jira, &app, path);
    let message = r#"{"code":403,"message":"The app is not installed on this instance"}"#;
    assert_eq!((refused.status, refused.text()), (403, message.to_string()));
    for login in [basic(&own.email, &own.token), bearer(&own.service_token)] {
        let nothing = get(&mut jira, &login, path);
        let body = nothing.json();
        assert_eq!((nothing.status, &body["status"], &body["error"]), (404, &json!(404), &json!("Not Found")));
        assert_eq!((&body["message"], &body["path"]), (&json!("No message available"), &json!(path)));
        assert!(body["timestamp"].as_str().unwrap().starts_with("2026-03-02T12:0"));
    }
    assert_eq!(jira.jira.log().count("GET /rest/api/3/myself"), 3, "counted by template");
    let tenant = format!("/ex/jira/{}/_edge/tenant_info", jira.jira.cloud_id());
    assert_eq!(get(&mut jira, &basic(&own.email, &own.token), &tenant).status, 404);
}
