//! The truth about what vanished from the account's sight, and why.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::Site;
use super::catalog::{Place, ProjectState};
use super::row::{Position, Row};
use crate::when::Millis;

/// Why an issue can't be seen. When several things keep it away, the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneKind {
    Deleted,
    /// The account may not browse its project.
    Closed,
    /// Its project is in the trash.
    Trashed,
    /// It is archived, or its project.
    Archived,
    /// By issue security.
    Hidden,
}

/// An issue that existed at the start, or was visible since, and can't be seen now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gone {
    pub id: String,
    /// The last one the account knew; of issues it never saw, the present one.
    pub key: String,
    /// The project of that key.
    pub project_key: String,
    pub kind: GoneKind,
    /// In milliseconds since 1970; the site's start for issues never seen.
    pub since: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneChildKind {
    Comment,
    Worklog,
    Attachment,
}

/// A child that was deleted from an issue that is still visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoneChild {
    pub kind: GoneChildKind,
    pub id: String,
    pub issue_id: String,
    /// In milliseconds since 1970.
    pub at: i64,
}

/// An issue's move to another project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub issue_id: String,
    pub old_key: String,
    pub new_key: String,
    /// In milliseconds since 1970.
    pub at: i64,
}

/// What the site remembers, to tell it.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// When the site began.
    pub start: Millis,
    /// Issues the account saw once, by the moment and the key of the last time.
    issues: HashMap<Position, Lost>,
    /// New issues that the account never saw.
    pub unseen: HashSet<Position>,
    children: Vec<(GoneChildKind, u64, u64, Millis)>,
}

#[derive(Clone, Copy, Debug)]
struct Lost {
    since: Millis,
    project: Place,
    number: u32,
}

impl Losses {
    pub(crate) fn since(start: Millis) -> Self {
        Self { start, ..Self::default() }
    }

    /// An issue came into sight or went out of it.
    pub(crate) fn turned(&mut self, at: Position, visible: bool, key: (Place, u32), since: Millis) {
        if visible {
            self.unseen.remove(&at);
            self.issues.remove(&at);
        } else {
            self.issues.insert(at, Lost { since, project: key.0, number: key.1 });
        }
    }
}

impl Site {
    pub(crate) fn lose(&mut self, kind: GoneChildKind, id: u64, issue: u64, at: Millis) {
        self.losses.children.push((kind, id, issue, at));
    }

    pub(crate) fn gone(&self) -> Vec<Gone> {
        let rows = self.rows.iter().enumerate().map(|(at, row)| (at as Position, row));
        rows.filter(|(at, row)| !self.losses.unseen.contains(at) && !self.visible(row))
            .map(|(at, row)| self.gone_issue(at, row))
            .collect()
    }

    pub(crate) fn changed_at(&self, id: &str) -> Option<i64> {
        let at = self.position(id.parse().ok()?)?;
        Some(self.rows[at as usize].updated)
    }

    fn gone_issue(&self, at: Position, row: &Row) -> Gone {
        let never = Lost { since: self.losses.start, project: row.project, number: row.number };
        let lost = self.losses.issues.get(&at).copied().unwrap_or(never);
        let project_key = self.catalog.projects[lost.project as usize].key.clone();
        let key = format!("{project_key}-{}", lost.number);
        Gone { id: row.id.to_string(), key, project_key, kind: self.reason(row), since: lost.since }
    }

    fn reason(&self, row: &Row) -> GoneKind {
        match self.catalog.projects[row.project as usize].state {
            _ if row.deleted => GoneKind::Deleted,
            _ if !self.browsable(row.project) => GoneKind::Closed,
            ProjectState::Deleted => GoneKind::Trashed,
            ProjectState::Archived => GoneKind::Archived,
            ProjectState::Live if row.archived => GoneKind::Archived,
            ProjectState::Live => GoneKind::Hidden,
        }
    }

    pub(crate) fn gone_children(&self) -> Vec<GoneChild> {
        let still = |issue: u64| self.position(issue).is_some_and(|at| self.visible(&self.rows[at as usize]));
        let told = self.losses.children.iter().filter(|(_, _, issue, _)| still(*issue));
        told.map(|(kind, id, issue, at)| GoneChild {
            kind: *kind,
            id: id.to_string(),
            issue_id: issue.to_string(),
            at: *at,
        })
        .collect()
    }
}
