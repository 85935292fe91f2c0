//! The configuration of a site: issue types, statuses, priorities, resolutions, labels, filters, dashboards, settings.

use crate::codes;

use super::{
    permission::{ADMINISTER, BROWSE_PROJECTS, Permission},
    schemes::FORBIDDEN,
    stream::{Add, LIST, ListEndpoint, Paging, Partition, Skip, Source, Stream, named},
};

/// Every user with access to Jira.
const ANYONE: &[Permission] = &[];

pub(super) static ISSUE_TYPES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/issuetype", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/",
    ..named!("issue_types")
};

/// Not `statuses/search`, whose records have another shape: the category as a word, no URL and no icon.
pub(super) static WORKFLOW_STATUSES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/status", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/",
    ..named!("workflow_statuses")
};

pub(super) static WORKFLOW_STATUS_CATEGORIES: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/statuscategory", ..LIST }),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-status-categories/",
    ..named!("workflow_status_categories")
};

pub(super) static ISSUE_LINK_TYPES: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/issueLinkType",
        records: "issueLinkTypes",
        skip: &[Skip { status: 404, code: &codes::NOT_AVAILABLE }],
        ..LIST
    }),
    permissions: &[BROWSE_PROJECTS],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/",
    ..named!("issue_link_types")
};

pub(super) static ISSUE_PRIORITIES: Stream = Stream {
    source: Source::List(paged("/rest/api/3/priority/search", 50)),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/",
    ..named!("issue_priorities")
};

pub(super) static ISSUE_RESOLUTIONS: Stream = Stream {
    source: Source::List(paged("/rest/api/3/resolution/search", 50)),
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/",
    ..named!("issue_resolutions")
};

/// Jira lists labels as bare strings.
pub(super) static LABELS: Stream = Stream {
    source: Source::List(ListEndpoint { wrap: Some("label"), ..paged("/rest/api/3/label", 1000) }),
    primary_key: &["label"],
    permissions: ANYONE,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-labels/",
    ..named!("labels")
};

pub(super) static FILTERS: Stream = Stream {
    source: Source::List(ListEndpoint {
        query: &[(
            "expand",
            "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,\
             isWritable,approximateLastUsed,subscriptions",
        )],
        ..paged("/rest/api/3/filter/search", 50)
    }),
    permissions: ANYONE,
    consistency: "A snapshot at the time of reading, of the filters shared with the account.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/",
    ..named!("filters")
};

pub(super) static FILTER_SHARING: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/filter/{filter}/permission",
        partition: Partition::Each { of: &FILTERS, take: "id", when: None },
        embedded: Some("sharePermissions"),
        add: &[Add::Partition { name: "filterId" }],
        skip: &[Skip { status: 404, code: &codes::FILTER_HIDDEN }],
        ..LIST
    }),
    permissions: ANYONE,
    consistency: "A snapshot at the time of reading, of the filters shared with the account.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/",
    ..named!("filter_sharing")
};

pub(super) static DASHBOARDS: Stream = Stream {
    source: Source::List(ListEndpoint { records: "dashboards", ..paged("/rest/api/3/dashboard", 50) }),
    permissions: ANYONE,
    consistency: "A snapshot at the time of reading, of the dashboards shared with the account.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/",
    ..named!("dashboards")
};

pub(super) static ISSUE_NAVIGATOR_SETTINGS: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/settings/columns", skip: FORBIDDEN, ..LIST }),
    primary_key: &["value"],
    airbyte_key: Some(&[]),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-navigator-settings/",
    ..named!("issue_navigator_settings")
};

pub(super) static JIRA_SETTINGS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/application-properties",
        skip: &[Skip { status: 403, code: &codes::NOT_PERMITTED }, Skip { status: 404, code: &codes::NOT_PERMITTED }],
        ..LIST
    }),
    permissions: &[ADMINISTER],
    consistency: "A snapshot at the time of reading, of the settings that administrators can change.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/",
    ..named!("jira_settings")
};

pub(super) static TIME_TRACKING: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/configuration/timetracking/list", skip: FORBIDDEN, ..LIST }),
    primary_key: &["key"],
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/",
    ..named!("time_tracking")
};

const fn paged(path: &'static str, max: u32) -> ListEndpoint {
    ListEndpoint { path, records: "values", paging: Paging::Offset { max }, ..LIST }
}
