//! Projects, and what belongs to each project.

use crate::codes;

use super::{
    permission::{BROWSE_PROJECTS, SET_ISSUE_SECURITY},
    stream::{Add, Keep, LIST, ListEndpoint, Paging, Partition, Shape, Skip, Source, Stream, named},
};

pub static PROJECTS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/search",
        query: &[
            ("expand", "description,projectKeys,lead,issueTypes,url,insight"),
            ("status", "live"),
            ("status", "archived"),
            ("status", "deleted"),
        ],
        records: "values",
        paging: Paging::Offset { max: 100 },
        keep: Keep::Project(&["key"]),
        ..LIST
    }),
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/",
    ..named!("projects")
};

const NOT_LIVE: &[Skip] = &[Skip { status: 404, code: &codes::PROJECT_INACTIVE }];

pub(super) static PROJECT_VERSIONS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/{project}/version",
        records: "values",
        paging: Paging::Offset { max: 50 },
        partition: Partition::Each { of: &PROJECTS, take: "id", when: None },
        skip: NOT_LIVE,
        ..LIST
    }),
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/",
    ..named!("project_versions")
};

pub(super) static PROJECT_COMPONENTS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/{project}/component",
        records: "values",
        paging: Paging::Offset { max: 50 },
        partition: Partition::Each { of: &PROJECTS, take: "id", when: None },
        skip: NOT_LIVE,
        ..LIST
    }),
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/",
    ..named!("project_components")
};

/// Every project shows the same system avatars, so the primary key includes the project.
pub(super) static PROJECT_AVATARS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/{project}/avatars",
        shape: Shape::Lists(&["system", "custom"]),
        partition: Partition::Each { of: &PROJECTS, take: "id", when: None },
        add: &[Add::Partition { name: "projectId" }],
        skip: NOT_LIVE,
        ..LIST
    }),
    primary_key: &["projectId", "id"],
    airbyte_key: Some(&["id"]),
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-avatars/",
    ..named!("project_avatars")
};

pub(super) static PROJECT_EMAIL: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/{project}/email",
        shape: Shape::One,
        partition: Partition::Each { of: &PROJECTS, take: "id", when: None },
        add: &[Add::Partition { name: "projectId" }],
        skip: &[
            Skip { status: 403, code: &codes::PROJECT_FORBIDDEN },
            Skip { status: 404, code: &codes::NO_SENDER_ADDRESS },
        ],
        ..LIST
    }),
    primary_key: &["projectId"],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-email/",
    ..named!("project_email")
};

/// Issue security levels; the stream's name is Airbyte's. Projects share security schemes, so the primary key includes the
/// project.
pub(super) static PROJECT_PERMISSION_SCHEMES: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/project/{project}/securitylevel",
        records: "levels",
        partition: Partition::Each { of: &PROJECTS, take: "id", when: None },
        add: &[
            Add::Partition { name: "projectId" },
            Add::Parent { name: "projectKey", from: &["key"] },
            Add::LikeAirbyte { name: "projectId", like: "projectKey" },
        ],
        skip: &[
            Skip { status: 403, code: &codes::PROJECT_FORBIDDEN },
            Skip { status: 404, code: &codes::PROJECT_INACTIVE },
        ],
        ..LIST
    }),
    primary_key: &["projectId", "id"],
    airbyte_key: Some(&["id"]),
    permissions: &[BROWSE_PROJECTS, SET_ISSUE_SECURITY],
    consistency: "A snapshot at the time of reading. Contains issue security levels; the name is Airbyte's. Without the permission to set issue security, Jira returns an empty list instead of an error.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-permission-schemes/",
    ..named!("project_permission_schemes")
};

pub(super) static PROJECT_CATEGORIES: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/projectCategory",
        skip: &[Skip { status: 403, code: &codes::NOT_PERMITTED }],
        ..LIST
    }),
    permissions: &[],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/",
    ..named!("project_categories")
};

pub(super) static PROJECT_TYPES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/project/type", ..LIST }),
    primary_key: &["key"],
    airbyte_key: Some(&[]),
    permissions: &[],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-types/",
    ..named!("project_types")
};
