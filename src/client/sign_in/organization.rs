//! The organization's API, which has a host and a key of its own.

use super::{SignIn, auth::Signer, bearer, remedy::Remedies};
use crate::{
    client::{Error, Kind, Request, Service, Stack},
    config::Admin,
    protocol::Failure,
};
use serde_json::Value;

impl SignIn<'_> {
    /// Whether the organization's key is good, if there is one. Returns the organization's name.
    pub async fn organization(&self) -> Result<Option<String>, Failure> {
        let Some(admin) = &self.config.admin else { return Ok(None) };
        let signer = Signer::Fixed(bearer(&admin.api_key)?);
        let stack = self.stack_with(&self.hosts.api, signer, Remedies::organization());
        match stack.call(&Request::get("/admin/v1/orgs/{orgId}", &[&admin.org_id]).tries(2)).await {
            Ok(reply) => Ok(Some(name(&reply.body).unwrap_or_else(|| admin.org_id.clone()))),
            Err(error) => Err(failure(&stack, admin, error).await),
        }
    }
}

async fn failure(stack: &Stack, admin: &Admin, error: Error) -> Failure {
    let said = format!("({})", error.said());
    match error.kind {
        Kind::Unauthorized => Failure::config(format!(
            "Atlassian does not accept the organization's API key {said}. {}",
            error.remedy.unwrap_or_default()
        )),
        Kind::Forbidden | Kind::Scope => Failure::config(format!(
            "The organization's API key may not read the organization {said}. Keys with scopes are refused here: make one without \
             scopes at admin.atlassian.com, Settings, API keys, and put it into `admin.api_key`."
        )),
        Kind::NotFound => Failure::config(format!(
            "The organization's API key is right, but there is no organization {} for it {said}.{} Correct `admin.org_id`.",
            admin.org_id,
            known(stack).await.map_or(String::new(), |known| format!(" It belongs to {known}.")),
        )),
        _ => error.into(),
    }
}

/// The organizations that the key is for.
async fn known(stack: &Stack) -> Option<String> {
    let reply = stack.call(&Request::get("/admin/v1/orgs", &[]).tries(2)).await.ok()?;
    let page: Value = serde_json::from_str(&reply.body).ok()?;
    let organizations = page["data"].as_array()?.iter();
    let words: Vec<String> = organizations
        .map(|one| {
            format!(
                "{} ({})",
                one["id"].as_str().unwrap_or("?"),
                one["attributes"]["name"].as_str().unwrap_or("no name")
            )
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn name(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body).ok()?;
    value["data"]["attributes"]["name"].as_str().map(str::to_owned)
}
