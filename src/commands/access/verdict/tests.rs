//! Verdicts on invented responses.

use super::*;
use crate::{
    commands::access::findings::Found,
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

/// Findings of all endpoints; those without an outcome here answered.
fn findings(outcomes: &[(&'static str, Outcome)], permissions: &[(&str, bool)]) -> Findings {
    let good = ALL.iter().flat_map(|stream| stream.routes()).map(|route| (route, Outcome::Good));
    Findings {
        outcomes: good.chain(outcomes.iter().cloned()).collect(),
        permissions: permissions.iter().map(|(key, have)| ((*key).to_owned(), *have)).collect::<BTreeMap<_, _>>(),
        issue: Found::Matching,
    }
}

fn refused(kind: Kind, status: u16, detail: &str) -> Outcome {
    Outcome::Refused(Error { status: Some(status), ..Error::new(kind, "GET /a", detail) })
}

fn verdict(stream: &str, findings: &Findings) -> Verdict {
    of(streams::find(stream).unwrap(), findings, remedies())
}

#[test]
fn a_readable_stream_has_no_reason_and_no_remedy() {
    let findings = findings(&[], &[("BROWSE_PROJECTS", true), ("USER_PICKER", true)]);
    for stream in ALL {
        let expected = Verdict { available: Available::Yes, why: String::new(), remedy: String::new() };
        assert_eq!(verdict(stream.name, &findings), expected, "{}", stream.name);
    }
}

#[test]
fn a_stream_that_was_not_tested_is_unknown() {
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
    assert!(users.remedy.starts_with("Needs the scope read:jira-user: create a new API token with it"), "{users:?}");
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
    assert_eq!(explained.why, "the account lacks the permission \"Browse users and groups\" (403)");
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
    assert_eq!(worst.available, Available::No, "the more serious one counts");
}

#[test]
fn a_temporary_failure_decides_nothing() {
    let outage = findings(&[("/rest/api/3/field", refused(Kind::Server, 503, ""))], &[]);
    let fields = verdict("issue_fields", &outage);
    assert_eq!(fields.available, Available::Unknown);
    assert!(fields.why.starts_with("/rest/api/3/field: 503 \"Jira had an internal error"), "{fields:?}");
    let untested = findings(&[("/rest/api/3/issue/bulkfetch", Outcome::Untested("no issue".into()))], &[]);
    assert_eq!(verdict("issues", &untested).why, "no issue");
    assert_eq!(verdict("issues", &untested).available, Available::Unknown);
    let both = findings(
        &[
            ("/rest/agile/1.0/board", refused(Kind::Server, 503, "")),
            ("/rest/agile/1.0/board/{board}/sprint", refused(Kind::Forbidden, 403, "no licence")),
        ],
        &[],
    );
    assert_eq!(verdict("sprints", &both).available, Available::No, "a permanent refusal counts before a temporary one");
}
