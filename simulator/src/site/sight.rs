//! What the account may see: of projects, of issues, and what an edit changes about it.

use super::Site;
use super::catalog::{Place, ProjectState};
use super::row::{Position, Row};
use crate::when::Millis;

impl Site {
    /// The account may see what is in this project.
    pub(crate) fn open(&self, project: Place) -> bool {
        self.browsable(project) && self.catalog.projects[project as usize].state == ProjectState::Live
    }

    /// The account may search this project, which may be an archived one if those are asked for. (Jira REST v3:
    /// `includeArchivedProjects`.)
    pub(crate) fn searchable(&self, project: Place, archived: bool) -> bool {
        let state = self.catalog.projects[project as usize].state;
        self.browsable(project) && (state == ProjectState::Live || archived && state == ProjectState::Archived)
    }

    /// The account may browse this project, live or not.
    pub(crate) fn browsable(&self, project: Place) -> bool {
        self.catalog.projects[project as usize].browsable && !self.veiled.contains(&project)
    }

    /// Nothing about the issue itself keeps it from the account; its project may.
    pub(crate) fn shown(&self, row: &Row) -> bool {
        !row.deleted && !row.hidden && !row.archived && !self.veiled_issues.contains(&row.id)
    }

    /// The account may see this issue.
    pub(crate) fn visible(&self, row: &Row) -> bool {
        self.open(row.project) && self.shown(row)
    }

    /// Finds a visible issue.
    pub(crate) fn find_visible(&self, id_or_key: &str) -> Option<Position> {
        self.find(id_or_key).filter(|at| self.visible(&self.rows[*at as usize]))
    }

    /// Whether each issue is visible, in order.
    pub(crate) fn seen(&self) -> Vec<bool> {
        self.rows.iter().map(|row| self.visible(row)).collect()
    }

    /// Notes what the account sees or misses after something that is no change of issues.
    pub(crate) fn compare(&mut self, seen: &[bool], now: Millis) {
        for (at, was) in seen.iter().enumerate() {
            let row = &self.rows[at];
            let is = self.visible(row);
            if *was != is {
                let key = (row.project, row.number);
                self.losses.turned(at as Position, is, key, now);
            }
        }
    }

    /// Notes what the account sees or misses after the changes from a number on.
    pub(crate) fn notice(&mut self, from: usize) {
        for number in from..self.changes.len() {
            let change = &self.changes[number];
            let (at, position) = (change.at, change.position);
            let is = self.visible(&self.rows[position as usize]);
            let Some(before) = &change.before else {
                if !is {
                    self.losses.unseen.insert(position);
                }
                continue;
            };
            let key = (before.row.project, before.row.number);
            if self.visible(&before.row) != is {
                self.losses.turned(position, is, key, at);
            }
        }
    }
}
