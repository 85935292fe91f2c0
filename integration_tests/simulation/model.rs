//! The model of a case: what its edits allow a destination to know, beyond what the site shows now.

use crate::support::Site;
use jira_simulator::{Edit, Edited};
use serde_json::json;
use std::collections::BTreeSet;

/// Kinds of edits that leave the issue's `updated` as it is: streams show them with the issue's next change.
const WITHOUT_UPDATED: [&str; 8] =
    ["vote", "unvote", "watch", "unwatch", "add_remote_link", "delete_remote_link", "set_property", "delete_property"];

/// Of all edits so far.
#[derive(Default)]
pub struct Model {
    pub edits: u64,
    /// Issues whose last edit left `updated` as it was.
    changed_without_updated: BTreeSet<String>,
    /// Issues that became visible again, one by one.
    shown_again: BTreeSet<String>,
    /// Projects that became visible again.
    projects_shown_again: BTreeSet<String>,
    /// Kind of edit and ID, of what was deleted from issues without a change of their `updated`.
    deleted_values: BTreeSet<(String, String)>,
}

impl Model {
    pub fn apply(&mut self, edits: &[Edited]) {
        self.edits += edits.len() as u64;
        for edit in edits {
            let issue = || edit.issue.clone();
            match edit.kind.as_str() {
                kind if WITHOUT_UPDATED.contains(&kind) => drop(self.changed_without_updated.insert(issue())),
                "show" | "unarchive_issue" => drop(self.shown_again.insert(issue())),
                "restore_project" | "grant_project_access" => drop(self.projects_shown_again.insert(edit.key.clone())),
                kind @ ("delete_sprint" | "delete_version" | "delete_component") => {
                    self.deleted_values.insert((kind.to_owned(), edit.child.clone().unwrap_or_default()));
                }
                _ if edit.moved_updated => drop(self.changed_without_updated.remove(&edit.issue)),
                _ => {}
            }
        }
    }

    /// What belongs to the issue may have changed after its `updated`.
    pub fn changed_without_updated(&self, issue: &str) -> bool {
        self.changed_without_updated.contains(issue)
    }

    /// The issue was hidden once, alone or with its project, which its key names.
    pub fn was_hidden(&self, issue: &str, key: &str) -> bool {
        let project = key.rsplit_once('-').map_or(key, |(project, _)| project);
        self.shown_again.contains(issue) || self.projects_shown_again.contains(project)
    }

    /// Whether an issue was hidden, not just its project, and shown again.
    pub fn came_back(&self, issue: &str) -> bool {
        self.shown_again.contains(issue)
    }

    /// A sprint, version or component that was deleted.
    pub fn is_deleted_value(&self, kind: &str, id: &str) -> bool {
        self.deleted_values.contains(&(kind.to_owned(), id.to_owned()))
    }

    /// Edits each issue that a sync can find only by its next change: those shown again, those changed without `updated`.
    pub fn touch(&mut self, site: &Site, shown_again: bool, without_updated: bool) -> Vec<Edited> {
        let mut touched = Vec::new();
        for issue in site.truth("issues") {
            let id = issue["id"].as_str().unwrap_or_default();
            let parent = issue["fields"]["parent"]["id"].as_str().unwrap_or_default();
            if self.shown_again.contains(parent) {
                self.shown_again.insert(id.to_owned());
            }
            let is_due = shown_again && self.shown_again.contains(id)
                || without_updated && self.changed_without_updated.contains(id);
            if is_due {
                let value = json!(format!("touched {id}"));
                let edit = Edit::SetField { issue: id.to_owned(), field: "summary".to_owned(), value };
                let edited = site.edit(edit).expect("a visible issue can be edited");
                self.apply(std::slice::from_ref(&edited));
                touched.push(edited);
            }
        }
        touched
    }
}
