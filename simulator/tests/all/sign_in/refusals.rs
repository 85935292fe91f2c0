//! Each error of the token endpoint, exactly.

use serde_json::{Value, json};

use super::{anonymous, token};
use crate::client::Client;
use jira_simulator::Scenario;

fn refused(jira: &Client, change: &[(&str, Value)], status: u16, error: &str, description: &str) {
    let own = jira.jira.credentials();
    let mut body = json!({"grant_type": "refresh_token", "client_id": own.client_id,
        "client_secret": own.client_secret, "refresh_token": own.refresh_token, "code": "nonsense",
        "redirect_uri": "http://localhost:8711/callback"});
    for (name, value) in change {
        body[*name] = value.clone();
    }
    let reply = token(jira, &body);
    let wanted = format!("{{\"error\":\"{error}\",\"error_description\":\"{description}\"}}");
    assert_eq!((reply.status, reply.text()), (status, wanted), "{change:?}");
    assert!(reply.header("x-seraph-loginreason").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_has_its_message() {
    let jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let (code, credentials) = (json!("authorization_code"), json!("client_credentials"));
    let invalid = "Unknown or invalid refresh token.";
    refused(&jira, &[("refresh_token", json!("nonsense"))], 403, "invalid_grant", invalid);
    refused(&jira, &[("client_id", json!("nonsense"))], 401, "access_denied", "Unauthorized");
    refused(&jira, &[("client_secret", json!("nonsense"))], 401, "access_denied", "Unauthorized");
    refused(&jira, &[("client_id", json!(own.service_client_id))], 401, "access_denied", "Unauthorized");
    refused(&jira, &[("grant_type", credentials)], 401, "access_denied", "Unauthorized");
    refused(&jira, &[("grant_type", code.clone())], 403, "invalid_grant", "Invalid authorization code");
    let other = "Unsupported grant type: password";
    refused(&jira, &[("grant_type", json!("password"))], 400, "unsupported_grant_type", other);
    for name in ["grant_type", "client_id", "client_secret", "refresh_token"] {
        let message = format!("Missing required parameter: {name}");
        refused(&jira, &[(name, Value::Null)], 400, "invalid_request", &message);
        refused(&jira, &[(name, json!(""))], 400, "invalid_request", &message);
    }
    for name in ["code", "redirect_uri"] {
        let message = format!("Missing required parameter: {name}");
        refused(&jira, &[("grant_type", code.clone()), (name, Value::Null)], 400, "invalid_request", &message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_apps_get_an_error() {
    let jira = anonymous("[sign_in]\nrevoked = true").await;
    refused(&jira, &[], 403, "unauthorized_client", "refresh_token is invalid");
    refused(&jira, &[("client_secret", json!("nonsense"))], 401, "access_denied", "Unauthorized");
    jira.jira.set_scenario(Scenario::parse("[sign_in]\nservice_revoked = true").unwrap());
    let own = jira.jira.credentials().clone();
    let service = [
        ("grant_type", json!("client_credentials")),
        ("client_id", json!(own.service_client_id)),
        ("client_secret", json!(own.service_client_secret)),
    ];
    refused(&jira, &service, 401, "access_denied", "Unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn used_tokens_get_the_same_error() {
    let jira = anonymous("[sign_in]\nleeway_seconds = 0").await;
    let first = jira.jira.credentials().refresh_token.clone();
    assert_eq!(super::refresh(&jira, &first).status, 200);
    jira.jira.advance_clock(std::time::Duration::from_secs(1));
    refused(&jira, &[], 403, "invalid_grant", "Unknown or invalid refresh token.");
}
