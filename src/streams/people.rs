//! Users and groups, the roles they have, what they may do, and the pictures to choose from.

use super::{
    permission::{ADMINISTER, Permission, USER_PICKER},
    stream::{Add, LIST, Paging, Partition, Shape, Skip, Source, Stream, Table, named},
};
use crate::codes;

/// Whoever has access to Jira.
const ANYONE: &[Permission] = &[];

/// Jira filters after it has cut the page, so a short page is not the last: only an empty one is.
pub(super) static USERS: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/users/search", paging: Paging::UntilEmpty { max: 1000 }, ..LIST }),
    primary_key: &["accountId"],
    permissions: &[USER_PICKER],
    consistency: "A snapshot at the time of reading. E-mail addresses are there only where the user's profile shows them.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/",
    ..named!("users")
};

pub(super) static GROUPS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/group/bulk",
        records: "values",
        paging: Paging::Offset { max: 50 },
        ..LIST
    }),
    primary_key: &["groupId"],
    permissions: &[USER_PICKER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/",
    ..named!("groups")
};

/// One request a user: no bulk endpoint tells of groups and application roles.
pub(super) static USERS_GROUPS_DETAILED: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/user",
        query: &[("accountId", "{user}"), ("expand", "groups,applicationRoles")],
        shape: Shape::One,
        partition: Partition::Each { of: &USERS, take: "accountId", when: None },
        skip: &[Skip { status: 404, code: &codes::USER_GONE }],
        ..LIST
    }),
    primary_key: &["accountId"],
    permissions: &[USER_PICKER],
    consistency: "A snapshot at the time of reading, user by user. E-mail addresses are there only where the user's profile shows them.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/",
    ..named!("users_groups_detailed")
};

const ADMINS_ONLY: &[Skip] = &[Skip { status: 403, code: &codes::NOT_PERMITTED }];

pub(super) static APPLICATION_ROLES: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/applicationrole", skip: ADMINS_ONLY, ..LIST }),
    primary_key: &["key"],
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-application-roles/",
    ..named!("application_roles")
};

/// Who has a role in which project is not told here: the actors are those that new projects begin with.
pub(super) static PROJECT_ROLES: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/role", skip: ADMINS_ONLY, ..LIST }),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/",
    ..named!("project_roles")
};

pub(super) static PERMISSIONS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/permissions",
        records: "permissions",
        shape: Shape::Map,
        skip: ADMINS_ONLY,
        ..LIST
    }),
    primary_key: &["key"],
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/",
    ..named!("permissions")
};

/// With the grants, which Jira leaves out unless asked.
pub(super) static PERMISSION_SCHEMES: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/permissionscheme",
        query: &[("expand", "permissions")],
        records: "permissionSchemes",
        skip: ADMINS_ONLY,
        ..LIST
    }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/",
    ..named!("permission_schemes")
};

/// Jira numbers the pictures of each type by themselves, hence the key.
pub(super) static AVATARS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/avatar/{type}/system",
        records: "system",
        partition: Partition::Fixed(&["issuetype", "project", "user", "priority"]),
        add: &[Add::Partition { name: "type" }],
        ..LIST
    }),
    primary_key: &["type", "id"],
    airbyte_key: Some(&["id"]),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/",
    ..named!("avatars")
};
