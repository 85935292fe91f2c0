//! Secrets from the environment, so that a config file need not hold any: `SOURCE_JIRA_API_TOKEN` and the like.

use serde_json::{Map, Value};

use super::credentials::TAG;

/// The environment: the value of a variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable that supplies a secret member.
pub(super) fn variable(member: &str) -> String {
    format!("SOURCE_JIRA_{}", member.to_ascii_uppercase())
}

/// Puts secrets into the members that the config leaves out. What the file says counts: a refresh token that was
/// renewed and saved there is newer than the one that a variable still has.
pub(super) fn fill(config: &mut Value, spec: &Value, lookup: Lookup<'_>) {
    for (name, schema) in properties(spec) {
        let Some(Value::Object(members)) = config.get_mut(name) else { continue };
        let chosen = schema.get("oneOf").and_then(Value::as_array).map_or(Some(schema), |options| {
            options.iter().find(|option| Some(&option["properties"][TAG]["const"]) == members.get(TAG))
        });
        if let Some(chosen) = chosen {
            fill_object(members, chosen, lookup);
        }
    }
}

fn fill_object(members: &mut Map<String, Value>, schema: &Value, lookup: Lookup<'_>) {
    for (name, _) in properties(schema).filter(|(_, schema)| schema.get("airbyte_secret").is_some()) {
        if !members.contains_key(name)
            && let Some(value) = lookup(&variable(name)).filter(|value| !value.trim().is_empty())
        {
            members.insert(name.clone(), value.trim().into());
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
    use crate::config::{Credentials, parse_with};

    fn environment(name: &str) -> Option<String> {
        let known = [
            ("SOURCE_JIRA_API_TOKEN", " from-outside\n"),
            ("SOURCE_JIRA_API_KEY", "key-from-outside"),
            ("SOURCE_JIRA_CLIENT_SECRET", "  "),
            ("SOURCE_JIRA_EMAIL", "no secret, so not asked for"),
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
            let Credentials::ApiToken(way) = &parsed.config.credentials else { panic!("{parsed:?}") };
            assert_eq!(way.api_token.expose(), expected);
            assert_eq!(parsed.config.secrets(), [expected, "key-from-outside"]);
            assert_eq!(parsed.document.value(), &config, "what is written back holds no secret of the environment");
        }
    }

    #[test]
    fn blank_variables_and_plain_members_supply_nothing() {
        let config = json!({
            "credentials": {"auth_type": "OAuth2.0", "client_id": "i", "refresh_token": "r"}, "domain": "acme.atlassian.net",
        });
        let error = parse_with(config.to_string().as_bytes(), &environment).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The config has a fault: credentials.client_secret: is missing; the authentication type \"OAuth2.0\" needs it, \
             here or as SOURCE_JIRA_CLIENT_SECRET in the environment."
        );
        let config = json!({"credentials": {"auth_type": "API Token"}, "domain": "acme.atlassian.net"});
        let error = parse_with(config.to_string().as_bytes(), &environment).unwrap_err();
        assert!(error.to_string().contains("credentials.email: is missing"), "{error}");
    }
}
