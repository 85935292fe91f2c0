//! What the streams are: static tables by API area, and the types they are written in. How they are read is `sync`'s
//! business.
//!
//! To add one: a literal in its area's file, a line in [`ALL`], and `schemas/<name>.json`.

mod fields;
mod gone;
mod issue_family;
mod people;
mod permission;
mod projects;
mod schemes;
mod screens;
mod settings;
mod sight;
mod software;
mod stream;

pub use fields::{CUSTOM_FIELDS, ISSUE_FIELDS};
pub use permission::{ADMINISTER, Given, Permission, Without};
pub use projects::PROJECTS;
pub use stream::{
    Add, Boards, Cut, Gone, Keep, Listed, Paging, Partition, Projection, Shape, Sight, Skip, Source, Stream, Table,
    When,
};

/// Every stream, in the order of `discover`.
pub static ALL: &[&Stream] = &[
    &issue_family::ISSUES,
    &issue_family::ISSUE_COMMENTS,
    &issue_family::ISSUE_WORKLOGS,
    &issue_family::ISSUE_CHANGELOGS,
    &issue_family::ISSUE_TRANSITIONS,
    &issue_family::ISSUE_VOTES,
    &issue_family::ISSUE_WATCHERS,
    &issue_family::ISSUE_PROPERTIES,
    &issue_family::ISSUE_REMOTE_LINKS,
    &issue_family::ISSUE_FEATURE_FLAGS,
    &issue_family::ISSUE_ATTACHMENTS,
    &issue_family::ISSUE_LINKS,
    &issue_family::SPRINT_ISSUES,
    &issue_family::KEY_HISTORY,
    &sight::ISSUE_IDS,
    &sight::DELETED_ISSUES,
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
    &gone::DELETED_WORKLOGS,
    &gone::DELETED_ATTACHMENTS,
    &gone::DELETED_COMMENTS,
    &gone::DELETED_VERSIONS,
    &gone::DELETED_COMPONENTS,
    &gone::DELETED_SPRINTS,
];

/// The stream of that name.
pub fn find(name: &str) -> Option<&'static Stream> {
    ALL.iter().copied().find(|stream| stream.name == name)
}
