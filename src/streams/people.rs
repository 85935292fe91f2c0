//! Users and groups.

use super::{
    permission::USER_PICKER,
    stream::{LIST, Paging, Source, Stream, Table, named},
};

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
