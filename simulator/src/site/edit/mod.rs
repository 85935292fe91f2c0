//! Changes to a site, as people working with it would make them.

mod apply;
mod chance;
mod touch;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change. Issues are named by id or key.
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
}

/// What an edit did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// As in [`Edit`], such as `add_comment`.
    pub kind: String,
    /// The numeric id.
    pub issue: String,
    /// After the edit.
    pub key: String,
    /// Id of the comment, worklog, attachment or remote link.
    pub child: Option<String>,
    /// The issue's `updated` moved.
    pub moved_updated: bool,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Edit {
    /// The name the control route uses.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SetField { .. } => "set_field",
            Self::AddComment { .. } => "add_comment",
            Self::EditComment { .. } => "edit_comment",
            Self::DeleteComment { .. } => "delete_comment",
            Self::AddWorklog { .. } => "add_worklog",
            Self::EditWorklog { .. } => "edit_worklog",
            Self::DeleteWorklog { .. } => "delete_worklog",
            Self::Transition { .. } => "transition",
            Self::AddToSprint { .. } => "add_to_sprint",
            Self::Link { .. } => "link",
            Self::Attach { .. } => "attach",
            Self::Vote { .. } => "vote",
            Self::Watch { .. } => "watch",
            Self::AddRemoteLink { .. } => "add_remote_link",
            Self::SetProperty { .. } => "set_property",
            Self::Hide { .. } => "hide",
            Self::Show { .. } => "show",
            Self::Create { .. } => "create",
            Self::Delete { .. } => "delete",
            Self::Move { .. } => "move",
        }
    }

    /// The issue it starts from; for a new one, its project.
    pub(crate) fn subject(&self) -> &str {
        match self {
            Self::Create { project, .. } => project,
            Self::Link { from, .. } => from,
            Self::SetField { issue, .. }
            | Self::AddComment { issue, .. }
            | Self::EditComment { issue, .. }
            | Self::DeleteComment { issue, .. }
            | Self::AddWorklog { issue, .. }
            | Self::EditWorklog { issue, .. }
            | Self::DeleteWorklog { issue, .. }
            | Self::Transition { issue, .. }
            | Self::AddToSprint { issue, .. }
            | Self::Attach { issue, .. }
            | Self::Vote { issue }
            | Self::Watch { issue }
            | Self::AddRemoteLink { issue }
            | Self::SetProperty { issue, .. }
            | Self::Hide { issue }
            | Self::Show { issue }
            | Self::Delete { issue }
            | Self::Move { issue, .. } => issue,
        }
    }
}
