//! Verdicts on made-up findings.

use super::*;
use crate::{
    commands::report::probe::Found,
    config::Credentials,
    streams::{self, ALL},
};
use std::collections::BTreeMap;

fn remedies() -> Remedies {
    let credentials = serde_json::json!({"auth_type": "API Token", "email": "e@x.y", "api_token": "hush"});
    let config = serde_json::json!({"credentials": credentials, "domain": "a.atlassian.net"}).to_string();
    let config = crate::config::parse(config.as_bytes()).unwrap().config;
    assert!(matches!(config.credentials, Credentials::ApiToken(_)));
    Remedies::of(&config.credentials)
}

/// Everything was asked; what is not given went well.
fn findings(outcomes: &[(&'static str, Outcome)], permissions: &[(&str, bool)]) -> Findings {
    let good = ALL.iter().flat_map(|stream| stream.routes()).map(|route| (route, Outcome::Good));
    Findings {
        outcomes: good.chain(outcomes.iter().cloned()).collect(),
        permissions: permissions.iter().map(|(key, have)| ((*key).to_owned(), *have)).collect::<BTreeMap<_, _>>(),
        issue: Found::Wanted,
    }
}

fn refused(kind: Kind, status: u16, detail: &str) -> Outcome {
    Outcome::Refused(Error { status: Some(status), ..Error::new(kind, "GET /a", detail) })
}

fn verdict(stream: &str, findings: &Findings) -> Verdict {
    of(streams::find(stream).unwrap(), findings, remedies())
}

#[test]
fn nothing_is_said_where_all_is_well() {
    let findings = findings(&[], &[("BROWSE_PROJECTS", true), ("USER_PICKER", true)]);
    for stream in ALL {
        let expected = Verdict { available: Available::Yes, why: String::new(), remedy: String::new() };
        assert_eq!(verdict(stream.name, &findings), expected, "{}", stream.name);
    }
}

#[test]
fn what_was_not_asked_is_not_known() {
    let nothing = Findings { outcomes: BTreeMap::new(), ..findings(&[], &[]) };
    assert!(ALL.iter().all(|stream| verdict(stream.name, &nothing).available == Available::Unknown));
}

#[test]
fn missing_scopes_are_named_exactly() {
    let unscoped = || refused(Kind::Scope, 401, "scope does not match");
    let findings = findings(
        &[
            ("/rest/api/3/users/search", unscoped()),
            ("/rest/agile/1.0/board", unscoped()),
            ("/rest/agile/1.0/board/{board}/sprint", unscoped()),
        ],
        &[],
    );
    let users = verdict("users", &findings);
    assert_eq!((users.available, users.why.as_str()), (Available::No, "the token lacks the scope read:jira-user"));
    assert!(users.remedy.starts_with("Needs the scope read:jira-user: make a new API token with it"), "{users:?}");
    let sprints = verdict("sprints", &findings);
    assert!(sprints.why.ends_with("read:board-scope:jira-software, read:project:jira, read:sprint:jira-software"));
    assert!(sprints.remedy.contains("with them at"), "{sprints:?}");
    assert_eq!(verdict("issues", &findings).available, Available::Yes);
}

#[test]
fn a_missing_permission_explains_a_refusal() {
    let outcomes = [("/rest/api/3/users/search", refused(Kind::Forbidden, 403, "no"))];
    let explained = verdict("users", &findings(&outcomes, &[("USER_PICKER", false)]));
    assert_eq!(explained.available, Available::No);
    assert_eq!(explained.why, "the account lacks \"Browse users and groups\" (403)");
    let unexplained = verdict("users", &findings(&outcomes, &[("USER_PICKER", true)]));
    assert_eq!(unexplained.why, "/rest/api/3/users/search: 403 \"no\"");
    assert_eq!(unexplained.remedy, classify::rule(Kind::Forbidden).remedy);
}

#[test]
fn a_permission_may_be_missing_without_a_refusal() {
    for (stream, key, available) in [
        ("users", "USER_PICKER", Available::Partly),
        ("issue_votes", "VIEW_VOTERS_AND_WATCHERS", Available::Partly),
        ("issue_transitions", "TRANSITION_ISSUES", Available::No),
        ("issues", "BROWSE_PROJECTS", Available::No),
        ("labels", "BROWSE_PROJECTS", Available::Yes),
    ] {
        let verdict = verdict(stream, &findings(&[], &[(key, false)]));
        assert_eq!(verdict.available, available, "{stream}: {verdict:?}");
        assert_eq!(verdict.remedy.is_empty(), available == Available::Yes, "{stream}: {verdict:?}");
    }
    let worst =
        verdict("issue_votes", &findings(&[], &[("BROWSE_PROJECTS", false), ("VIEW_VOTERS_AND_WATCHERS", false)]));
    assert_eq!(worst.available, Available::No, "the graver lack counts");
}

#[test]
fn what_may_pass_is_no_verdict() {
    let outage = findings(&[("/rest/api/3/field", refused(Kind::Server, 503, ""))], &[]);
    let told = verdict("issue_fields", &outage);
    assert_eq!(told.available, Available::Unknown);
    assert!(told.why.starts_with("/rest/api/3/field: 503 \"Jira had an internal error"), "{told:?}");
    let untried = findings(&[("/rest/api/3/issue/bulkfetch", Outcome::Untried("no issue".into()))], &[]);
    assert_eq!(verdict("issues", &untried).why, "no issue");
    assert_eq!(verdict("issues", &untried).available, Available::Unknown);
    let both = findings(
        &[
            ("/rest/agile/1.0/board", refused(Kind::Server, 503, "")),
            ("/rest/agile/1.0/board/{board}/sprint", refused(Kind::Forbidden, 403, "no licence")),
        ],
        &[],
    );
    assert_eq!(verdict("sprints", &both).available, Available::No, "what stays counts before what may pass");
}
