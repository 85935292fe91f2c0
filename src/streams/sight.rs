//! Which issues there are, and which are gone.

use super::{
    permission::BROWSE_PROJECTS,
    stream::{Sight, Source, Stream, named},
};

pub(super) static ISSUE_IDS: Stream = Stream {
    source: Source::Sight(Sight::Ids),
    consistency: "A census: the ID and key of every issue in the filter at the time of reading, 5,000 a request. What a table of \
                  issues holds beyond it is gone: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/",
    ..named!("issue_ids")
};

pub(super) static DELETED_ISSUES: Stream = Stream {
    source: Source::Sight(Sight::Gone),
    primary_key: &["issue"],
    permissions: &[BROWSE_PROJECTS],
    consistency: "From the audit log, if the account may read it (Administer Jira), and from a census compared with the IDs that \
                  were sent, if they are known: see docs/deletions.md. Every issue is asked for once more before it is called gone.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/",
    ..named!("deleted_issues")
};
