//! Schemes that projects share, and workflows. All except notification schemes need an administrator.

use crate::codes;

use super::{
    permission::{ADMINISTER, ADMINISTER_FOR_ALL},
    stream::{LIST, ListEndpoint, Paging, Skip, Source, Stream, named},
};

pub(super) const FORBIDDEN: &[Skip] = &[Skip { status: 403, code: &codes::NOT_PERMITTED }];

/// Jira Cloud also refuses these with 401 (Jira REST v3: "Search workflows").
const REFUSED: &[Skip] =
    &[Skip { status: 401, code: &codes::NOT_PERMITTED }, Skip { status: 403, code: &codes::NOT_PERMITTED }];

const COMPANY_MANAGED: &str = "A snapshot at the time of reading. Only company-managed projects have such schemes.";

pub(super) static ISSUE_TYPE_SCHEMES: Stream = Stream {
    source: Source::List(paged("/rest/api/3/issuetypescheme")),
    permissions: &[ADMINISTER],
    consistency: COMPANY_MANAGED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/",
    ..named!("issue_type_schemes")
};

pub(super) static ISSUE_TYPE_SCREEN_SCHEMES: Stream = Stream {
    source: Source::List(paged("/rest/api/3/issuetypescreenscheme")),
    permissions: &[ADMINISTER],
    consistency: COMPANY_MANAGED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/",
    ..named!("issue_type_screen_schemes")
};

pub(super) static WORKFLOW_SCHEMES: Stream = Stream {
    source: Source::List(paged("/rest/api/3/workflowscheme")),
    permissions: &[ADMINISTER],
    consistency: "A snapshot at the time of reading. Drafts are not included.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/",
    ..named!("workflow_schemes")
};

pub(super) static ISSUE_SECURITY_SCHEMES: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/issuesecurityschemes",
        records: "issueSecuritySchemes",
        skip: FORBIDDEN,
        ..LIST
    }),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/",
    ..named!("issue_security_schemes")
};

/// Jira omits the schemes whose projects the account does not administer.
pub(super) static ISSUE_NOTIFICATION_SCHEMES: Stream = Stream {
    source: Source::List(ListEndpoint { query: &[("expand", "all")], ..paged("/rest/api/3/notificationscheme") }),
    permissions: &[ADMINISTER_FOR_ALL],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/",
    ..named!("issue_notification_schemes")
};

pub(super) static WORKFLOWS: Stream = Stream {
    source: Source::List(ListEndpoint {
        query: &[("expand", "values.transitions")],
        skip: REFUSED,
        ..paged("/rest/api/3/workflows/search")
    }),
    permissions: &[ADMINISTER_FOR_ALL],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/",
    ..named!("workflows")
};

const fn paged(path: &'static str) -> ListEndpoint {
    ListEndpoint { path, records: "values", paging: Paging::Offset { max: 50 }, skip: FORBIDDEN, ..LIST }
}
