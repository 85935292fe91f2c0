//! The permissions of the account.

use serde_json::{Map, Value, json};

use super::route::{Anonymous, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::permissions::{PERMISSIONS, exists};

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/api/3/mypermissions",
        &[
            "projectKey",
            "projectId",
            "issueKey",
            "issueId",
            "permissions",
            "projectUuid",
            "projectConfigurationUuid",
            "commentId",
        ],
        Anonymous::Same,
        mine,
    ),
    get("/rest/api/3/permissions", &[], Anonymous::Same, all),
];

/// Refuses an account that lacks the permission.
pub(crate) fn required(context: &Context<'_>, key: &str) -> Result<(), Reply> {
    if context.scenario.account.may(key) {
        return Ok(());
    }
    Err(Reply::refusal(403, "You are not authorized to perform this action."))
}

fn permission(number: usize, key: &str, name: &str, global: bool) -> Value {
    json!({"id": number.to_string(), "key": key, "name": name, "type": if global { "GLOBAL" } else { "PROJECT" }, "description": ""})
}

/// Gives for each permission whether the account has it. (Jira REST v3: `permissions` is required since 2019.)
fn mine(context: &Context<'_>) -> Answer {
    let wanted = context.request.parameters("permissions");
    if wanted.is_empty() {
        return Err(Reply::refusal(400, "The 'permissions' query parameter is required."));
    }
    if let Some(unknown) = wanted.iter().find(|key| !exists(key)) {
        return Err(Reply::refusal(400, format!("Unrecognized permission '{unknown}'.")));
    }
    let mut found = Map::new();
    for (number, (key, name, global)) in
        PERMISSIONS.into_iter().enumerate().filter(|one| wanted.iter().any(|key| key == one.1.0))
    {
        let mut body = permission(number, key, name, global);
        body["havePermission"] =
            json!(context.who.is_some() && key != "SYSTEM_ADMIN" && context.scenario.account.may(key));
        found.insert(key.into(), body);
    }
    Ok(Reply::value(&json!({"permissions": found})))
}

fn all(_: &Context<'_>) -> Answer {
    let found: Map<String, Value> =
        bodies().map(|body| (body["key"].as_str().unwrap_or_default().to_string(), body)).collect();
    Ok(Reply::value(&json!({"permissions": found})))
}

/// Every permission, with its key.
pub(crate) fn bodies() -> impl Iterator<Item = Value> {
    let each = PERMISSIONS.into_iter().enumerate();
    each.map(|(number, (key, name, global))| permission(number, key, name, global))
}
