//! The streams of the one-pass read: everything that is extracted from issues.

use super::{
    permission::{BROWSE_PROJECTS, TRANSITION_ISSUES, VIEW_VOTERS_AND_WATCHERS},
    stream::{AirbyteShape, ISSUE, IssueStream, SiteField, Source, Stream, named},
};

const SEARCH: &str = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/";
const ISSUES_API: &str = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/";

const MOVES: &str = "Read when the issue's `updated` changes.";
const MAY_LAG: &str = "Read when the issue's `updated` changes. Some changes (votes, watchers, properties, remote links, available transitions) don't update it, so the stream is re-read in full every `full_refresh_interval_days` days (default: 7).";

pub(super) static ISSUES: Stream = Stream {
    source: Source::Issues(IssueStream { fields: &["*all"], airbyte: AirbyteShape::Issues, ..ISSUE }),
    consistency: MOVES,
    docs: SEARCH,
    ..named!("issues")
};

/// Jira embeds the newest 20.
pub(super) static ISSUE_COMMENTS: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "pages of 100 of the older comments, for issues with more than 20",
        routes: &["/rest/api/3/issue/{id}/comment"],
        fields: &["comment"],
        airbyte: AirbyteShape::DatedChildren,
        ..ISSUE
    }),
    consistency: "Read when the issue's `updated` changes; comments change it. Comments that are restricted to a role or group are read only if the account belongs to it.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/",
    ..named!("issue_comments")
};

/// Jira embeds the oldest 20.
pub(super) static ISSUE_WORKLOGS: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "for issues with more than 20: 1 request each, or the site's worklog feed in pages of 1,000, whichever takes fewer requests",
        routes: &["/rest/api/3/issue/{id}/worklog", "/rest/api/3/worklog/updated", "/rest/api/3/worklog/list"],
        fields: &["worklog"],
        airbyte: AirbyteShape::DatedChildren,
        ..ISSUE
    }),
    consistency: "Read when the issue's `updated` changes; worklogs change it. Worklogs that are restricted to a role or group are read only if the account belongs to it.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/",
    ..named!("issue_worklogs")
};

/// Jira embeds the newest 40.
pub(super) static ISSUE_CHANGELOGS: Stream = Stream {
    source: Source::Issues(IssueStream {
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, up to 1,000 issues per request, for issues with more than 40 entries",
        routes: &["/rest/api/3/changelog/bulkfetch"],
        airbyte: AirbyteShape::Changelogs,
        ..ISSUE
    }),
    consistency: "Read when the issue's `updated` changes. Entries never change: `updated` equals `created`. Entries fetched in bulk have times in UTC.",
    docs: ISSUES_API,
    ..named!("issue_changelogs")
};

/// Moves to another project, from the issue's changelog.
pub(super) static KEY_HISTORY: Stream = Stream {
    source: Source::Issues(IssueStream {
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, as for issue_changelogs and in the same requests",
        routes: &["/rest/api/3/changelog/bulkfetch"],
        cursor: "at",
        ..ISSUE
    }),
    primary_key: &["id", "newKey"],
    consistency: "Read when the issue's `updated` changes; a move changes it. Entries never change, except for `issueKey`, which is the issue's key at the time of reading.",
    docs: ISSUES_API,
    ..named!("key_history")
};

/// The transitions that the account may make at the time of reading.
pub(super) static ISSUE_TRANSITIONS: Stream = Stream {
    source: Source::Issues(IssueStream { expand: Some("transitions"), ..ISSUE }),
    primary_key: &["issueId", "id"],
    permissions: &[BROWSE_PROJECTS, TRANSITION_ISSUES],
    no_updated_signal: true,
    consistency: MAY_LAG,
    docs: ISSUES_API,
    ..named!("issue_transitions")
};

pub(super) static ISSUE_VOTES: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "1 request for each issue with votes, for the voters",
        routes: &["/rest/api/3/issue/{id}/votes"],
        fields: &["votes"],
        ..ISSUE
    }),
    primary_key: &["issueId"],
    airbyte_key: Some(&[]),
    permissions: &[BROWSE_PROJECTS, VIEW_VOTERS_AND_WATCHERS],
    no_updated_signal: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-votes/",
    ..named!("issue_votes")
};

pub(super) static ISSUE_WATCHERS: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "1 request for each issue with watchers, for the watchers",
        routes: &["/rest/api/3/issue/{id}/watchers"],
        fields: &["watches"],
        ..ISSUE
    }),
    primary_key: &["issueId"],
    airbyte_key: Some(&[]),
    permissions: &[BROWSE_PROJECTS, VIEW_VOTERS_AND_WATCHERS],
    no_updated_signal: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/",
    ..named!("issue_watchers")
};

/// Jira has bulk endpoints only for properties whose keys are known.
pub(super) static ISSUE_PROPERTIES: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "1 request for each issue",
        routes: &["/rest/api/3/issue/{id}"],
        ..ISSUE
    }),
    primary_key: &["issueId", "key"],
    airbyte_key: Some(&["key"]),
    no_updated_signal: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/",
    ..named!("issue_properties")
};

/// Jira has no bulk endpoint for them.
pub(super) static ISSUE_REMOTE_LINKS: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "1 request for each issue",
        routes: &["/rest/api/3/issue/{id}/remotelink"],
        ..ISSUE
    }),
    no_updated_signal: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/",
    ..named!("issue_remote_links")
};

/// Atlassian does not document the endpoint; Airbyte's connector requests it.
pub(super) static ISSUE_FEATURE_FLAGS: Stream = Stream {
    source: Source::Issues(IssueStream {
        overflow: "1 request for each issue, and 1 before them to find out whether the site has feature flags",
        routes: &["/rest/api/3/issue/{id}/featureflags"],
        ..ISSUE
    }),
    primary_key: &["issueId", "id"],
    no_updated_signal: true,
    consistency: "Atlassian does not document this endpoint, and most sites don't have it: there, the stream is skipped as `feature_flags_unavailable` after 1 request, and its state does not change. On other sites it is read when the issue's `updated` changes, and re-read in full every `full_refresh_interval_days` days (default: 7).",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-feature-flags/",
    ..named!("issue_feature_flags")
};

pub(super) static ISSUE_ATTACHMENTS: Stream = Stream {
    source: Source::Issues(IssueStream { fields: &["attachment"], ..ISSUE }),
    consistency: MOVES,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/",
    ..named!("issue_attachments")
};

/// Both issues of a link show it, so the primary key includes the issue.
pub(super) static ISSUE_LINKS: Stream = Stream {
    source: Source::Issues(IssueStream { fields: &["issuelinks"], ..ISSUE }),
    primary_key: &["issueId", "id"],
    consistency: MOVES,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/",
    ..named!("issue_links")
};

/// From the sprint field, which lists every sprint that the issue was ever in: this takes no request per sprint.
pub(super) static SPRINT_ISSUES: Stream = Stream {
    source: Source::Issues(IssueStream {
        fields: &["status"],
        airbyte: AirbyteShape::SprintIssues,
        site_fields: &[SiteField::Sprint, SiteField::StoryPoints],
        ..ISSUE
    }),
    no_updated_signal: true,
    consistency: "Read when the issue's `updated` changes, and re-read in full every `full_refresh_interval_days` days (default: 7): a deleted sprint disappears from its issues without changing their `updated`.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/",
    ..named!("sprint_issues")
};
