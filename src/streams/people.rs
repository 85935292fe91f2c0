//! Users and groups, their roles and permissions, and the system avatars.

use super::{
    permission::{ADMINISTER, Permission, USER_PICKER},
    stream::{Add, LIST, ListEndpoint, Paging, Partition, Shape, Skip, Source, Stream, named},
};
use crate::codes;

/// Every user with access to Jira.
const ANYONE: &[Permission] = &[];

/// Jira filters each page after cutting it, so a short page is not the last; only an empty one is.
pub(super) static USERS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/users/search",
        paging: Paging::UntilEmpty { max: 1000 },
        ..LIST
    }),
    primary_key: &["accountId"],
    permissions: &[USER_PICKER],
    consistency: "A snapshot at the time of reading. Email addresses are included only if the user's profile shows them.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/",
    ..named!("users")
};

pub(super) static GROUPS: Stream = Stream {
    source: Source::List(ListEndpoint {
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

/// One request per user: no bulk endpoint returns groups and application roles.
pub(super) static USERS_GROUPS_DETAILED: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/user",
        query: &[("accountId", "{user}"), ("expand", "groups,applicationRoles")],
        shape: Shape::One,
        partition: Partition::Each { of: &USERS, take: "accountId", when: None },
        skip: &[Skip { status: 404, code: &codes::USER_DELETED }],
        ..LIST
    }),
    primary_key: &["accountId"],
    permissions: &[USER_PICKER],
    consistency: "A snapshot at the time of reading, user by user. Email addresses are included only if the user's profile shows them.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/",
    ..named!("users_groups_detailed")
};

const ADMINS_ONLY: &[Skip] = &[Skip { status: 403, code: &codes::NOT_PERMITTED }];

pub(super) static APPLICATION_ROLES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/applicationrole", skip: ADMINS_ONLY, ..LIST }),
    primary_key: &["key"],
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-application-roles/",
    ..named!("application_roles")
};

/// The actors are the defaults for new projects; the endpoint does not return who has a role in which project.
pub(super) static PROJECT_ROLES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/role", skip: ADMINS_ONLY, ..LIST }),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/",
    ..named!("project_roles")
};

pub(super) static PERMISSIONS: Stream = Stream {
    source: Source::List(ListEndpoint {
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

/// With the grants, which Jira omits unless they are expanded.
pub(super) static PERMISSION_SCHEMES: Stream = Stream {
    source: Source::List(ListEndpoint {
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

/// IDs are unique only within a type, so the primary key includes the type.
pub(super) static AVATARS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/avatar/{type}/system",
        records: "system",
        partition: Partition::Static(&["issuetype", "project", "user", "priority"]),
        add: &[Add::Partition { name: "type" }],
        ..LIST
    }),
    primary_key: &["type", "id"],
    airbyte_key: Some(&["id"]),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/",
    ..named!("avatars")
};
