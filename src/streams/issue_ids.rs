//! Which issues exist, and which were deleted.

use super::{
    permission::BROWSE_PROJECTS,
    stream::{Deletions, Source, Stream, named},
};

pub(super) static ISSUE_IDS: Stream = Stream {
    source: Source::IssueIds,
    consistency: "An ID snapshot: the ID and key of every issue that the filters let through at the time of reading, 5,000 per request. \
                  Other rows of your table of issues were deleted or are not visible any more: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/",
    ..named!("issue_ids")
};

pub(super) static DELETED_ISSUES: Stream = Stream {
    source: Source::Deletions(Deletions::Issues),
    primary_key: &["issue"],
    permissions: &[BROWSE_PROJECTS],
    consistency: "From the audit log, if the account may read it (Administer Jira), and from an ID snapshot that is compared with the \
                  IDs sent, if they are tracked: see docs/deletions.md. Every missing issue is requested once more before it is reported.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/",
    ..named!("deleted_issues")
};
