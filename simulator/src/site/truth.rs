//! The whole truth about a site: every entity, complete, without pages and caps.

use std::collections::HashSet;

use serde_json::Value;

use super::Site;
use super::catalog::{Named, Place, left};
use super::row::Position;
use crate::api::{
    agile, fields as field_routes, lists as list_routes, people, permissions, project, screens, setup, surroundings,
};
use crate::json::Json;
use crate::render::asked::{Asked, Default};
use crate::render::past::Entries;
use crate::render::{Caps, Renderer, lists, own};

/// What [`crate::Running::truth`] and `/_sim/truth/{entity}` can tell. Children of issues carry `issueId`.
pub const ENTITIES: &[&str] = &[
    "issues",
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

impl Site {
    pub(crate) fn truth(&self, entity: &str, hidden: bool) -> Vec<Value> {
        self.truth_lines(entity, hidden).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// One JSON object a line.
    pub(crate) fn truth_lines(&self, entity: &str, hidden: bool) -> String {
        if let Some(values) = self.catalog_truth(entity, hidden) {
            return values.iter().map(|value| format!("{value}\n")).collect();
        }
        let names = if entity == "issues" { vec!["*all".to_string()] } else { vec![entity_field(entity).to_string()] };
        let asked = Asked::of(&self.catalog, names, &[], Default::All);
        let renderer = Renderer { site: self, asked: &asked, caps: Caps::NONE };
        let mut out = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            if !row.deleted && (hidden || self.visible(row)) {
                self.issue_truth(&renderer, entity, at as Position, hidden, &mut out);
            }
        }
        out
    }

    fn issue_truth(&self, renderer: &Renderer<'_>, entity: &str, at: Position, hidden: bool, out: &mut String) {
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        match entity {
            "issues" => {
                let mut json = Json::with_capacity(16 * 1024);
                renderer.issue_at(&mut json, at);
                line(&json.finish());
            }
            "comments" => {
                let all = if hidden { lists::all_comments(self, at) } else { lists::comments(self, at) };
                all.iter().for_each(|one| line(&self.with_issue(at, &one.1)));
            }
            "worklogs" => lists::worklogs(self, at).iter().for_each(|one| line(&self.with_issue(at, &one.1))),
            "changelogs" => {
                let entries = Entries::of(self, at, &[]);
                for entry in 0..entries.len() {
                    let mut json = Json::default();
                    entries.write(&mut json, entry, false);
                    line(&self.with_issue(at, &json.finish()));
                }
            }
            _ => own::children(renderer, entity, at).iter().for_each(|one| line(&self.with_issue(at, one))),
        }
    }

    /// Adds `issueId` to an object that doesn't have it.
    fn with_issue(&self, at: Position, object: &str) -> String {
        let id = self.rows[at as usize].id;
        if object.contains(&format!("\"issueId\":\"{id}\"")) {
            return object.to_string();
        }
        let more = if object == "{}" { "}" } else { &format!(",{}", &object[1..]) };
        format!("{{\"issueId\":\"{id}\"{more}")
    }

    fn catalog_truth(&self, entity: &str, hidden: bool) -> Option<Vec<Value>> {
        let named = |list: &[Named]| list_routes::bodies(self, list, hidden);
        let kept = |deleted: &HashSet<Place>, list: &[Named]| list_routes::bodies(self, left(deleted, list), hidden);
        let deleted = &self.catalog.deleted;
        Some(match entity {
            "projects" => project::truth(self, hidden),
            "users" => self.catalog.users.iter().map(|user| user.body.clone()).collect(),
            "groups" => people::groups(self),
            "group_members" => people::members_truth(self),
            "boards" => agile::boards_truth(self, hidden),
            "board_issues" => agile::issues_truth(self),
            "board_configurations" => agile::configurations_truth(self, hidden),
            "sprints" => agile::sprints_truth(self, hidden),
            "fields" => field_routes::all(self),
            "versions" => kept(&deleted.versions, &self.catalog.versions),
            "components" => kept(&deleted.components, &self.catalog.components),
            "filters" => self.catalog.filters.clone(),
            "issue_types" => list_routes::issue_types(self, hidden),
            "statuses" => named(&self.catalog.statuses),
            "priorities" => named(&self.catalog.priorities),
            "resolutions" => named(&self.catalog.resolutions),
            "labels" => self.catalog.labels.iter().map(|label| serde_json::json!({"label": label})).collect(),
            "issue_link_types" => named(&self.catalog.link_types),
            "project_categories" => self.catalog.categories.clone(),
            "project_types" => surroundings::types_truth(),
            "project_avatars" => surroundings::project_avatars_truth(self),
            "project_addresses" => surroundings::addresses_truth(self),
            "security_levels" => surroundings::levels_truth(self),
            "avatars" => surroundings::avatars_truth(self),
            "user_details" => people::detailed_truth(self),
            "application_roles" => self.catalog.application_roles.clone(),
            "project_roles" => self.catalog.roles.clone(),
            "permissions" => permissions::truth(),
            "permission_schemes" => self.catalog.permission_schemes.clone(),
            "screens" => screens::screens_truth(self),
            "screen_tabs" => screens::tabs_truth(self),
            "screen_tab_fields" => screens::fields_truth(self),
            "screen_schemes" => self.catalog.screen_schemes.clone(),
            "filter_shares" => list_routes::shares_truth(self),
            "field_contexts" => field_routes::contexts_truth(self),
            "field_options" => field_routes::options_truth(self),
            "notification_schemes" => setup::notifications_truth(self),
            "workflows" => setup::workflows_truth(self),
            _ => return self.setup_truth(entity).cloned(),
        })
    }
}

impl Site {
    /// What administrators set up, as far as it is the same for all of them.
    fn setup_truth(&self, entity: &str) -> Option<&Vec<Value>> {
        let setup = &self.catalog.setup;
        Some(match entity {
            "dashboards" => &setup.dashboards,
            "field_schemes" => &setup.field_schemes,
            "issue_type_schemes" => &setup.issue_type_schemes,
            "issue_type_screen_schemes" => &setup.issue_type_screen_schemes,
            "security_schemes" => &setup.security_schemes,
            "workflow_schemes" => &setup.workflow_schemes,
            "status_categories" => &setup.status_categories,
            "settings" => &setup.settings,
            "columns" => &setup.columns,
            "time_tracking" => &setup.time_tracking,
            _ => return None,
        })
    }
}

fn entity_field(entity: &str) -> &str {
    match entity {
        "attachments" => "attachment",
        "issue_links" => "issuelinks",
        _ => "summary",
    }
}
