//! Odd replies of the token endpoint: whatever else is wrong with one, the refresh token in it is kept.

use crate::{
    commands::harness::{run, run_with, verdict},
    support::{Form, Proxy, Site, Verdict},
};
use serde_json::{Value, json};
use std::time::Duration;

fn saved(site: &Site) -> Value {
    let bytes = std::fs::read(site.file_path("config.json")).expect("the config is there");
    serde_json::from_slice(&bytes).expect("the config is whole")
}

/// A `check` with the replies of the token endpoint rewritten. Returns its verdict.
fn checked(site: &Site, rewrite: fn(&str) -> String) -> String {
    let proxy = Proxy::new(&site.host(), move |asked| match asked.path.as_str() {
        "/oauth/token" => Verdict::Rewrite(rewrite),
        _ => Verdict::Pass,
    });
    let mut command = site.command(&["check", "--config"]);
    command.arg(site.file("config.json", site.config_of(Form::OAuth).to_string()));
    command.env("ATLASSIAN_AUTH_URL", format!("http://{}", proxy.host()));
    verdict(site, &run(site, command))
}

fn with(body: &str, name: &str, value: Value) -> String {
    let mut reply: Value = serde_json::from_str(body).expect("the simulator's JSON");
    reply[name] = value;
    reply.to_string()
}

fn without(body: &str, name: &str) -> String {
    let mut reply: Value = serde_json::from_str(body).expect("the simulator's JSON");
    reply.as_object_mut().expect("an object").remove(name);
    reply.to_string()
}

type Row = (&'static str, fn(&str) -> String);

#[test]
fn the_new_refresh_token_is_kept_whatever_else_is_odd() {
    let rows: [Row; 10] = [
        ("a lifetime as text", |body| with(body, "expires_in", json!("3600"))),
        ("a fraction", |body| with(body, "expires_in", json!(3599.5))),
        ("negative", |body| with(body, "expires_in", json!(-1))),
        ("the largest integer", |body| with(body, "expires_in", json!(u64::MAX))),
        ("huge", |body| with(body, "expires_in", json!(1e300))),
        ("beyond every number", |body| with(body, "expires_in", json!("N")).replace("\"N\"", "1e999")),
        ("no lifetime", |body| without(body, "expires_in")),
        ("no type", |body| without(body, "token_type")),
        ("another type", |body| with(body, "token_type", json!({"name": "Bearer"}))),
        ("scopes as a list", |body| with(body, "scope", json!(["read:jira-work"]))),
    ];
    for (case, rewrite) in rows {
        let site = Site::new(1, 1, "");
        let text = checked(&site, rewrite);
        assert!(text.starts_with("SUCCEEDED"), "{case}: {text}");
        // Later than the leeway, when only the new one works.
        site.advance_clock(Duration::from_secs(26 * 3600));
        let mut config = saved(&site);
        config["credentials"]["token_expiry_date"] = "2026-01-31T12:00:00Z".into();
        let text = verdict(&site, &run_with(&site, &["check"], &config));
        assert!(text.starts_with("SUCCEEDED"), "{case}: {text}");
    }
}

#[test]
fn a_reply_without_a_usable_access_token_still_brings_the_refresh_token() {
    let rows: [Row; 3] = [
        ("none", |body| without(body, "access_token")),
        ("null", |body| with(body, "access_token", Value::Null)),
        ("not for a header", |body| with(body, "access_token", json!("a\nb"))),
    ];
    for (case, rewrite) in rows {
        let site = Site::new(1, 1, "");
        let text = checked(&site, rewrite);
        assert!(text.starts_with("FAILED") && text.contains("no usable access token"), "{case}: {text}");
        site.advance_clock(Duration::from_secs(11 * 60));
        let config = saved(&site);
        assert_eq!(config["credentials"].get("access_token"), None, "{case}");
        let text = verdict(&site, &run_with(&site, &["check"], &config));
        assert!(text.starts_with("SUCCEEDED"), "{case}: {text}");
    }
}

#[test]
fn an_empty_refresh_token_replaces_none() {
    let rows: [Row; 4] = [
        ("empty", |body| with(body, "refresh_token", json!(""))),
        ("blank", |body| with(body, "refresh_token", json!(" \n"))),
        ("null", |body| with(body, "refresh_token", Value::Null)),
        ("a number", |body| with(body, "refresh_token", json!(7))),
    ];
    for (case, rewrite) in rows {
        let site = Site::new(1, 1, "");
        let text = checked(&site, rewrite);
        assert!(text.starts_with("SUCCEEDED"), "{case}: {text}");
        let before = &site.config_of(Form::OAuth)["credentials"]["refresh_token"];
        assert_eq!(&saved(&site)["credentials"]["refresh_token"], before, "{case}");
    }
}
