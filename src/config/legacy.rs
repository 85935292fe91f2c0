//! Older and looser forms of a config: flat credentials, null or blank for "not set".

use serde_json::{Map, Value};

use super::credentials::{API_TOKEN, TAG};

/// Migrates an older form; returns whether anything changed. The flat options stay, so that the user can go back to
/// Airbyte's connector.
pub(super) fn migrate(document: &mut Value) -> bool {
    let Some(root) = document.as_object_mut() else { return false };
    migrate_credentials(root)
}

/// Whether `api_token` is at the top level, where a migration leaves it.
pub(super) fn is_flat(document: &Value) -> bool {
    is_set(document.get("api_token"))
}

/// `api_token` and `email` at the top level become credentials of the kind "API Token".
fn migrate_credentials(root: &mut Map<String, Value>) -> bool {
    let written = root.get("credentials");
    if !is_set(written) || written.and_then(Value::as_object).is_some_and(Map::is_empty) {
        if !is_set(root.get("api_token")) {
            return false;
        }
        let empty = Map::from_iter([(TAG.to_owned(), Value::from(API_TOKEN))]);
        root.insert("credentials".to_owned(), Value::Object(empty));
    }
    let flat = ["api_token", "email"].map(|name| (name, root.get(name).cloned()));
    let Some(credentials) = root.get_mut("credentials").and_then(Value::as_object_mut) else { return false };
    if credentials.get(TAG).and_then(Value::as_str) != Some(API_TOKEN) {
        return false;
    }
    let mut changed = false;
    for (name, value) in flat {
        if let Some(value) = value.filter(|value| is_set(Some(value)) && !is_set(credentials.get(name))) {
            credentials.insert(name.to_owned(), value);
            changed = true;
        }
    }
    changed
}

fn is_set(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    }
}

