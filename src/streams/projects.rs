//! Projects and what belongs to each of them.

use crate::codes;

use super::stream::{Keep, LIST, Paging, Partition, Skip, Source, Stream, Table, named};

pub static PROJECTS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/api/3/project/search",
        query: &[("expand", "description,lead"), ("status", "live"), ("status", "archived"), ("status", "deleted")],
        records: "values",
        paging: Paging::Offset { max: 100 },
        keep: Keep::Project(&["key"]),
        ..LIST
    }),
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/",
    ..named!("projects")
};

const NOT_LIVE: &[Skip] = &[Skip { status: 404, code: &codes::PROJECT_NOT_LIVE }];

pub(super) static PROJECT_VERSIONS: Stream = Stream {
    source: Source::Table(Table {
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
    source: Source::Table(Table {
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
