//! `spec`: the connector specification.

use super::{args::CommonArgs, scopes, session};
use crate::{
    config,
    protocol::{Message, message::Spec},
};
use serde_json::{Value, json};
use std::process::ExitCode;

pub const DOCUMENTATION: &str = "https://github.com/source-jira/source-jira";
const CHANGELOG: &str = "https://github.com/source-jira/source-jira/blob/main/CHANGELOG.md";

#[derive(Debug, clap::Args)]
pub struct SpecArgs {
    #[command(flatten)]
    pub common: CommonArgs,
}

pub fn run(options: &SpecArgs) -> ExitCode {
    let out = session::output(options.common.debug);
    out.message(&message());
    session::end(&out)
}

fn message() -> Message {
    Message::Spec {
        spec: Box::new(Spec {
            documentation_url: DOCUMENTATION,
            changelog_url: CHANGELOG,
            connection_specification: config::spec(),
            protocol_version: "0.2.0",
            advanced_auth: advanced_auth(),
        }),
    }
}

/// How a platform runs the OAuth consent: the URLs, the scopes, and the option of the config for each value. (Airbyte
/// protocol: `AdvancedAuth`; Atlassian: OAuth 2.0 (3LO).)
fn advanced_auth() -> Value {
    let at = |option: &str| json!({"type": "string", "path_in_connector_config": ["credentials", option]});
    let scopes = scopes::of_all_streams().into_iter().chain([scopes::OFFLINE]);
    let scopes: Vec<Value> = scopes.map(|scope| json!({"scope": scope})).collect();
    json!({
        "auth_flow_type": "oauth2.0",
        "predicate_key": ["credentials", "auth_type"],
        "predicate_value": "OAuth2.0",
        "oauth_config_specification": {
            "oauth_connector_input_specification": {
                "consent_url": "https://auth.atlassian.com/authorize?audience=api.atlassian.com&{{client_id_param}}&{{scopes_param}}\
                    &{{redirect_uri_param}}&{{state_param}}&response_type=code&prompt=consent",
                "scopes": scopes,
                "access_token_url": "https://auth.atlassian.com/oauth/token",
                "access_token_headers": {"Content-Type": "application/json"},
                "access_token_params": {
                    "grant_type": "authorization_code",
                    "code": "{{ auth_code_value }}",
                    "client_id": "{{ client_id_value }}",
                    "client_secret": "{{ client_secret_value }}",
                    "redirect_uri": "{{ redirect_uri_value }}",
                },
                "extract_output": ["refresh_token"],
            },
            "complete_oauth_output_specification": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "refresh_token": {
                        "type": "string",
                        "path_in_connector_config": ["credentials", "refresh_token"],
                        "path_in_oauth_response": ["refresh_token"],
                    },
                },
            },
            "complete_oauth_server_input_specification": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"client_id": {"type": "string"}, "client_secret": {"type": "string"}},
            },
            "complete_oauth_server_output_specification": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"client_id": at("client_id"), "client_secret": at("client_secret")},
            },
        },
    })
}
