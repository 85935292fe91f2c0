//! The ground truth of a site: every entity, complete, without pages and limits.
//!
//! It uses the renderer and the bodies of the routes, so it is a layer above the routes and the model; only the server
//! and the control routes use it.

mod boards;
mod issues;
mod people;
mod projects;
mod screens;
mod setup;
pub(crate) mod summary;

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::api::{fields, lists, permissions, project_details};
use crate::site::Site;
use crate::site::catalog::{Named, Place, left};

/// The entities that [`crate::Running::truth`] and `/_sim/truth/{entity}` give. Children of issues carry `issueId`.
pub const ENTITIES: &[&str] = &[
    "issues",
    "archived_issues",
    "archived_comments",
    "archived_worklogs",
    "archived_attachments",
    "comments",
    "worklogs",
    "changelogs",
    "attachments",
    "issue_links",
    "voters",
    "watchers",
    "remote_links",
    "feature_flags",
    "properties",
    "transitions",
    "sprint_issues",
    "projects",
    "users",
    "groups",
    "group_members",
    "boards",
    "sprints",
    "fields",
    "versions",
    "components",
    "filters",
    "issue_types",
    "statuses",
    "priorities",
    "resolutions",
    "labels",
    "board_configurations",
    "board_issues",
    "issue_link_types",
    "project_categories",
    "project_types",
    "project_avatars",
    "project_addresses",
    "security_levels",
    "avatars",
    "user_details",
    "application_roles",
    "project_roles",
    "permissions",
    "permission_schemes",
    "screens",
    "screen_tabs",
    "screen_tab_fields",
    "screen_schemes",
    "dashboards",
    "filter_shares",
    "field_contexts",
    "field_options",
    "field_schemes",
    "issue_type_schemes",
    "issue_type_screen_schemes",
    "notification_schemes",
    "security_schemes",
    "workflow_schemes",
    "workflows",
    "status_categories",
    "settings",
    "columns",
    "time_tracking",
];

/// All records of an entity; `hidden`: also those that the account has no access to.
pub(crate) fn values(site: &Site, entity: &str, hidden: bool) -> Vec<Value> {
    lines(site, entity, hidden).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The same, one JSON object a line.
pub(crate) fn lines(site: &Site, entity: &str, hidden: bool) -> String {
    match of_catalog(site, entity, hidden) {
        Some(values) => values.iter().map(|value| format!("{value}\n")).collect(),
        None => issues::lines(site, entity, hidden),
    }
}

/// Entities of the catalog; `None` for issues and their children.
fn of_catalog(site: &Site, entity: &str, hidden: bool) -> Option<Vec<Value>> {
    let catalog = &site.catalog;
    let named = |list: &[Named]| lists::bodies(site, list, hidden);
    let kept = |deleted: &HashSet<Place>, list: &[Named]| lists::bodies(site, left(deleted, list), hidden);
    Some(match entity {
        "projects" => projects::projects(site, hidden),
        "users" => catalog.users.iter().map(|user| user.body.clone()).collect(),
        "groups" => crate::api::people::groups(site),
        "group_members" => people::group_members(site),
        "boards" => boards::boards(site, hidden),
        "board_issues" => boards::issues(site),
        "board_configurations" => boards::configurations(site, hidden),
        "sprints" => boards::sprints(site, hidden),
        "fields" => fields::all(site),
        "versions" => kept(&catalog.deleted.versions, &catalog.versions),
        "components" => kept(&catalog.deleted.components, &catalog.components),
        "filters" => catalog.filters.clone(),
        "issue_types" => lists::issue_types(site, hidden),
        "statuses" => named(&catalog.statuses),
        "priorities" => named(&catalog.priorities),
        "resolutions" => named(&catalog.resolutions),
        "labels" => catalog.labels.iter().map(|label| json!({"label": label})).collect(),
        "issue_link_types" => named(&catalog.link_types),
        "project_categories" => catalog.categories.clone(),
        "project_types" => project_details::types(),
        "project_avatars" => projects::project_avatars(site),
        "project_addresses" => projects::addresses(site),
        "security_levels" => projects::security_levels(site),
        "avatars" => projects::avatars(site),
        "user_details" => people::detailed_users(site),
        "application_roles" => catalog.application_roles.clone(),
        "project_roles" => catalog.roles.clone(),
        "permissions" => permissions::bodies().collect(),
        "permission_schemes" => catalog.permission_schemes.clone(),
        "screens" => screens::screens(site),
        "screen_tabs" => screens::tabs(site),
        "screen_tab_fields" => screens::tab_fields(site),
        "screen_schemes" => catalog.screen_schemes.clone(),
        "filter_shares" => setup::filter_shares(site),
        "field_contexts" => setup::field_contexts(site),
        "field_options" => setup::field_options(site),
        "notification_schemes" => setup::notification_schemes(site),
        "workflows" => setup::workflows(site),
        _ => return setup::plain(site, entity).cloned(),
    })
}
