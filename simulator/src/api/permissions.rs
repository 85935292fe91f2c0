//! What the account may do.

use serde_json::{Map, Value, json};

use super::routes::{Nobody, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

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
        Nobody::Same,
        mine,
    ),
    get("/rest/api/3/permissions", &[], Nobody::Same, all),
];

/// Key, name, global.
const PERMISSIONS: [(&str, &str, bool); 8] = [
    ("BROWSE_PROJECTS", "Browse Projects", false),
    ("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", false),
    ("VIEW_READONLY_WORKFLOW", "View Read-Only Workflow", false),
    ("TRANSITION_ISSUES", "Transition Issues", false),
    ("ADMINISTER_PROJECTS", "Administer Projects", false),
    ("USER_PICKER", "Browse users and groups", true),
    ("ADMINISTER", "Administer Jira", true),
    ("SYSTEM_ADMIN", "Jira System Administrators", true),
];

fn permission(number: usize, key: &str, name: &str, global: bool) -> Value {
    json!({"id": number.to_string(), "key": key, "name": name, "type": if global { "GLOBAL" } else { "PROJECT" }, "description": ""})
}

/// Says for each permission whether the account has it. (Jira REST v3: `permissions` is required since 2019.)
fn mine(context: &Context<'_>) -> Answer {
    let wanted = context.request.parameters("permissions");
    if wanted.is_empty() {
        return Err(Reply::refusal(400, "The 'permissions' query parameter is required."));
    }
    if let Some(unknown) = wanted.iter().find(|key| !PERMISSIONS.iter().any(|known| known.0 == key.as_str())) {
        return Err(Reply::refusal(400, format!("Unrecognized permission '{unknown}'.")));
    }
    let mut found = Map::new();
    for (number, (key, name, global)) in
        PERMISSIONS.into_iter().enumerate().filter(|one| wanted.iter().any(|key| key == one.1.0))
    {
        let mut body = permission(number, key, name, global);
        body["havePermission"] = json!(context.account && key != "SYSTEM_ADMIN");
        found.insert(key.into(), body);
    }
    Ok(Reply::value(&json!({"permissions": found})))
}

fn all(_: &Context<'_>) -> Answer {
    let each = PERMISSIONS.into_iter().enumerate();
    let found: Map<String, Value> =
        each.map(|(number, (key, name, global))| (key.to_string(), permission(number, key, name, global))).collect();
    Ok(Reply::value(&json!({"permissions": found})))
}
