//! Whole configs: which are valid and what they mean, and the exact errors of the others.

use serde_json::{Value, json};

use super::*;
use crate::protocol::redaction::redact;

const ID: &str = "11223344-a1b2-3b33-c444-def123456789";

/// A good config with `changes` on top; null removes an option.
fn config(changes: Value) -> Value {
    let mut config = json!({
        "credentials": {"auth_type": "API Token", "email": "jane@example.com", "api_token": "hush-token"},
        "domain": "acme.atlassian.net",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            config.as_object_mut().unwrap().remove(name);
        } else {
            config[name] = value.clone();
        }
    }
    config
}

fn parsed(value: &Value) -> Parsed {
    parse(value.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn faults(value: &Value) -> Vec<String> {
    let error = parse(value.to_string().as_bytes()).expect_err(&value.to_string());
    error.faults.iter().map(Fault::to_string).collect()
}

#[test]
fn a_small_config_has_the_documented_defaults() {
    let parsed = parsed(&config(json!({})));
    assert_eq!(parsed.migrated(), None);
    let config = parsed.config;
    assert_eq!(config.site().base_url(), "https://acme.atlassian.net");
    assert_eq!(config.cloud_id(), None);
    assert_eq!(config.max_concurrency(), 10);
    assert_eq!(config.lookback_window_minutes, 0);
    assert_eq!(config.scan_mode, ScanMode::Auto);
    assert!(config.issue_expands().is_empty());
    assert!(config.filters.projects.is_empty() && config.filters.exclude_projects.is_empty());
    assert!(config.filters.updated_after().is_none() && config.filters.jql().is_none());
    assert!(!config.filters.include_archived_projects);
    assert_eq!(redact("hush-token"), "***", "known since it was read");
}

#[test]
fn every_option_is_read() {
    let config = parsed(&config(json!({
        "credentials": {
            "auth_type": "OAuth2.0", "client_id": "abc", "client_secret": "hush-secret", "refresh_token": " hush-r ",
            "access_token": "hush-a", "token_expiry_date": "2026-01-31T12:00:00Z", "cloud_id": ID.to_uppercase(),
        },
        "projects": [" ACME ", "OPS", "ACME"], "exclude_projects": ["SANDBOX"],
        "start_date": "2024-01-01T00:00:00Z", "updated_before": "2024-03-01T00:00:00Z",
        "created_after": "2020-01-01T00:00:00Z", "created_before": "2024-01-01T00:00:00Z",
        "jql": "issuetype = Bug", "include_archived_projects": true, "lookback_window_minutes": 5.0,
        "max_concurrency": 50, "num_workers": 3, "scan_mode": "pages",
        "render_fields": true, "issues_stream_expand_with": ["changelog", "renderedFields"],
    })))
    .config;
    let Credentials::OAuth(oauth) = &config.credentials else { panic!("{config:?}") };
    assert_eq!(oauth.refresh_token.expose(), "hush-r");
    assert!(oauth.token_expiry().is_some());
    assert_eq!(config.cloud_id().map(CloudId::as_str), Some(ID));
    assert_eq!(config.filters.projects, ["ACME", "OPS"]);
    assert_eq!(config.filters.exclude_projects, ["SANDBOX"]);
    assert_eq!(config.filters.jql(), Some("issuetype = Bug"));
    assert_eq!(config.filters.updated_after().unwrap().to_string(), "2024-01-01T00:00:00Z");
    assert!(config.filters.created_after < config.filters.created_before);
    assert!(config.filters.include_archived_projects);
    assert_eq!(config.lookback_window_minutes, 5);
    assert_eq!((config.max_concurrency(), config.scan_mode), (50, ScanMode::Pages));
    let expands = config.issue_expands();
    assert_eq!(expands.into_iter().map(Expand::name).collect::<Vec<_>>(), ["renderedFields", "changelog"]);
    assert_eq!(redact("hush-secret, hush-r, hush-a"), "***, ***, ***");
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn the_config_sets_the_severity_of_a_code_but_a_note_never_fails() {
    use crate::codes::{BOARD_HIDDEN, Code, LISTING_RESTARTED, Severity::*};
    let fatal = Code { severity: Fail, ..BOARD_HIDDEN };
    let table = [
        (json!({}), [Note, Warn, Fail]),
        (json!({"on_skip": ""}), [Note, Warn, Fail]),
        (json!({"on_skip": "warn"}), [Note, Warn, Warn]),
        (json!({"on_skip": "fail"}), [Note, Fail, Fail]),
        (json!({"on_skip_codes": {"board_hidden": "fail", "listing_restarted": "fail"}}), [Note, Fail, Fail]),
        (json!({"on_skip": "fail", "on_skip_codes": {"board_hidden": "warn"}}), [Note, Warn, Warn]),
    ];
    for (options, expected) in table {
        let config = parsed(&config(options.clone())).config;
        assert_eq!(
            [&LISTING_RESTARTED, &BOARD_HIDDEN, &fatal].map(|code| config.severity(code)),
            expected,
            "{options}"
        );
    }
}

#[test]
fn names_that_are_no_options_are_told_and_none_may_come_twice() {
    let odd = parsed(&config(json!({"colour": "red", "_platform": {}})));
    assert_eq!(odd.ignored, ["colour"], "platforms add names of their own");
    let twice = |part: &str| config(json!({"x": 1})).to_string().replace("\"x\":1", part);
    let error = parse(twice("\"projects\":[\"A\"],\"projects\":[]").as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "The config has 1 error: projects: is written twice; keep the one that is right.");
    let nested = config(json!({})).to_string().replace("\"email\":", "\"email\":\"x@y.z\",\"email\":");
    let error = parse(nested.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("credentials.email: is written twice"), "{error}");
}

#[test]
fn one_error_each() {
    let known = r#""API Token", "Service Account", "OAuth2.0" or "Service Account (client credentials)""#;
    let credentials = |options: Value| json!({ "credentials": options });
    let date = "does not have the form YYYY-MM-DDTHH:MM:SSZ, for example \"2024-01-01T00:00:00Z\"";
    let uuid = format!("does not have the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, for example \"{ID}\"");
    let table = [
        (
            json!({"project": ["A"]}),
            "project: is not an option; write \"projects\" if you mean that one, or remove it".into(),
        ),
        (
            json!({"start-date": "2024-01-01T00:00:00Z"}),
            "start-date: is not an option; write \"start_date\" if you mean that one, or remove it".into(),
        ),
        (json!({"on_skip": "stop"}), "on_skip: must be one of \"warn\" or \"fail\"".into()),
        (
            json!({"on_skip_codes": {"board_hidden": "note"}}),
            "on_skip_codes.board_hidden: must be one of \"warn\" or \"fail\"".into(),
        ),
        (
            json!({"on_skip_codes": {"project_inactiv": "fail"}}),
            "on_skip_codes.project_inactiv: is not a code; write \"project_inactive\" if you mean that one".into(),
        ),
        (
            json!({"on_skip_codes": {"everything": "fail"}}),
            format!("on_skip_codes: contains a name that is not a code; the codes are {}", codes::names().join(", ")),
        ),
        (json!({"on_skip_codes": "fail"}), "on_skip_codes: must be an object, found a string".into()),
        (json!({"credentials": null}), format!("credentials: is missing; set it to an object with auth_type {known}")),
        (credentials(json!(" ")), format!("credentials: is blank; set it to an object with auth_type {known}")),
        (credentials(json!("hush")), "credentials: must be an object, found a string".into()),
        (credentials(json!(["hush"])), "credentials: must be an object, found a list".into()),
        (credentials(json!({})), format!("credentials.auth_type: is missing; it must be {known}")),
        (
            credentials(json!({"email": "e", "api_token": "hush"})),
            format!("credentials.auth_type: is missing; it must be {known}"),
        ),
        (
            credentials(json!({"auth_type": "hush"})),
            format!("credentials.auth_type: is not an authentication type; it must be {known}"),
        ),
        (
            credentials(json!({"auth_type": "oauth2_0"})),
            "credentials.auth_type: is misspelt; write \"OAuth2.0\"".into(),
        ),
        (
            credentials(json!({"auth_type": 7})),
            format!("credentials.auth_type: must be a string, found a number; it must be {known}"),
        ),
        (
            credentials(json!({"auth_type": "API Token", "email": "e"})),
            "credentials.api_token: is missing; the authentication type \"API Token\" requires it, here or in the environment \
             variable SOURCE_JIRA_API_TOKEN"
                .into(),
        ),
        (
            credentials(json!({"auth_type": "API Token", "email": null, "api_token": "hush"})),
            "credentials.email: is null; the authentication type \"API Token\" requires it".into(),
        ),
        (
            credentials(json!({"auth_type": "Service Account", "service_account_token": " "})),
            "credentials.service_account_token: is blank; the authentication type \"Service Account\" requires it, here or in the \
             environment variable SOURCE_JIRA_SERVICE_ACCOUNT_TOKEN"
                .into(),
        ),
        (
            credentials(json!({"auth_type": "Service Account", "service_account_token": ["hush"]})),
            "credentials.service_account_token: must be a string, found a list".into(),
        ),
        (
            credentials(json!({"auth_type": "API Token", "email": "e", "api_token": {"value": "hush"}})),
            "credentials.api_token: must be a string, found an object".into(),
        ),
        (
            credentials(json!({"auth_type": "API Token", "email": "e", "api_token": 484_755})),
            "credentials.api_token: must be a string, found a number; put it in quotes".into(),
        ),
        (
            credentials(json!({"auth_type": "Service Account", "service_account_token": "hush", "cloud_id": "hush"})),
            format!("credentials.cloud_id: {uuid}"),
        ),
        (json!({"domain": null}), "domain: is missing; set it, for example \"acme.atlassian.net\"".into()),
        (json!({"domain": ""}), "domain: is blank; set it, for example \"acme.atlassian.net\"".into()),
        (json!({"domain": 1.5}), "domain: must be a string, found a number with a fraction; put it in quotes".into()),
        (json!({"domain": "acme"}), "domain: has no dot; write the whole host name, such as acme.atlassian.net".into()),
        (
            json!({"domain": "https://jane:hush@acme.atlassian.net"}),
            "domain: must not contain a user name or password; put them into `credentials`".into(),
        ),
        (json!({"cloud_id": "acme"}), format!("cloud_id: {uuid}")),
        (json!({"projects": "ACME"}), "projects: must be a list, found a string; put it in square brackets".into()),
        (json!({"projects": {}}), "projects: must be a list, found an object".into()),
        (json!({"projects": ["A", 1]}), "projects[1]: must be a string, found a number; put it in quotes".into()),
        (json!({"projects": ["A", null]}), "projects[1]: must be a string, found null".into()),
        (json!({"projects": ["A", " "]}), "projects[1]: is blank; write the key of a project, or remove it".into()),
        (
            json!({"projects": ["A", "B"], "exclude_projects": ["X", "b"]}),
            "exclude_projects[1]: is also in projects[1]; keep the key in one of the two lists".into(),
        ),
        (json!({"start_date": "2024-01-01"}), format!("start_date: {date}")),
        (json!({"start_date": "2024-01-01T00:00:00+00:00"}), format!("start_date: {date}")),
        (json!({"start_date": 1_704_067_200}), "start_date: must be a string, found a number; put it in quotes".into()),
        (
            json!({"created_after": "2023-02-29T00:00:00Z"}),
            "created_after: is not a date of the calendar; check month, day and time".into(),
        ),
        (
            json!({
                "start_date": "2024-01-01T00:00:00Z", "updated_after": "2024-02-01T00:00:00Z",
                "updated_before": "2024-02-01T00:00:00Z",
            }),
            "updated_before: must be later than updated_after (2024-02-01T00:00:00Z), or no issue can match".into(),
        ),
        (
            json!({"start_date": "2024-01-01T00:00:00Z", "updated_before": "2023-01-01T00:00:00Z"}),
            "updated_before: must be later than start_date (2024-01-01T00:00:00Z), or no issue can match".into(),
        ),
        (
            json!({"created_after": "2024-01-01T00:00:00Z", "created_before": "2023-01-01T00:00:00Z"}),
            "created_before: must be later than created_after (2024-01-01T00:00:00Z), or no issue can match".into(),
        ),
        (
            json!({"jql": "a = b ORDER BY c"}),
            "jql: must not contain ORDER BY, because the connector chooses the order; keep only the conditions".into(),
        ),
        (json!({"jql": ["a = b"]}), "jql: must be a string, found a list".into()),
        (
            json!({"include_archived_projects": "true"}),
            "include_archived_projects: must be true or false, found a string; remove the quotes".into(),
        ),
        (
            json!({"include_archived_projects": 1}),
            "include_archived_projects: must be true or false, found a number".into(),
        ),
        (
            json!({"lookback_window_minutes": "10"}),
            "lookback_window_minutes: must be a whole number, found a string; remove the quotes".into(),
        ),
        (
            json!({"lookback_window_minutes": 0.5}),
            "lookback_window_minutes: must be a whole number, found a number with a fraction".into(),
        ),
        (json!({"lookback_window_minutes": -1}), "lookback_window_minutes: is -1; it must be from 0 to 576000".into()),
        (json!({"max_concurrency": 51}), "max_concurrency: is 51; it must be from 1 to 50".into()),
        (json!({"max_concurrency": 0}), "max_concurrency: is 0; it must be from 1 to 50".into()),
        (json!({"max_concurrency": "ten"}), "max_concurrency: must be a whole number, found a string".into()),
        (json!({"num_workers": 41}), "num_workers: is 41; it must be from 1 to 40".into()),
        (
            json!({"issues_stream_expand_with": ["changelog", "hush"]}),
            "issues_stream_expand_with[1]: must be one of \"renderedFields\", \"transitions\" or \"changelog\"".into(),
        ),
        (json!({"scan_mode": "fast"}), "scan_mode: must be one of \"auto\", \"ids\" or \"pages\"".into()),
    ];
    for (changes, expected) in table {
        assert_eq!(faults(&config(changes.clone())), [expected], "{changes}");
    }
}

#[test]
fn the_file_must_be_an_object() {
    for (text, found) in [("[]", "a list"), ("null", "null"), ("\"hush\"", "a string"), ("true", "true or false")] {
        let error = parse(text.as_bytes()).unwrap_err();
        let expected = format!("The config has 1 error: the file must contain a JSON object, found {found}.");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn all_errors_are_listed_in_one_sentence() {
    let bad = json!({
        "credentials": {"auth_type": "OAuth2.0", "client_id": 1, "refresh_token": "hush"},
        "domain": "http://acme.atlassian.net", "projects": ["A", ""], "start_date": "yesterday", "max_concurrency": 99,
        "jql": "(",
    });
    let error = parse(bad.to_string().as_bytes()).unwrap_err();
    let expected = "The config has 7 errors: \
        (1) credentials.client_id: must be a string, found a number; put it in quotes; \
        (2) credentials.client_secret: is missing; the authentication type \"OAuth2.0\" requires it, here or in the environment variable SOURCE_JIRA_CLIENT_SECRET; \
        (3) domain: must not use plain http://; write https:// or leave the scheme out; \
        (4) jql: has a parenthesis that is never closed; add the missing one; \
        (5) max_concurrency: is 99; it must be from 1 to 50; \
        (6) projects[1]: is blank; write the key of a project, or remove it; \
        (7) start_date: does not have the form YYYY-MM-DDTHH:MM:SSZ, for example \"2024-01-01T00:00:00Z\".";
    assert_eq!(error.to_string(), expected);
}

/// Puts a secret at every place of a config, in every shape, and searches the message for it.
#[test]
fn no_message_holds_a_secret() {
    let shapes = [json!("hush-5309"), json!(5309), json!(53.09), json!(["hush-5309"]), json!({"hush": "hush-5309"})];
    let credentials = ["auth_type", "email", "api_token", "service_account_token", "client_id", "cloud_id"];
    let spec = spec();
    let numeric = |name: &str| spec["properties"][name]["type"] == "integer";
    let tops = spec["properties"].as_object().unwrap().keys();
    for shape in &shapes {
        let top = tops.clone().filter(|name| !(numeric(name) && shape.is_number()));
        let mut bad: Vec<Value> = top.map(|name| config(json!({ name: shape }))).collect();
        for auth_type in ["API Token", "Service Account", "OAuth2.0", "Service Account (client credentials)", "odd"] {
            bad.extend(credentials.map(|name| {
                let mut credentials = json!({ "auth_type": auth_type });
                credentials[name] = shape.clone();
                config(json!({ "credentials": credentials, "api_host": "site" }))
            }));
        }
        bad.push(shape.clone());
        for value in bad {
            if let Err(error) = parse(value.to_string().as_bytes()) {
                let message = format!("{error} {error:?}");
                assert!(!message.contains("hush") && !message.contains("53"), "{value}: {message}");
            }
        }
    }
}
