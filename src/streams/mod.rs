//! What the streams are: static tables by API area, and the types of these tables. `sync` reads the streams.
//!
//! A new stream is a literal in the file of its area, a line in [`ALL`], and `schemas/<name>.json`; CONTRIBUTING.md lists the
//! other files.

mod deletions;
mod fields;
mod issue_ids;
mod issues;
mod people;
mod permission;
mod projects;
mod schemes;
mod screens;
mod settings;
mod software;
mod stream;

pub use permission::{ADMINISTER, Given, Permission, Without};
pub use projects::PROJECTS;
pub use stream::{
    Add, AirbyteShape, Boards, Deletions, IssueStream, Keep, ListEndpoint, Paging, Partition, Shape, SiteField, Skip,
    SnapshotDiff, Source, Stream, When,
};

/// Every stream, in the order of `discover`.
pub static ALL: &[&Stream] = &[
    &issues::ISSUES,
    &issues::ISSUE_COMMENTS,
    &issues::ISSUE_WORKLOGS,
    &issues::ISSUE_CHANGELOGS,
    &issues::ISSUE_TRANSITIONS,
    &issues::ISSUE_VOTES,
    &issues::ISSUE_WATCHERS,
    &issues::ISSUE_PROPERTIES,
    &issues::ISSUE_REMOTE_LINKS,
    &issues::ISSUE_FEATURE_FLAGS,
    &issues::ISSUE_ATTACHMENTS,
    &issues::ISSUE_LINKS,
    &issues::SPRINT_ISSUES,
    &issues::KEY_HISTORY,
    &issue_ids::ISSUE_IDS,
    &issue_ids::DELETED_ISSUES,
    &projects::PROJECTS,
    &projects::PROJECT_VERSIONS,
    &projects::PROJECT_COMPONENTS,
    &projects::PROJECT_AVATARS,
    &projects::PROJECT_EMAIL,
    &projects::PROJECT_PERMISSION_SCHEMES,
    &projects::PROJECT_CATEGORIES,
    &projects::PROJECT_TYPES,
    &software::BOARDS,
    &software::SPRINTS,
    &software::BOARD_ISSUES,
    &people::USERS,
    &people::USERS_GROUPS_DETAILED,
    &people::GROUPS,
    &people::APPLICATION_ROLES,
    &people::PROJECT_ROLES,
    &people::PERMISSIONS,
    &people::PERMISSION_SCHEMES,
    &people::AVATARS,
    &screens::SCREENS,
    &screens::SCREEN_TABS,
    &screens::SCREEN_TAB_FIELDS,
    &screens::SCREEN_SCHEMES,
    &fields::ISSUE_FIELDS,
    &fields::ISSUE_CUSTOM_FIELD_CONTEXTS,
    &fields::ISSUE_CUSTOM_FIELD_OPTIONS,
    &fields::ISSUE_FIELD_CONFIGURATIONS,
    &settings::ISSUE_TYPES,
    &schemes::ISSUE_TYPE_SCHEMES,
    &schemes::ISSUE_TYPE_SCREEN_SCHEMES,
    &settings::ISSUE_LINK_TYPES,
    &schemes::WORKFLOWS,
    &schemes::WORKFLOW_SCHEMES,
    &settings::WORKFLOW_STATUSES,
    &settings::WORKFLOW_STATUS_CATEGORIES,
    &schemes::ISSUE_NOTIFICATION_SCHEMES,
    &schemes::ISSUE_SECURITY_SCHEMES,
    &settings::ISSUE_PRIORITIES,
    &settings::ISSUE_RESOLUTIONS,
    &settings::LABELS,
    &settings::FILTERS,
    &settings::FILTER_SHARING,
    &settings::DASHBOARDS,
    &settings::ISSUE_NAVIGATOR_SETTINGS,
    &settings::JIRA_SETTINGS,
    &settings::TIME_TRACKING,
    &deletions::DELETED_WORKLOGS,
    &deletions::DELETED_ATTACHMENTS,
    &deletions::DELETED_COMMENTS,
    &deletions::DELETED_VERSIONS,
    &deletions::DELETED_COMPONENTS,
    &deletions::DELETED_SPRINTS,
];

/// The stream of that name.
pub fn find(name: &str) -> Option<&'static Stream> {
    ALL.iter().copied().find(|stream| stream.name == name)
}
