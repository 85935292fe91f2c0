//! Edits of a site, as users make them.

mod apply;
mod catalog;
mod history;
mod kind;
mod link;
mod project;
mod random;
mod remove;
mod touch;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One edit. Issues and projects are given by ID or key; without the ID of a child the newest is edited.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// `summary`, `description`, `priority`, `assignee`, `labels`, `duedate`, or a custom field with its JSON value.
    SetField {
        issue: String,
        field: String,
        value: Value,
    },
    AddComment {
        issue: String,
        #[serde(default)]
        text: Option<String>,
        /// Restricted to a role that the account doesn't have.
        #[serde(default)]
        restricted: bool,
    },
    /// Without an ID: the newest one, as for the other children.
    EditComment {
        issue: String,
        #[serde(default)]
        comment: Option<String>,
    },
    DeleteComment {
        issue: String,
        #[serde(default)]
        comment: Option<String>,
    },
    AddWorklog {
        issue: String,
        #[serde(default)]
        seconds: Option<i64>,
    },
    EditWorklog {
        issue: String,
        #[serde(default)]
        worklog: Option<String>,
    },
    DeleteWorklog {
        issue: String,
        #[serde(default)]
        worklog: Option<String>,
    },
    /// To a status by ID or name; by default, to the next status of the project.
    Transition {
        issue: String,
        #[serde(default)]
        status: Option<String>,
    },
    AddToSprint {
        issue: String,
        sprint: u64,
    },
    Link {
        from: String,
        to: String,
    },
    Attach {
        issue: String,
        #[serde(default)]
        name: Option<String>,
    },
    /// Doesn't update the issue's `updated`, nor do the next five.
    Vote {
        issue: String,
    },
    Watch {
        issue: String,
    },
    AddRemoteLink {
        issue: String,
    },
    SetProperty {
        issue: String,
        key: String,
        value: Value,
    },
    /// Issue security hides the issue from the account from now on.
    Hide {
        issue: String,
    },
    Show {
        issue: String,
    },
    Create {
        /// By ID or key.
        project: String,
        #[serde(default)]
        summary: Option<String>,
    },
    /// Its sub-tasks are deleted, too.
    Delete {
        issue: String,
    },
    /// To another project: the ID stays, the key changes, and the old key still finds the issue.
    Move {
        issue: String,
        project: String,
    },
    DeleteAttachment {
        issue: String,
        #[serde(default)]
        attachment: Option<String>,
    },
    /// On both issues.
    DeleteLink {
        issue: String,
        #[serde(default)]
        link: Option<String>,
    },
    /// Removes the account's own vote or, without one, the newest. Doesn't update `updated`, nor do the next three.
    Unvote {
        issue: String,
    },
    Unwatch {
        issue: String,
    },
    DeleteRemoteLink {
        issue: String,
        #[serde(default)]
        link: Option<String>,
    },
    DeleteProperty {
        issue: String,
        key: String,
    },
    /// Its sub-tasks are archived and restored with it. Doesn't update `updated`.
    ArchiveIssue {
        issue: String,
    },
    UnarchiveIssue {
        issue: String,
    },
    ArchiveProject {
        project: String,
    },
    /// From the archive or the trash.
    RestoreProject {
        project: String,
    },
    TrashProject {
        project: String,
    },
    /// The account may no longer browse it.
    RevokeProjectAccess {
        project: String,
    },
    GrantProjectAccess {
        project: String,
    },
    RenameProject {
        project: String,
        name: String,
    },
    CloseSprint {
        sprint: u64,
    },
    RenameSprint {
        sprint: u64,
        name: String,
    },
    /// It is removed from the issues' sprint field without an update of `updated`.
    DeleteSprint {
        sprint: u64,
    },
    RenameField {
        field: String,
        name: String,
    },
    DeactivateUser {
        account: String,
    },
    /// By ID or name. It is removed from the issues without an update of `updated`.
    DeleteVersion {
        project: String,
        version: String,
    },
    /// As a version.
    DeleteComponent {
        project: String,
        component: String,
    },
    /// The account's time zone, until a scenario sets another.
    SetZone {
        zone: String,
    },
}

/// The result of an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// As in [`Edit`], such as `add_comment`.
    pub kind: String,
    /// The numeric ID; empty if the edit changes no issue.
    pub issue: String,
    /// The key after the edit; for an edit of a project, the project's key.
    pub key: String,
    /// ID of the comment, worklog, attachment, link or remote link; for other edits, of the edited entity.
    pub child: Option<String>,
    /// The edit updated the issue's `updated`.
    pub moved_updated: bool,
    /// Time of the edit, in milliseconds since 1970.
    pub at: i64,
}
