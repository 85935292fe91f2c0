//! What a site is set up with: fields, types, statuses, priorities, resolutions, labels, filters.

use super::{
    permission::Permission,
    stream::{LIST, Paging, Source, Stream, Table, named},
};

/// Whoever has access to Jira.
const ANYONE: &[Permission] = &[];

pub static ISSUE_FIELDS: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/field", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/",
    ..named!("issue_fields")
};

pub(super) static ISSUE_TYPES: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/issuetype", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/",
    ..named!("issue_types")
};

pub(super) static WORKFLOW_STATUSES: Stream = Stream {
    source: Source::Table(Table { path: "/rest/api/3/status", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/",
    ..named!("workflow_statuses")
};

pub(super) static ISSUE_PRIORITIES: Stream = Stream {
    source: Source::Table(paged("/rest/api/3/priority/search", 50)),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/",
    ..named!("issue_priorities")
};

pub(super) static ISSUE_RESOLUTIONS: Stream = Stream {
    source: Source::Table(paged("/rest/api/3/resolution/search", 50)),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/",
    ..named!("issue_resolutions")
};

/// Jira lists labels as bare strings.
pub(super) static LABELS: Stream = Stream {
    source: Source::Table(Table { wrap: Some("label"), ..paged("/rest/api/3/label", 1000) }),
    primary_key: &["label"],
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-labels/",
    ..named!("labels")
};

pub(super) static FILTERS: Stream = Stream {
    source: Source::Table(Table {
        query: &[(
            "expand",
            "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,\
             isWritable,approximateLastUsed,subscriptions",
        )],
        ..paged("/rest/api/3/filter/search", 50)
    }),
    permissions: ANYONE,
    consistency: "A snapshot at the time of reading, of the filters that are shared with the account.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/",
    ..named!("filters")
};

const fn paged(path: &'static str, max: u32) -> Table {
    Table { path, records: "values", paging: Paging::Offset { max }, ..LIST }
}
