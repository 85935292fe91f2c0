//! What was deleted: reported by a feed of Jira's or by an issue's changelog, or found by comparison with what the last sync
//! saw.

use super::{
    projects::{PROJECT_COMPONENTS, PROJECT_VERSIONS},
    software::SPRINTS,
    stream::{Deletions, ISSUE, IssueStream, SnapshotDiff, Source, Stream, named},
};

/// Needs no permission besides access to Jira (Jira REST v3: "Get IDs of deleted worklogs").
pub(super) static DELETED_WORKLOGS: Stream = Stream {
    source: Source::Deletions(Deletions::Feed),
    permissions: &[],
    consistency: "Read from the site's feed, which omits the last minute. The feed covers the whole site: it includes worklogs of issues outside the filters and of issues that the account has no access to, and does not name the issue of a worklog.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/",
    ..named!("deleted_worklogs")
};

/// The changelog of the issue records them.
pub(super) static DELETED_ATTACHMENTS: Stream = Stream {
    source: Source::Issues(IssueStream {
        fields: &["attachment"],
        expand: Some("changelog"),
        overflow: "changelog/bulkfetch, as for issue_changelogs and in the same requests",
        routes: &["/rest/api/3/changelog/bulkfetch"],
        cursor: "deletedAt",
        ..ISSUE
    }),
    consistency: "Read when the issue's `updated` changes; the deletion of an attachment changes it. An attachment whose deletion the changelog records is reported only if the issue does not show it any more. Attachments of deleted or hidden issues are not reported: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/",
    ..named!("deleted_attachments")
};

/// Neither a feed nor the changelog records them.
pub(super) static DELETED_COMMENTS: Stream = Stream {
    source: Source::Issues(IssueStream {
        fields: &["comment"],
        overflow: "as for issue_comments and in the same requests; 1 per 900 missing comments",
        routes: &["/rest/api/3/issue/{id}/comment", "/rest/api/3/comment/list"],
        cursor: "detectedAt",
        full_refresh: false,
        ..ISSUE
    }),
    consistency: "Read it incrementally: the IDs of comments are kept in its state. The comments of each issue whose `updated` changed are compared with those of the last sync, so the first sync finds none. A missing comment is requested by its ID and reported only if Jira does not return it. A comment that is now restricted to a role or group without the account cannot be distinguished from a deleted one. Comments of deleted or hidden issues are not reported: see docs/deletions.md.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/",
    ..named!("deleted_comments")
};

const COMPARED: &str = "Found by comparison with the last sync, so the first sync finds none. Only lists that were read completely are compared: what belongs to a project that is archived, in the trash or hidden stays in the state and is not reported. What is missing from its list is requested by its ID and reported only if Jira does not find it.";

pub(super) static DELETED_VERSIONS: Stream = Stream {
    source: Source::Deletions(Deletions::SnapshotDiff(SnapshotDiff {
        list: &PROJECT_VERSIONS,
        by_id: "/rest/api/3/version/{id}",
        owner: "projectId",
        owner_name: "projectId",
        text_ids: true,
    })),
    consistency: COMPARED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/",
    ..named!("deleted_versions")
};

pub(super) static DELETED_COMPONENTS: Stream = Stream {
    source: Source::Deletions(Deletions::SnapshotDiff(SnapshotDiff {
        list: &PROJECT_COMPONENTS,
        by_id: "/rest/api/3/component/{id}",
        owner: "projectId",
        owner_name: "projectId",
        text_ids: true,
    })),
    consistency: COMPARED,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/",
    ..named!("deleted_components")
};

/// Several boards can show a sprint: it is deleted only if none of them shows it.
pub(super) static DELETED_SPRINTS: Stream = Stream {
    source: Source::Deletions(Deletions::SnapshotDiff(SnapshotDiff {
        list: &SPRINTS,
        by_id: "/rest/agile/1.0/sprint/{id}",
        owner: "originBoardId",
        owner_name: "boardId",
        text_ids: false,
    })),
    consistency: "Found by comparison with the last sync, so the first sync finds none. Several boards can show a sprint: it is missing only if every board that showed it was read completely and none shows it now. What belongs to a deleted or hidden board stays in the state and is not reported. A missing sprint is requested by its ID and reported only if Jira does not find it.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/",
    ..named!("deleted_sprints")
};
