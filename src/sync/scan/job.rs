//! The requests of a scan, each a job of its own so that any number can be under way.

use super::{
    comments::{self, Missing},
    flags,
    issue::IssueRef,
    tracker::BatchId,
};
use crate::{
    client::{Client, Error, Read, Reply, Request},
    record::page,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Issues a request of bulkfetch takes when it asks for more than a few plain fields (Jira REST v3).
pub const BULK: usize = 100;
/// Ids a page of search holds when nothing else is asked for.
pub const ID_PAGE: u32 = 5000;
const COMMENT_PAGE: u32 = 100;
const HISTORY_PAGE: u32 = 10_000;

/// What the scan asks of each issue, the same for the whole scan.
#[derive(Debug)]
pub struct Question {
    pub fields: Vec<String>,
    pub expand: Vec<&'static str>,
    /// Search archived projects too; only the GET form of search takes it.
    pub archived: bool,
    /// Lists of ids have the keys, too.
    pub keys: bool,
}

/// An issue whose changelog did not fit the page. Its key is JSON.
#[derive(Clone, Debug)]
pub struct History {
    pub batch: BatchId,
    pub key: String,
    /// The ids of the attachments that it shows, where they matter.
    pub attachments: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub enum Job {
    /// A page of ids.
    Ids {
        jql: String,
        token: Option<String>,
    },
    /// A page of whole issues.
    Page {
        batch: BatchId,
        jql: String,
        token: Option<String>,
        size: u32,
    },
    /// Whole issues by id.
    Issues {
        batch: BatchId,
        ids: Vec<u64>,
        again: u32,
    },
    /// The comments `start..end` of an issue, oldest first.
    Comments {
        batch: BatchId,
        issue: Arc<IssueRef>,
        start: i64,
        end: i64,
    },
    /// The whole changelogs of issues of several batches.
    Changelogs {
        issues: Arc<BTreeMap<u64, History>>,
        token: Option<String>,
    },
    Votes {
        batch: BatchId,
        issue: Arc<IssueRef>,
    },
    Watchers {
        batch: BatchId,
        issue: Arc<IssueRef>,
    },
    Properties {
        batch: BatchId,
        issue: Arc<IssueRef>,
    },
    RemoteLinks {
        batch: BatchId,
        issue: Arc<IssueRef>,
    },
    FeatureFlags {
        batch: BatchId,
        issue: Arc<IssueRef>,
    },
    /// Whether an issue is still there, whose comments Jira did not find.
    Still {
        batch: BatchId,
        issue: Arc<IssueRef>,
        error: Error,
    },
    /// Whether comments are still there that their issues do not show any more.
    Missing {
        comments: Arc<BTreeMap<u64, Missing>>,
    },
}

impl Job {
    /// Whether its reply can bring further work of other kinds.
    pub const fn reads_issues(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::Issues { .. })
    }

    pub async fn run(&self, client: &Client, question: &Question) -> Result<Reply, Error> {
        client.call(&self.request(question)).await
    }

    pub fn request(&self, question: &Question) -> Request {
        match self {
            Self::Ids { jql, token, .. } => ids(question.archived, jql, token.as_deref(), question.keys),
            Self::Page { jql, token, size, .. } => {
                let tries = if *size > 1 { 2 } else { 5 };
                search(question.archived, jql, token.as_deref(), (&question.fields, &question.expand), *size)
                    .tries(tries)
            }
            Self::Issues { ids, .. } => {
                let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
                let mut body = json!({"issueIdsOrKeys": ids, "fields": question.fields});
                if !question.expand.is_empty() {
                    body["expand"] = json!(question.expand);
                }
                // What stays too much after a second try is asked for in halves.
                Request::post(Read::IssueBulkFetch, &body).tries(if ids.len() > 1 { 2 } else { 5 })
            }
            Self::Comments { issue, start, end, .. } => {
                let size = (end - start).clamp(1, i64::from(COMMENT_PAGE));
                per_issue("/rest/api/3/issue/{id}/comment", issue)
                    .query("orderBy", "created")
                    .query("startAt", start.to_string())
                    .query("maxResults", size.to_string())
            }
            Self::Changelogs { issues, token } => {
                let ids: Vec<String> = issues.keys().map(u64::to_string).collect();
                let mut body = json!({"issueIdsOrKeys": ids, "maxResults": HISTORY_PAGE});
                if let Some(token) = token {
                    body["nextPageToken"] = json!(token);
                }
                Request::post(Read::ChangelogBulkFetch, &body)
            }
            Self::Votes { issue, .. } => per_issue("/rest/api/3/issue/{id}/votes", issue),
            Self::Watchers { issue, .. } => per_issue("/rest/api/3/issue/{id}/watchers", issue),
            Self::Properties { issue, .. } => {
                per_issue("/rest/api/3/issue/{id}", issue).query("fields", "id").query("properties", "*all")
            }
            Self::RemoteLinks { issue, .. } => per_issue("/rest/api/3/issue/{id}/remotelink", issue),
            Self::FeatureFlags { issue, .. } => flags::request(issue.number),
            Self::Still { issue, .. } => still(issue.number),
            Self::Missing { comments } => comments::request(comments),
        }
    }
}

/// Bulk reads leave out what is gone or hidden (Jira REST v3: "Bulk fetch issues").
pub fn still(issue: u64) -> Request {
    Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": [issue.to_string()], "fields": ["id"]}))
}

/// What the reply to [`still`] says.
pub fn is_there(body: &str) -> Result<bool, String> {
    page::split(body, "issues").map(|page| !page.records.is_empty())
}

fn per_issue(route: &'static str, issue: &IssueRef) -> Request {
    Request::get(route, &[&issue.number.to_string()])
}

/// A page of ids, with their keys if wanted.
pub fn ids(archived: bool, jql: &str, token: Option<&str>, keys: bool) -> Request {
    let field = if keys { "key" } else { "id" };
    search(archived, jql, token, (&[field.to_owned()], &[]), ID_PAGE)
}

/// A page of search; of each issue, fields and expands.
fn search(
    archived: bool,
    jql: &str,
    token: Option<&str>,
    (fields, expand): (&[String], &[&str]),
    size: u32,
) -> Request {
    if archived {
        let request = Request::get(Read::SearchJql.path(), &[])
            .query("jql", jql)
            .query("fields", fields.join(","))
            .query("maxResults", size.to_string())
            .query("includeArchivedProjects", "true");
        let request = if expand.is_empty() { request } else { request.query("expand", expand.join(",")) };
        return match token {
            Some(token) => request.query("nextPageToken", token),
            None => request,
        };
    }
    let mut body = json!({"jql": jql, "fields": fields, "maxResults": size});
    if !expand.is_empty() {
        body["expand"] = json!(expand.join(","));
    }
    if let Some(token) = token {
        body["nextPageToken"] = json!(token);
    }
    Request::post(Read::SearchJql, &body)
}
