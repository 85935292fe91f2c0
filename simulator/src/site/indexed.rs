//! The indexed values of an issue: what searches and sorting need, compact so that 200,000 issues need a few megabytes.

use crate::time::Millis;

/// Position of an issue in `Site::issues`, which are in order of the numeric ID.
pub(crate) type Position = u32;
/// Marks an empty person or parent.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct IndexedIssue {
    pub id: u64,
    pub created: Millis,
    pub updated: Millis,
    pub project: u32,
    /// The number in the key.
    pub number: u32,
    pub issue_type: u16,
    pub status: u16,
    pub priority: u16,
    /// The index of the resolution, or [`u16::MAX`].
    pub resolution: u16,
    pub assignee: u32,
    pub reporter: u32,
    pub parent: Position,
    /// Children of generated issues have consecutive numbers from here on.
    pub first_comment: u32,
    pub first_worklog: u32,
    pub first_history: u32,
    pub comments: u16,
    pub worklogs: u16,
    pub histories: u16,
    pub deleted: bool,
    /// Hidden from the account by issue security.
    pub hidden: bool,
    pub archived: bool,
    /// Responses omit `updated`. (Reported by users of a public connector.)
    pub undated: bool,
}

impl IndexedIssue {
    /// An empty issue: no people, no children, no resolution.
    pub(crate) const EMPTY: Self = Self {
        id: 0,
        created: 0,
        updated: 0,
        project: 0,
        number: 0,
        issue_type: 0,
        status: 0,
        priority: u16::MAX,
        resolution: u16::MAX,
        assignee: NONE,
        reporter: NONE,
        parent: NONE,
        first_comment: 0,
        first_worklog: 0,
        first_history: 0,
        comments: 0,
        worklogs: 0,
        histories: 0,
        deleted: false,
        hidden: false,
        archived: false,
        undated: false,
    };
}
