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

/// Key, name, global. (Jira Cloud: built-in permissions.)
const PERMISSIONS: [(&str, &str, bool); 47] = [
    ("BROWSE_PROJECTS", "Browse Projects", false),
    ("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", false),
    ("VIEW_READONLY_WORKFLOW", "View Read-Only Workflow", false),
    ("TRANSITION_ISSUES", "Transition Issues", false),
    ("ADMINISTER_PROJECTS", "Administer Projects", false),
    ("USER_PICKER", "Browse users and groups", true),
    ("ADMINISTER", "Administer Jira", true),
    ("SYSTEM_ADMIN", "Jira System Administrators", true),
    ("BULK_CHANGE", "Bulk Change", true),
    ("CREATE_PROJECT", "Create team-managed projects", true),
    ("CREATE_SHARED_OBJECTS", "Share dashboards and filters", true),
    ("MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage Group Filter Subscriptions", true),
    ("ADD_COMMENTS", "Add Comments", false),
    ("ARCHIVE_ISSUES", "Archive Issues", false),
    ("ASSIGNABLE_USER", "Assignable User", false),
    ("ASSIGN_ISSUES", "Assign Issues", false),
    ("BROWSE_ARCHIVE", "Browse Project Archive", false),
    ("CLOSE_ISSUES", "Close Issues", false),
    ("CREATE_ATTACHMENTS", "Create Attachments", false),
    ("CREATE_ISSUES", "Create Issues", false),
    ("DELETE_ALL_ATTACHMENTS", "Delete All Attachments", false),
    ("DELETE_ALL_COMMENTS", "Delete All Comments", false),
    ("DELETE_ALL_WORKLOGS", "Delete All Worklogs", false),
    ("DELETE_ISSUES", "Delete Issues", false),
    ("DELETE_OWN_ATTACHMENTS", "Delete Own Attachments", false),
    ("DELETE_OWN_COMMENTS", "Delete Own Comments", false),
    ("DELETE_OWN_WORKLOGS", "Delete Own Worklogs", false),
    ("EDIT_ALL_COMMENTS", "Edit All Comments", false),
    ("EDIT_ALL_WORKLOGS", "Edit All Worklogs", false),
    ("EDIT_ISSUES", "Edit Issues", false),
    ("EDIT_ISSUE_LAYOUT", "Edit Issue Layout", false),
    ("EDIT_OWN_COMMENTS", "Edit Own Comments", false),
    ("EDIT_OWN_WORKLOGS", "Edit Own Worklogs", false),
    ("EDIT_WORKFLOW", "Edit Workflows", false),
    ("LINK_ISSUES", "Link Issues", false),
    ("MANAGE_SPRINTS_PERMISSION", "Manage sprints", false),
    ("MANAGE_WATCHERS", "Manage Watchers", false),
    ("MODIFY_REPORTER", "Modify Reporter", false),
    ("MOVE_ISSUES", "Move Issues", false),
    ("RESOLVE_ISSUES", "Resolve Issues", false),
    ("SCHEDULE_ISSUES", "Schedule Issues", false),
    ("SERVICEDESK_AGENT", "Service Project Agent", false),
    ("SET_ISSUE_SECURITY", "Set Issue Security", false),
    ("UNARCHIVE_ISSUES", "Restore Issues", false),
    ("VIEW_AGGREGATED_DATA", "View Aggregated Data", false),
    ("VIEW_DEV_TOOLS", "View Development Tools", false),
    ("WORK_ON_ISSUES", "Work On Issues", false),
];

pub(crate) fn exists(key: &str) -> bool {
    PERMISSIONS.iter().any(|known| known.0 == key)
}

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

/// Says for each permission whether the account has it. (Jira REST v3: `permissions` is required since 2019.)
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

/// Each with its key.
pub(crate) fn truth() -> Vec<Value> {
    let each = PERMISSIONS.into_iter().enumerate();
    each.map(|(number, (key, name, global))| permission(number, key, name, global)).collect()
}

fn all(_: &Context<'_>) -> Answer {
    let each = PERMISSIONS.into_iter().enumerate();
    let found: Map<String, Value> =
        each.map(|(number, (key, name, global))| (key.to_string(), permission(number, key, name, global))).collect();
    Ok(Reply::value(&json!({"permissions": found})))
}
