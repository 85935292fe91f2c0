//! The consent page from its first view to the tokens.

use std::time::Duration;

use serde_json::{Value, json};

use super::{anonymous, bearer, refresh, text, through, token};
use crate::client::{Client, Reply};

const CALLBACK: &str = "http://localhost:8711/callback";
const STATE: &str = "a b&c=\"<d>\"";

/// The query of a consent, with some of it replaced or (when empty) left out.
fn query(change: &[(&str, &str)]) -> String {
    let mut parts = vec![
        ("audience", "api.atlassian.com"),
        ("client_id", "simulated-client"),
        ("scope", "read%3Ajira-work%20offline_access"),
        ("redirect_uri", "http%3A%2F%2Flocalhost%3A8711%2Fcallback"),
        ("state", "a%20b%26c%3D%22%3Cd%3E%22"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    for (name, value) in change {
        parts.retain(|(own, _)| own != name);
        if !value.is_empty() {
            parts.push((name, value));
        }
    }
    parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn view(jira: &Client, change: &[(&str, &str)]) -> Reply {
    jira.get(&format!("/authorize?{}", query(change)))
}

/// Fills in the form as the page gives it.
fn decide(jira: &Client, page: &Reply, decision: &str) -> Reply {
    let html = page.text();
    assert!(html.contains("<form method=\"post\" action=\"/authorize\">"), "{html}");
    assert!(html.contains(&format!("name=\"decision\" value=\"{decision}\"")), "{html}");
    let mut body = format!("decision={decision}");
    for input in html.split("<input type=\"hidden\" ").skip(1) {
        let within = |from: &str| input.split(from).nth(1).unwrap().split('"').next().unwrap().to_string();
        let value = within("value=\"").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        body += &format!("&{}=", within("name=\""));
        body.extend(value.replace("&amp;", "&").bytes().map(|byte| format!("%{byte:02x}")));
    }
    jira.send("POST", "/authorize", "application/x-www-form-urlencoded", &body)
}

fn code(redirect: &Reply) -> String {
    let address = redirect.header("location").unwrap();
    address.split("code=").nth(1).unwrap().split('&').next().unwrap().to_string()
}

fn exchange(jira: &Client, code: &str, callback: &str) -> Reply {
    let own = jira.jira.credentials();
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": callback,
        "client_id": own.client_id, "client_secret": own.client_secret});
    token(jira, &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_leads_to_tokens_with_its_scopes() {
    let mut jira = anonymous("").await;
    let page = view(&jira, &[]);
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.text().contains("<li>read:jira-work</li>"), "{}", page.text());
    assert!(!page.text().contains(STATE), "what comes from outside is escaped");
    let redirect = decide(&jira, &page, "accept");
    let address = redirect.header("location").unwrap().to_string();
    assert_eq!(redirect.status, 302);
    assert!(address.starts_with(&format!("{CALLBACK}?code=")), "{address}");
    assert!(address.ends_with("&state=a%20b%26c%3D%22%3Cd%3E%22"), "{address}");
    let elsewhere = exchange(&jira, &code(&redirect), "http://localhost:8712/callback");
    assert_eq!((elsewhere.status, text(&elsewhere, "error_description")), (400, "redirect_uri does not match".into()));
    let granted = exchange(&jira, &code(&redirect), CALLBACK);
    assert_eq!((granted.status, text(&granted, "scope")), (200, "read:jira-work offline_access".into()));
    let again = exchange(&jira, &code(&redirect), CALLBACK);
    assert_eq!((again.status, text(&again, "error_description")), (403, "Invalid authorization code".into()));
    let next = refresh(&jira, &text(&granted, "refresh_token"));
    assert_eq!(text(&next, "scope"), "read:jira-work offline_access", "scopes outlive a refresh");
    for grant in [granted, next] {
        let login = bearer(&text(&grant, "access_token"));
        assert_eq!(through(&mut jira, &login, "/rest/api/3/field").status, 200);
        assert_eq!(through(&mut jira, &login, "/rest/api/3/myself").status, 401, "not consented to");
    }
    let log = jira.jira.log();
    assert_eq!((log.count("GET /authorize"), log.count("POST /authorize")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_consent_is_redirected_too() {
    let jira = anonymous("").await;
    let denied = "error=access_denied&error_description=User%20did%20not%20authorize%20the%20request";
    let redirect = decide(&jira, &view(&jira, &[]), "deny");
    let wanted = format!("{CALLBACK}?{denied}&state=a%20b%26c%3D%22%3Cd%3E%22");
    assert_eq!((redirect.status, redirect.header("location")), (302, Some(wanted.as_str())));
    let stateless = decide(&jira, &view(&jira, &[("state", "")]), "deny");
    assert_eq!(stateless.header("location"), Some(format!("{CALLBACK}?{denied}").as_str()));
    let neither = jira.send("POST", "/authorize", "application/x-www-form-urlencoded", &query(&[]));
    assert_eq!((neither.status, neither.text().contains("decision")), (400, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_stay_on_the_consent_page() {
    let jira = anonymous("[sign_in]\ncallback = \"http://localhost:8711/callback\"").await;
    assert_eq!(view(&jira, &[]).status, 200);
    for (name, value) in [
        ("client_id", "simulated-service-client"),
        ("client_id", ""),
        ("response_type", "token"),
        ("response_type", ""),
        ("audience", "example.com"),
        ("redirect_uri", "http%3A%2F%2Flocalhost%3A8712%2Fcallback"),
        ("redirect_uri", ""),
    ] {
        let form = format!("{}&decision=accept", query(&[(name, value)]));
        let posted = jira.send("POST", "/authorize", "application/x-www-form-urlencoded", &form);
        for page in [view(&jira, &[(name, value)]), posted] {
            assert_eq!((page.status, page.header("location")), (400, None), "{name}={value}");
            assert!(page.text().contains(name), "{}", page.text());
            assert!(page.header("content-type").unwrap().starts_with("text/html"));
        }
    }
    let open = anonymous("").await;
    assert_eq!(view(&open, &[("redirect_uri", "http%3A%2F%2F127.0.0.1%3A9%2F")]).status, 200);
    assert_eq!(view(&open, &[("redirect_uri", "https%3A%2F%2Fexample.com%2F")]).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_requests_allowed_scopes_and_codes_expire() {
    let jira = anonymous("[sign_in]\napp_scopes = [\"read:jira-work\"]").await;
    let asked = [("scope", "read%3Ajira-work%20manage%3Ajira-configuration")];
    let page = view(&jira, &asked);
    assert!(!page.text().contains("<li>manage:jira-configuration</li>"), "{}", page.text());
    let granted = exchange(&jira, &code(&decide(&jira, &page, "accept")), CALLBACK);
    assert_eq!(text(&granted, "scope"), "read:jira-work");
    assert_eq!(granted.json().get("refresh_token"), None::<&Value>, "offline_access was not requested");
    let offline = exchange(&jira, &code(&decide(&jira, &view(&jira, &[]), "accept")), CALLBACK);
    assert!(offline.json()["refresh_token"].is_string(), "every app may ask for offline_access");
    let old = code(&decide(&jira, &page, "accept"));
    jira.jira.advance_clock(Duration::from_secs(301));
    assert_eq!(exchange(&jira, &old, CALLBACK).status, 403);
}
