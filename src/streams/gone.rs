//! What is there no more: told by a feed of Jira's or by the history of an issue, or found by comparing what is there
//! with what the last sync saw.

use super::{
    projects::{PROJECT_COMPONENTS, PROJECT_VERSIONS},
    software::SPRINTS,
    stream::{Cut, Gone, Listed, Projection, Source, Stream, named},
};

/// Jira shows them to everybody with access to it (Jira REST v3: "Get IDs of deleted worklogs").
pub(super) static DELETED_WORKLOGS: Stream = Stream {
    source: Source::Gone(Gone::Worklogs),
    permissions: &[],
    consistency: "Follows the site's feed, which leaves out the last minute. The feed is of the whole site: it names worklogs of issues outside the filter and of issues that the account may not see, and does not say of which issue one was.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/",
    ..named!("deleted_worklogs")
};

/// An issue's history tells of them.
pub(super) static DELETED_ATTACHMENTS: Stream = Stream {
    source: Source::Issues(Projection {
        cut: Cut::DeletedAttachments,
        fields: &["attachment"],
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, as for issue_changelogs and in the same requests",
        routes: &["/rest/api/3/changelog/bulkfetch"],
    }),
    consistency: "Follows the issue's `updated`, which a deletion moves. What the history calls deleted counts as gone only if the issue does not show it. Attachments of issues that are deleted or hidden as a whole are not named: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/",
    ..named!("deleted_attachments")
};

/// No history tells of them.
pub(super) static DELETED_COMMENTS: Stream = Stream {
    source: Source::Issues(Projection {
        cut: Cut::DeletedComments,
        fields: &["comment"],
        expand: None,
        overflow: "as for issue_comments and in the same requests; 1 per 900 comments that are missing",
        routes: &["/rest/api/3/issue/{id}/comment", "/rest/api/3/comment/list"],
    }),
    consistency: "Needs `known_ids_in_state`. Each issue whose `updated` moved is compared with the comments that it had, so the first sync brings none. What is missing is asked for by its ID and counts as gone only if that is not found; a comment that was restricted to others since looks the same. Comments of issues that are deleted or hidden as a whole are not named: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/",
    ..named!("deleted_comments")
};

const COMPARED: &str = "Found by comparison with the last sync, so the first one brings none. Only lists that were read in whole are compared: what belongs to a project that is archived, in the trash or hidden stays known and is not reported. What is missing from its list is asked for by its id and counts as gone only if that is not found.";

pub(super) static DELETED_VERSIONS: Stream = Stream {
    source: Source::Gone(Gone::Listed(Listed {
        of: &PROJECT_VERSIONS,
        one: "/rest/api/3/version/{id}",
        home: "projectId",
        home_name: "projectId",
        text_ids: true,
    })),
    consistency: COMPARED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/",
    ..named!("deleted_versions")
};

pub(super) static DELETED_COMPONENTS: Stream = Stream {
    source: Source::Gone(Gone::Listed(Listed {
        of: &PROJECT_COMPONENTS,
        one: "/rest/api/3/component/{id}",
        home: "projectId",
        home_name: "projectId",
        text_ids: true,
    })),
    consistency: COMPARED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/",
    ..named!("deleted_components")
};

/// A sprint shows on several boards: it is gone only where none of them shows it.
pub(super) static DELETED_SPRINTS: Stream = Stream {
    source: Source::Gone(Gone::Listed(Listed {
        of: &SPRINTS,
        one: "/rest/agile/1.0/sprint/{id}",
        home: "originBoardId",
        home_name: "boardId",
        text_ids: false,
    })),
    consistency: "Found by comparison with the last sync, so the first one brings none. A sprint shows on several boards: it is missing only if every board that showed it was read in whole and none shows it now; what belongs to a board that is gone or hidden stays known and is not reported. What is missing is asked for by its id and counts as gone only if that is not found.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/",
    ..named!("deleted_sprints")
};
