//! The scopes of each endpoint against Atlassian's own description, where a folder of it is at hand.

use serde_json::Value;
use source_jira::client::scopes::{self, RequiredScopes};
use std::{collections::BTreeSet, path::Path};

/// Endpoints that no description knows.
const UNKNOWN: [&str; 1] = ["/rest/api/3/issue/{id}/featureflags"];

/// `OPENAPI=folder` with `platform-v3.json` and `software-agile-1.0.json`; without it there is nothing to compare.
#[test]
fn scopes_agree_with_the_description() {
    let Some(folder) = std::env::var_os("OPENAPI") else { return };
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(Path::new(&folder).join(name)).expect("a readable description");
        serde_json::from_str(&text).expect("a description in JSON")
    };
    let described = [read("platform-v3.json"), read("software-agile-1.0.json")];
    for needs in scopes::ROUTES.iter().filter(|needs| !UNKNOWN.contains(&needs.route)) {
        let operation = operation(&described, needs).unwrap_or_else(|| panic!("{} is not described", needs.route));
        let (classic, granular) = documented(operation);
        assert_eq!(needs.classic.iter().copied().collect::<BTreeSet<_>>(), classic, "{}", needs.route);
        assert_eq!(needs.granular().collect::<BTreeSet<_>>(), granular, "{}", needs.route);
    }
    println!("{} endpoints agree", scopes::ROUTES.len());
}

/// By the path, whatever its variables are called; a POST only where there is no GET that reads the same.
fn operation<'a>(described: &'a [Value], needs: &RequiredScopes) -> Option<&'a Value> {
    let posts = source_jira::client::Read::ALL.map(source_jira::client::Read::path);
    let method = if posts.contains(&needs.route) { "post" } else { "get" };
    described.iter().find_map(|document| {
        let paths = document["paths"].as_object()?;
        paths.iter().find(|(path, _)| shape(path) == shape(needs.route))?.1.get(method)
    })
}

/// The path with its variables unnamed.
fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Classic and granular scopes; older operations name theirs in `security` alone.
fn documented(operation: &Value) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut classic, mut granular) = (BTreeSet::new(), BTreeSet::new());
    let lists = operation["x-atlassian-oauth2-scopes"].as_array();
    for list in lists.into_iter().flatten() {
        let into = if list["state"] == "Current" { &mut classic } else { &mut granular };
        into.extend(list["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    if lists.is_none() {
        let security = operation["security"].as_array().into_iter().flatten();
        for scope in security.flat_map(|one| one["OAuth2"].as_array().into_iter().flatten()).filter_map(Value::as_str) {
            // `read:jira-work` is classic, `read:board-scope:jira-software` is not.
            let into = if scope.matches(':').count() == 1 { &mut classic } else { &mut granular };
            into.insert(scope);
        }
    }
    (classic, granular)
}
