//! The name of each edit, and its issue.

use super::Edit;

impl Edit {
    /// The name that the control route uses.
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
            Self::DeleteAttachment { .. } => "delete_attachment",
            Self::DeleteLink { .. } => "delete_link",
            Self::Unvote { .. } => "unvote",
            Self::Unwatch { .. } => "unwatch",
            Self::DeleteRemoteLink { .. } => "delete_remote_link",
            Self::DeleteProperty { .. } => "delete_property",
            Self::ArchiveIssue { .. } => "archive_issue",
            Self::UnarchiveIssue { .. } => "unarchive_issue",
            Self::ArchiveProject { .. } => "archive_project",
            Self::RestoreProject { .. } => "restore_project",
            Self::TrashProject { .. } => "trash_project",
            Self::RevokeProjectAccess { .. } => "revoke_project_access",
            Self::GrantProjectAccess { .. } => "grant_project_access",
            Self::RenameProject { .. } => "rename_project",
            Self::CloseSprint { .. } => "close_sprint",
            Self::RenameSprint { .. } => "rename_sprint",
            Self::DeleteSprint { .. } => "delete_sprint",
            Self::RenameField { .. } => "rename_field",
            Self::DeactivateUser { .. } => "deactivate_user",
            Self::DeleteVersion { .. } => "delete_version",
            Self::DeleteComponent { .. } => "delete_component",
            Self::SetZone { .. } => "set_zone",
        }
    }

    /// The edit changes or creates an issue, rather than the catalog.
    pub(super) fn concerns_issues(&self) -> bool {
        matches!(self, Self::Create { .. }) || self.subject().is_some()
    }

    /// The edited issue; `None` for edits of the catalog and the account, and for new issues.
    pub(super) fn subject(&self) -> Option<&str> {
        match self {
            Self::Link { from, .. } => Some(from),
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
            | Self::Vote { issue, .. }
            | Self::Watch { issue, .. }
            | Self::AddRemoteLink { issue, .. }
            | Self::SetProperty { issue, .. }
            | Self::Hide { issue, .. }
            | Self::Show { issue, .. }
            | Self::Delete { issue, .. }
            | Self::Move { issue, .. }
            | Self::DeleteAttachment { issue, .. }
            | Self::DeleteLink { issue, .. }
            | Self::Unvote { issue, .. }
            | Self::Unwatch { issue, .. }
            | Self::DeleteRemoteLink { issue, .. }
            | Self::DeleteProperty { issue, .. }
            | Self::ArchiveIssue { issue, .. }
            | Self::UnarchiveIssue { issue, .. } => Some(issue),
            Self::Create { .. }
            | Self::ArchiveProject { .. }
            | Self::RestoreProject { .. }
            | Self::TrashProject { .. }
            | Self::RevokeProjectAccess { .. }
            | Self::GrantProjectAccess { .. }
            | Self::RenameProject { .. }
            | Self::CloseSprint { .. }
            | Self::RenameSprint { .. }
            | Self::DeleteSprint { .. }
            | Self::RenameField { .. }
            | Self::DeactivateUser { .. }
            | Self::DeleteVersion { .. }
            | Self::DeleteComponent { .. }
            | Self::SetZone { .. } => None,
        }
    }
}
