//! Changes to a site, as people working with it would make them.

mod apply;
mod around;
mod chance;
mod history;
mod kind;
mod link;
mod project;
mod remove;
mod touch;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change. Issues and projects are named by id or key; without the id of a child the newest is meant.
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
        /// Only for a role the account isn't in.
        #[serde(default)]
        restricted: bool,
    },
    /// Without an id: the newest one. The same holds for the other children.
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
    /// To a status by id or name; without one, to the next status of the project.
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
    /// Doesn't move `updated`, as the next five.
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
    /// Issue security keeps the issue from the account from now on.
    Hide {
        issue: String,
    },
    Show {
        issue: String,
    },
    Create {
        /// By id or key.
        project: String,
        #[serde(default)]
        summary: Option<String>,
    },
    /// Sub-tasks go with it.
    Delete {
        issue: String,
    },
    /// To another project: the id stays, the key changes, the old key still finds the issue.
    Move {
        issue: String,
        project: String,
    },
    DeleteAttachment {
        issue: String,
        #[serde(default)]
        attachment: Option<String>,
    },
    /// At both ends.
    DeleteLink {
        issue: String,
        #[serde(default)]
        link: Option<String>,
    },
    /// Takes back the account's own vote or, without one, the newest. Doesn't move `updated`, as the next three.
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
    /// Sub-tasks go with it, and come back with it. Doesn't move `updated`.
    ArchiveIssue {
        issue: String,
    },
    UnarchiveIssue {
        issue: String,
    },
    ArchiveProject {
        project: String,
    },
    /// Out of the archive or the trash.
    RestoreProject {
        project: String,
    },
    TrashProject {
        project: String,
    },
    /// The account may not browse it any more.
    CloseProject {
        project: String,
    },
    OpenProject {
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
    /// It leaves the issues' sprint field without moving `updated`.
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
    /// By id or name. It leaves the issues without moving `updated`.
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

/// What an edit did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// As in [`Edit`], such as `add_comment`.
    pub kind: String,
    /// The numeric id; empty when the edit is of no issue.
    pub issue: String,
    /// After the edit; of a project, its key.
    pub key: String,
    /// Id of the comment, worklog, attachment, link or remote link; in edits of no issue, of what was edited.
    pub child: Option<String>,
    /// The issue's `updated` moved.
    pub moved_updated: bool,
    /// When, in milliseconds since 1970.
    pub at: i64,
}
