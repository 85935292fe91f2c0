//! Missing issues and deleted children: what the account has lost access to, when, and why.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::Site;
use super::catalog::{Place, ProjectState};
use super::indexed::{IndexedIssue, Position};
use crate::time::Millis;

/// Why an issue isn't visible. If several reasons apply, the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingReason {
    Deleted,
    /// The account may not browse its project.
    AccessRevoked,
    /// Its project is in the trash.
    ProjectInTrash,
    /// The issue or its project is archived.
    Archived,
    /// Hidden by issue security.
    Hidden,
}

/// An issue that existed at the start, or was visible later, and is not visible now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingIssue {
    pub id: String,
    /// The last visible key; for issues that were never visible, the current key.
    pub key: String,
    /// The project of that key.
    pub project_key: String,
    pub kind: MissingReason,
    /// In milliseconds since 1970; for issues that were never visible, the start of the site.
    pub since: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildKind {
    Comment,
    Worklog,
    Attachment,
}

/// A child that was deleted from an issue that is still visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeletedChild {
    pub kind: ChildKind,
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

/// The changes of visibility since the start.
#[derive(Debug, Default)]
pub(crate) struct VisibilityLog {
    /// The start of the site.
    pub start: Millis,
    /// Issues that were visible: when they were last visible, and their key at that time.
    issues: HashMap<Position, LastSeen>,
    /// New issues that were never visible.
    pub never_visible: HashSet<Position>,
    children: Vec<(ChildKind, u64, u64, Millis)>,
}

#[derive(Clone, Copy, Debug)]
struct LastSeen {
    since: Millis,
    project: Place,
    number: u32,
}

impl VisibilityLog {
    pub(crate) fn since(start: Millis) -> Self {
        Self { start, ..Self::default() }
    }

    /// Records that an issue became visible or invisible.
    pub(crate) fn record(&mut self, at: Position, visible: bool, key: (Place, u32), since: Millis) {
        if visible {
            self.never_visible.remove(&at);
            self.issues.remove(&at);
        } else {
            self.issues.insert(at, LastSeen { since, project: key.0, number: key.1 });
        }
    }
}

impl Site {
    pub(crate) fn record_deleted_child(&mut self, kind: ChildKind, id: u64, issue: u64, at: Millis) {
        self.visibility_log.children.push((kind, id, issue, at));
    }

    pub(crate) fn missing_issues(&self) -> Vec<MissingIssue> {
        let issues = self.issues.iter().enumerate().map(|(at, indexed)| (at as Position, indexed));
        issues
            .filter(|(at, indexed)| !self.visibility_log.never_visible.contains(at) && !self.visible(indexed))
            .map(|(at, indexed)| self.missing_issue(at, indexed))
            .collect()
    }

    pub(crate) fn changed_at(&self, id: &str) -> Option<i64> {
        let at = self.position(id.parse().ok()?)?;
        Some(self.issues[at as usize].updated)
    }

    fn missing_issue(&self, at: Position, indexed: &IndexedIssue) -> MissingIssue {
        let never = LastSeen { since: self.visibility_log.start, project: indexed.project, number: indexed.number };
        let lost = self.visibility_log.issues.get(&at).copied().unwrap_or(never);
        let project_key = self.catalog.projects[lost.project as usize].key.clone();
        let key = format!("{project_key}-{}", lost.number);
        MissingIssue { id: indexed.id.to_string(), key, project_key, kind: self.reason(indexed), since: lost.since }
    }

    fn reason(&self, indexed: &IndexedIssue) -> MissingReason {
        match self.catalog.projects[indexed.project as usize].state {
            _ if indexed.deleted => MissingReason::Deleted,
            _ if !self.browsable(indexed.project) => MissingReason::AccessRevoked,
            ProjectState::Deleted => MissingReason::ProjectInTrash,
            ProjectState::Archived => MissingReason::Archived,
            ProjectState::Live if indexed.archived => MissingReason::Archived,
            ProjectState::Live => MissingReason::Hidden,
        }
    }

    pub(crate) fn deleted_children(&self) -> Vec<DeletedChild> {
        let still = |issue: u64| self.position(issue).is_some_and(|at| self.visible(&self.issues[at as usize]));
        let deleted = self.visibility_log.children.iter().filter(|(_, _, issue, _)| still(*issue));
        deleted
            .map(|(kind, id, issue, at)| DeletedChild {
                kind: *kind,
                id: id.to_string(),
                issue_id: issue.to_string(),
                at: *at,
            })
            .collect()
    }
}
