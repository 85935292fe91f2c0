//! `check`: works or doesn't, and why not, in words for somebody who is tired.

use super::harness::{WRONG, listed, refusal, run, run_with, verdict, with_wrong_token};
use crate::support::Site;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A simulated site, config members on top of the plain ones, and the verdict.
fn check(scenario: &str, config: impl FnOnce(&Site) -> Value) -> String {
    let site = Site::new(30, 1, scenario);
    verdict(&site, &run_with(&site, &["check"], &config(&site)))
}

#[test]
fn a_good_connection_succeeds() {
    let site = Site::new(30, 1, "");
    let begin = Instant::now();
    let output = run_with(&site, &["check"], &site.config());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(output.messages.len(), 1);
    insta::assert_snapshot!("check_succeeds", verdict(&site, &output));
}

#[test]
fn what_keeps_the_account_out() {
    let html = "[[fault]]\nkind = \"html\"";
    let quota = "[[fault]]\nkind = \"429\"\nseconds = 3000";
    let rows = [
        ("wrong token: Jira answers 200 to nobody", check("", with_wrong_token)),
        ("too many failed sign-ins", check("[account]\ncaptcha = true", Site::config)),
        ("a web page in place of Jira", check(html, Site::config)),
        (
            "the account may see nothing",
            check("[[fault]]\nroute = \"/rest/api/3/myself\"\nkind = \"forbidden\"", Site::config),
        ),
        ("an outage", check("[[fault]]\nkind = \"503\"\nheaders = \"none\"", Site::config)),
        ("the quota is used up", check(quota, Site::config)),
    ];
    insta::assert_snapshot!("check_sign_in", listed(&rows));
}

#[test]
fn what_is_wrong_with_the_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    let begin = Instant::now();
    let unknown = check("", |site| site.config_with(json!({"domain": "nobody.invalid"})));
    let rows = [
        ("a port that nobody listens at", check("", |site| site.config_with(json!({"domain": free.to_string()})))),
        // What the resolver says differs from machine to machine.
        ("a host that does not exist", unknown.split("nobody.invalid").next().unwrap_or_default().to_owned()),
    ];
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    insta::assert_snapshot!("check_address", listed(&rows));
}

#[test]
fn what_is_wrong_with_the_config() {
    let credentials = |members: Value| move |site: &Site| site.config_with(json!({"credentials": members}));
    let rows = [
        ("projects that do not exist", check("", |site| site.config_with(json!({"projects": ["NOPE", "NADA"]})))),
        // Searched for, it would be an empty list.
        (
            "a condition on a value that does not exist",
            check("", |site| site.config_with(json!({"jql": "status = \"No such status\""}))),
        ),
        ("a condition that is no JQL", check("", |site| site.config_with(json!({"jql": "status = = Done"})))),
        (
            "a service account",
            check("", credentials(json!({"auth_type": "Service Account", "service_account_token": WRONG}))),
        ),
        (
            "OAuth",
            check(
                "",
                credentials(json!({
                    "auth_type": "OAuth2.0", "client_id": "client", "client_secret": WRONG, "refresh_token": WRONG,
                })),
            ),
        ),
        ("an unknown way to sign in", check("", credentials(json!({"auth_type": "Password", "password": WRONG})))),
        ("an empty object", check("", |_| json!({}))),
        (
            "everything at once",
            check("", |_| {
                json!({
                    "credentials": {"auth_type": "API Token", "email": 7}, "domain": "acme", "projects": "CORE",
                    "start_date": "yesterday", "jql": "a = b ORDER BY c", "max_concurrency": 900,
                })
            }),
        ),
        (
            "the token in place of the domain",
            check("", |site| site.config_with(json!({"domain": format!("https://{WRONG}@acme.atlassian.net")}))),
        ),
    ];
    insta::assert_snapshot!("check_config", listed(&rows));
}

/// Nothing about the connection can be said then, so it is no verdict.
#[test]
fn a_config_that_cannot_be_read_is_an_error() {
    let site = Site::new(1, 1, "");
    site.file("text.json", "domain: acme");
    let refused = |config: &str| {
        let output = run(&site, site.command(&["check", "--config", config]));
        assert_eq!(output.of_type("CONNECTION_STATUS").count(), 0);
        refusal(&site, &output)
    };
    let rows = [("not there", refused("missing.json")), ("not JSON", refused("text.json"))];
    insta::assert_snapshot!("check_unreadable", listed(&rows));
}

#[test]
fn a_site_that_says_nothing_is_given_up() {
    // Slower than the patience of a check.
    let site = Site::new(1, 1, "[[fault]]\nkind = \"slow\"\ndelay_ms = 600000");
    let begin = Instant::now();
    let text = verdict(&site, &run_with(&site, &["check"], &site.config()));
    assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
    insta::assert_snapshot!("check_silence", text);
}
