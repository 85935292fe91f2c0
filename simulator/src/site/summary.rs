//! How much a site holds.

use serde::Serialize;

use super::Site;
use super::catalog::ProjectState;
use super::made::build::Parts;
use super::row::Position;
use crate::api::agile;
use crate::render::children::readable;

/// Counts of what the account may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub issues: u64,
    /// Also those that are deleted, hidden, or in projects the account can't read.
    pub issues_of_site: u64,
    pub comments: u64,
    pub worklogs: u64,
    pub histories: u64,
    pub attachments: u64,
    pub remote_links: u64,
    /// Live ones.
    pub projects: u64,
    pub projects_of_site: u64,
    pub users: u64,
    pub groups: u64,
    pub boards: u64,
    pub sprints: u64,
    pub fields: u64,
}

impl Site {
    pub(crate) fn summary(&self) -> Summary {
        let live = |at: &usize| self.open(*at as u32);
        let mut summary = Summary {
            issues_of_site: self.rows.len() as u64,
            projects: (0..self.catalog.projects.len()).filter(live).count() as u64,
            projects_of_site: self.catalog.projects.len() as u64,
            users: self.catalog.users.len() as u64,
            groups: self.catalog.groups.len() as u64,
            boards: agile::boards_truth(self, false).len() as u64,
            sprints: agile::sprints_truth(self, false).len() as u64,
            fields: self.catalog.fields.len() as u64,
            ..Summary::default()
        };
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| self.visible(row)) {
            self.count(&mut summary, at as Position, row.histories);
        }
        summary
    }

    fn count(&self, summary: &mut Summary, at: Position, histories: u16) {
        summary.issues += 1;
        if let Some(recorded) = self.recorded.get(&at) {
            summary.comments += recorded.comments.len() as u64;
            summary.worklogs += recorded.worklogs.len() as u64;
            summary.histories += recorded.histories.len() as u64;
            summary.remote_links += recorded.remote_links.len() as u64;
            return;
        }
        let issue = self.parts(at, Parts::CHILDREN);
        summary.comments += readable(&issue).count() as u64;
        summary.worklogs += issue.worklogs.len() as u64;
        summary.attachments += issue.attachments.len() as u64;
        summary.remote_links += issue.remote_links.len() as u64;
        let kept = self.changed.get(&at).map(|issue| issue.histories.len() as u64);
        summary.histories += kept.unwrap_or(u64::from(histories));
    }

    /// A project that is neither archived nor in the trash.
    pub(crate) fn live(&self, project: u32) -> bool {
        self.catalog.projects[project as usize].state == ProjectState::Live
    }
}
