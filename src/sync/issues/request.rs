//! The requests of a pass, each a task of its own so that any number can be under way.

use super::{extract::PerIssue, watermark::BatchId};
use crate::{
    client::{Client, Error, Reply, Request, jql::Jql},
    jira::{bulk, issue::IssueRef, paginator::PageCursor, search::Search},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a pass asks of each issue, the same for the whole pass.
#[derive(Debug, Default)]
pub(super) struct IssueQuery {
    pub fields: Vec<String>,
    pub expand: Vec<&'static str>,
    /// Search archived projects too.
    pub archived: bool,
    /// Lists of IDs have the keys, too.
    pub keys: bool,
}

/// An issue whose changelog did not fit the page. Its key is JSON.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub batch: BatchId,
    pub issue: IssueRef,
    /// What extractors remember of the issue, by stream.
    pub remembered: BTreeMap<&'static str, BTreeSet<String>>,
}

/// A comment that was sent, and that its issue does not show any more.
#[derive(Clone, Debug)]
pub(super) struct MissingComment {
    /// The batches that wait for the answer.
    pub batches: Vec<BatchId>,
    pub issue: Arc<IssueRef>,
    /// When it was last seen, epoch milliseconds.
    pub last_seen_at: Option<i64>,
    /// A comment that the issue shows.
    pub witness: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) enum ScanRequest {
    /// A page of IDs.
    Ids(PageCursor),
    /// A page of whole issues.
    Page { batch: BatchId, cursor: PageCursor },
    /// Whole issues by ID.
    Issues { batch: BatchId, ids: Vec<u64>, attempt: u32 },
    /// Whole issues by ID, from a search: bulk reads leave out those of archived projects.
    Archived { batch: BatchId, missing: BTreeSet<u64>, cursor: PageCursor },
    /// Comments of an issue, oldest first, up to offset `end`.
    Comments { batch: BatchId, issue: Arc<IssueRef>, cursor: PageCursor, end: i64 },
    /// The whole changelogs of issues of several batches.
    Changelogs { issues: Arc<BTreeMap<u64, History>>, cursor: PageCursor, shown: BTreeSet<u64> },
    /// What a stream requests for each issue.
    PerIssue { stream: usize, of: &'static PerIssue, batch: BatchId, issue: Arc<IssueRef> },
    /// Whether an issue exists whose comments Jira did not find.
    IssueExists { batch: BatchId, issue: Arc<IssueRef>, error: Error },
    /// Whether comments exist that their issues do not show any more.
    CommentsExist(Arc<BTreeMap<u64, MissingComment>>),
}

impl ScanRequest {
    /// Whether its reply can bring further requests of other kinds.
    pub(super) const fn reads_issues(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::Issues { .. } | Self::Archived { .. })
    }

    /// The first page of a search for these issues.
    pub(super) fn archived(batch: BatchId, missing: BTreeSet<u64>, query: &IssueQuery) -> Self {
        let names: Vec<String> = missing.iter().map(u64::to_string).collect();
        let jql = Jql::default().any_of("id", false, names.iter().map(String::as_str)).unordered();
        let (fields, expand) = (&query.fields, &query.expand);
        let search = Search { jql: &jql, fields, expand, archived: true, reconcile: &[] };
        Self::Archived { batch, cursor: search.cursor(missing.len() as u32, 5), missing }
    }

    pub(super) async fn send(&self, client: &Client, query: &IssueQuery) -> Result<Reply, Error> {
        client.call(&self.request(query)).await
    }

    pub(super) fn request(&self, query: &IssueQuery) -> Request {
        match self {
            Self::Ids(cursor)
            | Self::Page { cursor, .. }
            | Self::Archived { cursor, .. }
            | Self::Comments { cursor, .. }
            | Self::Changelogs { cursor, .. } => cursor.request(),
            Self::Issues { ids, .. } => bulk::issues(ids, &query.fields, &query.expand),
            Self::PerIssue { of, issue, .. } => {
                let request = Request::get(of.route, &[&issue.number.to_string()]);
                of.query.iter().fold(request, |request, (name, value)| request.query(name, value))
            }
            Self::IssueExists { issue, .. } => bulk::issue_exists(issue.number),
            Self::CommentsExist(comments) => {
                let ids: Vec<u64> = comments.keys().copied().chain(witnesses(comments)).collect();
                bulk::comments(&ids, comments.len() > 1)
            }
        }
    }
}

/// Missing comments that one request asks for; the others that it takes are witnesses.
pub(super) const COMMENTS_ASKED: usize = bulk::COMMENTS - WITNESSES;
const WITNESSES: usize = 100;

/// Comments that issues have just shown: if not even these are found, "not found" means nothing.
pub(super) fn witnesses(comments: &BTreeMap<u64, MissingComment>) -> BTreeSet<u64> {
    comments.values().filter_map(|missing| missing.witness).take(WITNESSES).collect()
}