/// The document in the form that is validated: strings trimmed, null and blank options removed, `10.0` as `10`.
pub(super) fn normalized(value: &Value) -> Value {
    match value {
        Value::Object(options) => {
            let set = options.iter().filter(|(_, value)| is_set(Some(value)));
            Value::Object(set.map(|(name, value)| (name.clone(), normalized(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(normalized).collect()),
        Value::String(text) => text.trim().into(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => (float as i64).into(),
            _ => value.clone(),
        },
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Credentials, Parsed, parse};

    const ID: &str = "11223344-a1b2-3b33-c444-def123456789";

    fn parsed(value: &Value) -> Parsed {
        parse(value.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn migration_table() {
        let gateway = "https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555/";
        let table = [
            // Flat options.
            (
                json!({"api_token": "t", "email": "e", "domain": "a.atlassian.net"}),
                Some(json!({
                    "api_token": "t", "email": "e", "domain": "a.atlassian.net",
                    "credentials": {"auth_type": "API Token", "api_token": "t", "email": "e"},
                })),
            ),
            (
                json!({"api_token": "t", "credentials": null}),
                Some(json!({"api_token": "t", "credentials": {"auth_type": "API Token", "api_token": "t"}})),
            ),
            (
                json!({"api_token": "t", "credentials": {}}),
                Some(json!({"api_token": "t", "credentials": {"auth_type": "API Token", "api_token": "t"}})),
            ),
            (json!({"api_token": "", "email": "e"}), None),
            (json!({"api_token": null, "email": "e"}), None),
            // Half migrated.
            (
                json!({"email": "e", "credentials": {"auth_type": "API Token", "api_token": "new", "email": ""}}),
                Some(
                    json!({"email": "e", "credentials": {"auth_type": "API Token", "api_token": "new", "email": "e"}}),
                ),
            ),
            // Flat options that a migration left have no effect.
            (json!({"api_token": "t", "credentials": {"auth_type": "API Token", "api_token": "new"}}), None),
            (json!({"api_token": "t", "credentials": {"auth_type": "OAuth2.0"}}), None),
            (json!({"api_token": "t", "credentials": "odd"}), None),
            // Domains.
            (json!({"domain": "https://Acme.atlassian.net/"}), None),
            (json!({"domain": "acme.atlassian.net//"}), None),
            (json!({"domain": "https://acme.atlassian.net/jira/x?y#z"}), None),
            (json!({"domain": "acme.atlassian.net"}), None),
            (json!({"domain": " acme.atlassian.net "}), None),
            (json!({"domain": "https://acme.atlassian.net:8443/"}), None),
            (json!({"domain": "http://127.0.0.1:8080/"}), None),
            (json!({"domain": gateway}), None),
            (json!({"domain": "http://acme.atlassian.net"}), None),
            (json!({"domain": 5}), None),
            (json!([]), None),
            (json!(null), None),
        ];
        for (before, after) in table {
            let mut document = before.clone();
            assert_eq!(migrate(&mut document), after.is_some(), "{before}");
            assert_eq!(document, after.unwrap_or(before));
            let again = document.clone();
            assert!(!migrate(&mut document), "not idempotent: {again}");
        }
    }

    #[test]
    fn normalized_drops_what_is_not_set() {
        let written = json!({"a": " x ", "b": "  ", "c": null, "d": [" y ", "", null], "e": {"f": null}, "g": 10.0});
        assert_eq!(normalized(&written), json!({"a": "x", "d": ["y", "", null], "e": {}, "g": 10}));
    }

    #[test]
    fn loose_forms_pass() {
        let credentials = json!({"auth_type": "API Token", "email": " e@x.y ", "api_token": "t\n", "cloud_id": ""});
        let loose = json!({
            "credentials": credentials, "domain": " acme.atlassian.net", "cloud_id": null, "projects": null,
            "start_date": "", "jql": " ", "max_concurrency": null, "num_workers": 4, "scan_mode": null,
            "render_fields": null, "issues_stream_expand_with": null, "unknown": {"deep": [null]},
        });
        let text = format!("\u{FEFF}{loose}\r\n");
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.migrated(), None);
        assert_eq!(parsed.document.value(), &loose, "the document is not normalized");
        assert_eq!(parsed.config.max_concurrency(), 4);
        let Credentials::ApiToken(method) = &parsed.config.credentials else { panic!("{parsed:?}") };
        assert_eq!((method.email.as_str(), method.api_token.expose()), ("e@x.y", "t"));
    }

    #[test]
    fn flat_configs_are_migrated() {
        let flat =
            json!({"api_token": "hush", "email": "e@x.y", "domain": "https://acme.atlassian.net/", "num_workers": 3});
        let parsed = parsed(&flat);
        let migrated = parsed.migrated().unwrap();
        assert_eq!(migrated["domain"], "https://acme.atlassian.net/", "what was written stays");
        assert_eq!(migrated["credentials"], json!({"auth_type": "API Token", "api_token": "hush", "email": "e@x.y"}));
        assert_eq!((&migrated["api_token"], &migrated["num_workers"]), (&json!("hush"), &json!(3)));
        assert_eq!(parsed.config.max_concurrency(), 3);
        assert_eq!(parse(migrated.to_string().as_bytes()).unwrap().migrated(), None);
        let half = json!({"api_token": 5, "domain": "acme.atlassian.net"});
        let expected = [
            "credentials.api_token: must be a string, found a number; put it in quotes",
            "credentials.email: is missing; the authentication type \"API Token\" requires it",
        ];
        let error = parse(half.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn known_incumbent_configs_pass() {
        let table = [
            json!({"credentials": {"auth_type": "Service Account", "service_account_token": "t"}, "domain": "a.jira.com"}),
            json!({
                "credentials": {"auth_type": "API Token", "email": "e", "api_token": "t", "cloud_id": ID},
                "domain": "jira.acme.com", "projects": [], "start_date": "2021-03-01T00:00:00Z",
                "lookback_window_minutes": 0, "num_workers": 5, "expand_issue_changelog": true, "render_fields": true,
                "expand_issue_transition": true, "issues_stream_expand_with": ["transitions"], "additional_fields": [],
            }),
            json!({
                "credentials": {"auth_type": "OAuth2.0", "client_id": "i", "client_secret": "s", "refresh_token": "r"},
                "domain": "acme.atlassian.net", "__injected_declarative_manifest": {},
            }),
        ];
        for value in table {
            let config = parsed(&value).config;
            let all = value.get("render_fields").is_some();
            assert_eq!(config.issue_expands().len(), if all { 3 } else { 0 });
        }
    }
}
