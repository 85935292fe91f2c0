//! The visibility of projects and issues to the account, and its changes.

use super::Site;
use super::catalog::{Place, ProjectState};
use super::indexed::{IndexedIssue, Position};
use crate::time::Millis;

impl Site {
    /// The project is live and the account may browse it.
    pub(crate) fn open(&self, project: Place) -> bool {
        self.browsable(project) && self.catalog.projects[project as usize].state == ProjectState::Live
    }

    /// The account may search this project; archived projects only if the request includes them. (Jira REST v3:
    /// `includeArchivedProjects`.)
    pub(crate) fn searchable(&self, project: Place, archived: bool) -> bool {
        let state = self.catalog.projects[project as usize].state;
        self.browsable(project) && (state == ProjectState::Live || archived && state == ProjectState::Archived)
    }

    /// The project is neither archived nor in the trash.
    pub(crate) fn live(&self, project: Place) -> bool {
        self.catalog.projects[project as usize].state == ProjectState::Live
    }

    /// The account may browse this project, live or not.
    pub(crate) fn browsable(&self, project: Place) -> bool {
        self.catalog.projects[project as usize].browsable && !self.hidden_projects.contains(&project)
    }

    /// The issue itself is not hidden; its project may be.
    pub(crate) fn shown(&self, indexed: &IndexedIssue) -> bool {
        !indexed.deleted && !indexed.hidden && !indexed.archived && !self.hidden_issues.contains(&indexed.id)
    }

    /// The account has access to this issue.
    pub(crate) fn visible(&self, indexed: &IndexedIssue) -> bool {
        self.open(indexed.project) && self.shown(indexed)
    }

    /// Finds a visible issue.
    pub(crate) fn find_visible(&self, id_or_key: &str) -> Option<Position> {
        self.find(id_or_key).filter(|at| self.visible(&self.issues[*at as usize]))
    }

    /// Whether each issue is visible, in order.
    pub(crate) fn visibility(&self) -> Vec<bool> {
        self.issues.iter().map(|indexed| self.visible(indexed)).collect()
    }

    /// Records which issues became visible or invisible by something other than a change of issues.
    pub(crate) fn record_visibility(&mut self, seen: &[bool], now: Millis) {
        for (at, was) in seen.iter().enumerate() {
            let indexed = &self.issues[at];
            let is = self.visible(indexed);
            if *was != is {
                let key = (indexed.project, indexed.number);
                self.visibility_log.record(at as Position, is, key, now);
            }
        }
    }

    /// Records which issues became visible or invisible by the changes from a number on.
    pub(crate) fn record_visibility_since(&mut self, from: usize) {
        for number in from..self.changes.len() {
            let change = &self.changes[number];
            let (at, position) = (change.at, change.position);
            let is = self.visible(&self.issues[position as usize]);
            let Some(before) = &change.before else {
                if !is {
                    self.visibility_log.never_visible.insert(position);
                }
                continue;
            };
            let key = (before.indexed.project, before.indexed.number);
            if self.visible(&before.indexed) != is {
                self.visibility_log.record(position, is, key, at);
            }
        }
    }
}
