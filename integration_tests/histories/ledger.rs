//! What was done to a site, as far as it decides what a destination can know of it.

use crate::support::Site;
use jira_simulator::{Edit, Edited};
use serde_json::json;
use std::collections::BTreeSet;

/// Edits of these kinds change what hangs on an issue without moving its `updated`: its streams show them when the issue
/// changes next.
const QUIET: [&str; 8] =
    ["vote", "unvote", "watch", "unwatch", "add_remote_link", "delete_remote_link", "set_property", "delete_property"];

/// Of all edits so far.
#[derive(Default)]
pub struct Ledger {
    pub edits: u64,
    /// Issues whose last edit was a quiet one.
    quiet: BTreeSet<String>,
    /// Issues that came back into sight one by one.
    returned: BTreeSet<String>,
    /// Projects that came back into sight.
    reopened: BTreeSet<String>,
    /// Kind of edit and id, of what vanished from issues without moving their `updated`.
    dropped: BTreeSet<(String, String)>,
}

impl Ledger {
    pub fn note(&mut self, edits: &[Edited]) {
        self.edits += edits.len() as u64;
        for edit in edits {
            let issue = || edit.issue.clone();
            match edit.kind.as_str() {
                kind if QUIET.contains(&kind) => drop(self.quiet.insert(issue())),
                "show" | "unarchive_issue" => drop(self.returned.insert(issue())),
                "restore_project" | "open_project" => drop(self.reopened.insert(edit.key.clone())),
                kind @ ("delete_sprint" | "delete_version" | "delete_component") => {
                    self.dropped.insert((kind.to_owned(), edit.child.clone().unwrap_or_default()));
                }
                _ if edit.moved_updated => drop(self.quiet.remove(&edit.issue)),
                _ => {}
            }
        }
    }

    /// What hangs on the issue without moving its `updated` may have changed since.
    pub fn is_quiet(&self, issue: &str) -> bool {
        self.quiet.contains(issue)
    }

    /// It was out of sight once, by itself rather than with its project.
    pub fn has_returned(&self, issue: &str) -> bool {
        self.returned.contains(issue)
    }

    /// It was out of sight once, by itself or with its project, which its key names.
    pub fn was_hidden(&self, issue: &str, key: &str) -> bool {
        let project = key.rsplit_once('-').map_or(key, |(project, _)| project);
        self.has_returned(issue) || self.reopened.contains(project)
    }

    /// A sprint, version or component that was deleted.
    pub fn is_dropped(&self, kind: &str, id: &str) -> bool {
        self.dropped.contains(&(kind.to_owned(), id.to_owned()))
    }

    /// Changes what came back into sight by itself, where there is no other way to find it, and what changed quietly.
    pub fn touch(&mut self, site: &Site, returned: bool, quiet: bool) {
        for issue in site.truth("issues") {
            let id = issue["id"].as_str().unwrap_or_default();
            let parent = issue["fields"]["parent"]["id"].as_str().unwrap_or_default();
            if self.returned.contains(parent) {
                self.returned.insert(id.to_owned());
            }
            if returned && self.returned.contains(id) || quiet && self.quiet.contains(id) {
                let value = json!(format!("touched {id}"));
                let edit = Edit::SetField { issue: id.to_owned(), field: "summary".to_owned(), value };
                let edited = site.edit(edit).expect("a visible issue can be edited");
                self.note(&[edited]);
            }
        }
    }
}
