//! The API of the organization, which has its own host and key.

use super::stacks::Stacks;
use crate::{
    client::{
        Error, Kind, Request, Service,
        auth::{Signer, header, remedy::Remedies},
        stack::Stack,
    },
    config::Admin,
    protocol::Failure,
};
use serde_json::Value;

/// The name of the organization, which its API key must have access to; its ID if it has no name.
pub(super) async fn name(stacks: &Stacks<'_>, admin: &Admin) -> Result<String, Failure> {
    let signer = Signer::Fixed(header::bearer(&admin.api_key)?);
    let stack = stacks.stack_with(&stacks.hosts.api, signer, Remedies::organization());
    match stack.call(&Request::get("/admin/v1/orgs/{orgId}", &[&admin.org_id]).tries(2)).await {
        Ok(reply) => Ok(name_in(&reply.body).unwrap_or_else(|| admin.org_id.clone())),
        Err(error) => Err(failure(&stack, admin, error).await),
    }
}

async fn failure(stack: &Stack, admin: &Admin, error: Error) -> Failure {
    let summary = format!("({})", error.summary());
    match error.kind {
        Kind::Unauthorized => Failure::config(format!(
            "Atlassian does not accept the organization's API key {summary}. {}",
            error.remedy.unwrap_or_default()
        )),
        Kind::Forbidden | Kind::Scope => Failure::config(format!(
            "The organization's API key does not have the permission to read the organization {summary}. Keys with scopes are refused here: \
             create one without scopes at admin.atlassian.com, Settings, API keys, and set `admin.api_key`."
        )),
        Kind::NotFound => Failure::config(format!(
            "The organization's API key is valid, but has no access to an organization {} {summary}.{} Correct `admin.org_id`.",
            admin.org_id,
            accessible(stack).await.map_or(String::new(), |accessible| format!(" It belongs to {accessible}.")),
        )),
        _ => error.into(),
    }
}

/// The organizations of the key, for messages.
async fn accessible(stack: &Stack) -> Option<String> {
    let reply = stack.call(&Request::get("/admin/v1/orgs", &[]).tries(2)).await.ok()?;
    let page: Value = serde_json::from_str(&reply.body).ok()?;
    let listed = page["data"].as_array()?.iter();
    let organizations: Vec<String> = listed
        .map(|one| {
            format!(
                "{} ({})",
                one["id"].as_str().unwrap_or("?"),
                one["attributes"]["name"].as_str().unwrap_or("no name")
            )
        })
        .collect();
    (!organizations.is_empty()).then(|| organizations.join(", "))
}

fn name_in(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body).ok()?;
    value["data"]["attributes"]["name"].as_str().map(str::to_owned)
}
