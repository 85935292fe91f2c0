//! Everything that comes out of issues, in one pass over them.

use super::{
    permission::{BROWSE_PROJECTS, TRANSITION_ISSUES, VIEW_VOTERS_AND_WATCHERS},
    stream::{Cut, Projection, Source, Stream, named},
};

const SEARCH: &str = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/";
const ISSUES_API: &str = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/";

const MOVES: &str = "Follows the issue's `updated`.";
const MAY_LAG: &str = "Read when the issue's `updated` moves; Jira is not known to move it for changes of these alone, so all of it is read again every `refresh_children_after_days` days (7).";

const fn cut(cut: Cut, fields: &'static [&'static str]) -> Projection {
    Projection { cut, fields, expand: None, overflow: "", routes: &[] }
}

pub(super) static ISSUES: Stream =
    Stream { source: Source::Issues(cut(Cut::Issue, &["*all"])), consistency: MOVES, docs: SEARCH, ..named!("issues") };

/// Jira embeds the newest 20.
pub(super) static ISSUE_COMMENTS: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "pages of 100 of the older comments, for issues with more than 20",
        routes: &["/rest/api/3/issue/{id}/comment"],
        ..cut(Cut::Comments, &["comment"])
    }),
    consistency: "Follows the issue's `updated`, which comments move. Comments restricted to a role or group come only to its members.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/",
    ..named!("issue_comments")
};

/// Jira embeds the oldest 20.
pub(super) static ISSUE_WORKLOGS: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "for issues with more than 20: one request each, or the site's worklog feed in pages of 1,000, whichever is less",
        routes: &["/rest/api/3/issue/{id}/worklog", "/rest/api/3/worklog/updated", "/rest/api/3/worklog/list"],
        ..cut(Cut::Worklogs, &["worklog"])
    }),
    consistency: "Follows the issue's `updated`, which worklogs move. Worklogs restricted to a role or group come only to its members.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/",
    ..named!("issue_worklogs")
};

/// Jira embeds the newest 40.
pub(super) static ISSUE_CHANGELOGS: Stream = Stream {
    source: Source::Issues(Projection {
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, up to 1,000 issues a request, for issues with more than 40 entries",
        routes: &["/rest/api/3/changelog/bulkfetch"],
        ..cut(Cut::Changelogs, &[])
    }),
    consistency: "Entries never change. `updated` equals `created`; entries fetched in bulk have it in UTC.",
    docs: ISSUES_API,
    ..named!("issue_changelogs")
};

/// A move to another project, of which the issue's history tells.
pub(super) static KEY_HISTORY: Stream = Stream {
    source: Source::Issues(Projection {
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, as for issue_changelogs and in the same requests",
        routes: &["/rest/api/3/changelog/bulkfetch"],
        ..cut(Cut::Keys, &[])
    }),
    primary_key: &["id", "newKey"],
    consistency: "Follows the issue's `updated`, which a move changes. Entries never change, but for `issueKey`, which is the key at the time of reading.",
    docs: ISSUES_API,
    ..named!("key_history")
};

/// Those that the account may make at the time of reading.
pub(super) static ISSUE_TRANSITIONS: Stream = Stream {
    source: Source::Issues(Projection { expand: Some("transitions"), ..cut(Cut::Transitions, &[]) }),
    primary_key: &["issueId", "id"],
    permissions: &[BROWSE_PROJECTS, TRANSITION_ISSUES],
    silent: true,
    consistency: MAY_LAG,
    docs: ISSUES_API,
    ..named!("issue_transitions")
};

pub(super) static ISSUE_VOTES: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "one request for each issue that has votes, for the voters",
        routes: &["/rest/api/3/issue/{id}/votes"],
        ..cut(Cut::Votes, &["votes"])
    }),
    primary_key: &["issueId"],
    airbyte_key: Some(&[]),
    permissions: &[BROWSE_PROJECTS, VIEW_VOTERS_AND_WATCHERS],
    silent: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-votes/",
    ..named!("issue_votes")
};

pub(super) static ISSUE_WATCHERS: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "one request for each issue that is watched, for the watchers",
        routes: &["/rest/api/3/issue/{id}/watchers"],
        ..cut(Cut::Watchers, &["watches"])
    }),
    primary_key: &["issueId"],
    airbyte_key: Some(&[]),
    permissions: &[BROWSE_PROJECTS, VIEW_VOTERS_AND_WATCHERS],
    silent: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/",
    ..named!("issue_watchers")
};

/// Jira has no bulk way to unknown keys.
pub(super) static ISSUE_PROPERTIES: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "one request for each issue",
        routes: &["/rest/api/3/issue/{id}"],
        ..cut(Cut::Properties, &[])
    }),
    primary_key: &["issueId", "key"],
    airbyte_key: Some(&["key"]),
    silent: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/",
    ..named!("issue_properties")
};

/// Jira has no bulk way.
pub(super) static ISSUE_REMOTE_LINKS: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "one request for each issue",
        routes: &["/rest/api/3/issue/{id}/remotelink"],
        ..cut(Cut::RemoteLinks, &[])
    }),
    silent: true,
    consistency: MAY_LAG,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/",
    ..named!("issue_remote_links")
};

/// Of the endpoint nothing is known but that it is asked by others.
pub(super) static ISSUE_FEATURE_FLAGS: Stream = Stream {
    source: Source::Issues(Projection {
        overflow: "one request for each issue, and one beforehand to see whether there is such a thing",
        routes: &["/rest/api/3/issue/{id}/featureflags"],
        ..cut(Cut::FeatureFlags, &[])
    }),
    primary_key: &["issueId", "id"],
    silent: true,
    consistency: "Atlassian's description of the API does not know this endpoint, so most sites will not have it: then the stream is left out under `feature_flags_absent` after one request, and its state stays as it was. Where it answers: read when the issue's `updated` moves, and all of it again every `refresh_children_after_days` days (7).",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-feature-flags/",
    ..named!("issue_feature_flags")
};

pub(super) static ISSUE_ATTACHMENTS: Stream = Stream {
    source: Source::Issues(cut(Cut::Attachments, &["attachment"])),
    consistency: MOVES,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/",
    ..named!("issue_attachments")
};

/// A link shows on both of its issues, hence the key.
pub(super) static ISSUE_LINKS: Stream = Stream {
    source: Source::Issues(cut(Cut::Links, &["issuelinks"])),
    primary_key: &["issueId", "id"],
    consistency: MOVES,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/",
    ..named!("issue_links")
};

/// From the sprint field, which names every sprint an issue ever was in: no request per sprint.
pub(super) static SPRINT_ISSUES: Stream = Stream {
    source: Source::Issues(cut(Cut::Sprints, &["status"])),
    silent: true,
    consistency: "Follows the issue's `updated`, and all of it is read again every `refresh_children_after_days` days (7). A sprint that was deleted disappears from its issues without moving it.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/",
    ..named!("sprint_issues")
};
