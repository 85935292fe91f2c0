//! The token endpoint: kinds of bodies, rotation, lost responses.

use std::time::Duration;

use jira_simulator::Scenario;
use serde_json::json;

use super::{anonymous, basic, bearer, refresh, text, through, token};

#[tokio::test(flavor = "multi_thread")]
async fn forms_json_and_the_header_are_all_read() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let json = refresh(&jira, &own.refresh_token);
    assert_eq!(
        (json.status, text(&json, "token_type"), &json.json()["expires_in"]),
        (200, "Bearer".into(), &json!(3600))
    );
    assert!(text(&json, "scope").split(' ').any(|scope| scope == "read:jira-work"));
    let form = format!(
        "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
        own.client_id, own.client_secret, own.refresh_token
    );
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(jira.send("POST", "/oauth/token", kind, &form).status, 200);
    assert_eq!(jira.send("POST", "/oauth/token", "application/json", &form).status, 400, "the kind must fit");
    assert_eq!(jira.send("POST", "/oauth/token", "text/plain", &form).status, 400, "the kind must fit");
    jira.headers = vec![("Authorization".into(), basic(&own.client_id, &own.client_secret))];
    let body = json!({"grant_type": "refresh_token", "refresh_token": own.refresh_token});
    assert_eq!(token(&jira, &body).status, 200);
    jira.headers = vec![("Authorization".into(), basic(&own.service_client_id, &own.service_client_secret))];
    assert_eq!(token(&jira, &json!({"grant_type": "client_credentials"})).status, 200);
    assert_eq!(jira.jira.log().count("POST /oauth/token"), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_rotate_with_a_leeway_on_the_sites_clock() {
    let jira = anonymous("").await;
    let first = jira.jira.credentials().refresh_token.clone();
    let second = text(&refresh(&jira, &first), "refresh_token");
    assert!(second.starts_with("sim-refresh-") && second != first, "{second}");
    jira.jira.advance_clock(Duration::from_secs(590));
    assert_eq!(refresh(&jira, &first).status, 200);
    jira.jira.advance_clock(Duration::from_secs(11));
    assert_eq!(refresh(&jira, &first).status, 403);
    let third = text(&refresh(&jira, &second), "refresh_token");
    jira.jira.advance_clock(Duration::from_secs(89 * 86_400));
    let fourth = text(&refresh(&jira, &third), "refresh_token");
    jira.jira.advance_clock(Duration::from_secs(90 * 86_400 + 1));
    assert_eq!(refresh(&jira, &fourth).status, 403, "idle for too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rotation_the_token_stays_valid() {
    let jira = anonymous("[sign_in]\nrotate = false\nleeway_seconds = 0").await;
    let first = jira.jira.credentials().refresh_token.clone();
    for _ in 0..3 {
        let granted = refresh(&jira, &first);
        assert_eq!((granted.status, granted.json().get("refresh_token")), (200, None));
        jira.jira.advance_clock(Duration::from_secs(3600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_has_rotated_the_token_and_an_error_has_not() {
    for (kind, rotated) in [("reset", true), ("cut", true), ("503", false)] {
        let fault = format!("[[fault]]\nroute = \"/oauth/token\"\nkind = \"{kind}\"\nfirst = 1\n");
        let jira = anonymous(&format!("{fault}[sign_in]\nleeway_seconds = 60")).await;
        let own = jira.jira.credentials().clone();
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            own.client_id, own.client_secret, own.refresh_token
        );
        let lost = jira.try_send("POST", "/oauth/token", "application/x-www-form-urlencoded", &form);
        assert_eq!(lost.map(|reply| reply.status), if rotated { None } else { Some(503) }, "{kind}");
        jira.jira.advance_clock(Duration::from_secs(61));
        assert_eq!(refresh(&jira, &own.refresh_token).status, if rotated { 403 } else { 200 }, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_simulator_issues_the_same_tokens() {
    let (mut one, other) = (anonymous("").await, anonymous("").await);
    let first = one.jira.credentials().refresh_token.clone();
    let granted = refresh(&one, &first);
    assert_eq!(granted.json(), refresh(&other, &first).json());
    assert_ne!(text(&granted, "access_token"), text(&refresh(&one, &first), "access_token"));
    one.jira.set_scenario(Scenario::parse("[[fault]]\nkind = \"401\"").unwrap());
    let faulty = through(&mut one, &bearer(&text(&granted, "access_token")), "/rest/api/3/myself");
    assert_eq!((faulty.status, faulty.header("x-seraph-loginreason")), (401, None), "the gateway tells no reason");
}
