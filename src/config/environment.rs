//! Secrets from environment variables such as `SOURCE_JIRA_API_TOKEN`, so that the config file needs to contain none.

use serde_json::{Map, Value};

use super::credentials::TAG;

/// Returns the value of an environment variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable that supplies a secret option.
pub(super) fn variable(option: &str) -> String {
    format!("SOURCE_JIRA_{}", option.to_ascii_uppercase())
}

/// Sets secret options that the config does not contain. The file takes precedence, because a refresh token that was
/// renewed and saved there is newer than the one in a variable.
pub(super) fn fill(config: &mut Value, spec: &Value, lookup: Lookup<'_>) {
    for (name, schema) in properties(spec) {
        let Some(Value::Object(options)) = config.get_mut(name) else { continue };
        let chosen = schema.get("oneOf").and_then(Value::as_array).map_or(Some(schema), |methods| {
            methods.iter().find(|method| Some(&method["properties"][TAG]["const"]) == options.get(TAG))
        });
        if let Some(chosen) = chosen {
            fill_object(options, chosen, lookup);
        }
    }
}

fn fill_object(options: &mut Map<String, Value>, schema: &Value, lookup: Lookup<'_>) {
    for (name, _) in properties(schema).filter(|(_, schema)| schema.get("airbyte_secret").is_some()) {
        if !options.contains_key(name)
            && let Some(value) = lookup(&variable(name)).filter(|value| !value.trim().is_empty())
        {
            options.insert(name.clone(), value.trim().into());
        }
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        config::{Credentials, parse_with},
        protocol::redaction::redact,
    };

    fn environment(name: &str) -> Option<String> {
        let known = [
            ("SOURCE_JIRA_API_TOKEN", " from-outside\n"),
            ("SOURCE_JIRA_API_KEY", "key-from-outside"),
            ("SOURCE_JIRA_CLIENT_SECRET", "  "),
            ("SOURCE_JIRA_EMAIL", "not a secret, so not read"),
        ];
        known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_supplies_what_the_file_leaves_out() {
        let config = |token: Value| {
            json!({
                "credentials": {"auth_type": "API Token", "email": "e@x.y", "api_token": token},
                "domain": "acme.atlassian.net", "admin": {"org_id": "o"},
            })
        };
        for (written, expected) in
            [(json!(null), "from-outside"), (json!(" "), "from-outside"), (json!("from-file"), "from-file")]
        {
            let config = config(written);
            let parsed = parse_with(config.to_string().as_bytes(), &environment).unwrap();
            let Credentials::ApiToken(method) = &parsed.config.credentials else { panic!("{parsed:?}") };
            assert_eq!(method.api_token.expose(), expected);
            assert_eq!(redact(&format!("{expected}, key-from-outside")), "***, ***");
            assert_eq!(parsed.document.value(), &config, "what is written back holds no secret of the environment");
        }
    }

    #[test]
    fn blank_variables_and_plain_options_supply_nothing() {
        let config = json!({
            "credentials": {"auth_type": "OAuth2.0", "client_id": "i", "refresh_token": "r"}, "domain": "acme.atlassian.net",
        });
        let error = parse_with(config.to_string().as_bytes(), &environment).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The config has 1 error: credentials.client_secret: is missing; the authentication type \"OAuth2.0\" requires it, \
             here or in the environment variable SOURCE_JIRA_CLIENT_SECRET."
        );
        let config = json!({"credentials": {"auth_type": "API Token"}, "domain": "acme.atlassian.net"});
        let error = parse_with(config.to_string().as_bytes(), &environment).unwrap_err();
        assert!(error.to_string().contains("credentials.email: is missing"), "{error}");
    }
}
