//! Bulk reads: issues, changelogs and comments by their IDs. What is deleted or hidden is left out of the reply (Jira REST v3:
//! "Bulk fetch issues").

use super::{
    issue::IssuePage,
    paginator::{List, PageCursor, Paging},
};
use crate::{
    client::{Client, Error, Read, Request, classify},
    record::page,
};
use serde_json::json;
use std::collections::HashSet;

/// Issues that one request takes when it asks for more than a few plain fields (Jira REST v3).
pub const ISSUES: usize = 100;
/// Issues whose changelogs one request takes (Jira REST v3: "Bulk fetch changelogs").
pub const CHANGELOGS: usize = 1_000;
/// Comments that one request takes (Jira REST v3: "Get comments by IDs").
pub const COMMENTS: usize = 1_000;
/// Worklogs that one request takes (Jira REST v3: "Get worklogs").
pub const WORKLOGS: usize = 1_000;
const CHANGELOG_PAGE: u32 = 10_000;
/// Tries of a request that can be cut in halves, and of one that can't.
const TRIES: [u32; 2] = [2, 5];

/// Whole issues by ID. What fails after a second try is asked for in halves.
pub fn issues(ids: &[u64], fields: &[String], expand: &[&str]) -> Request {
    let names: Vec<String> = ids.iter().map(u64::to_string).collect();
    let mut body = json!({"issueIdsOrKeys": names, "fields": fields});
    if !expand.is_empty() {
        body["expand"] = json!(expand);
    }
    Request::post(Read::IssueBulkFetch, &body).tries(if ids.len() > 1 { TRIES[0] } else { TRIES[1] })
}

/// The changelogs of issues, all their pages.
pub fn changelogs(ids: impl Iterator<Item = u64>) -> PageCursor {
    let names: Vec<String> = ids.map(|id| id.to_string()).collect();
    let list = List::Post { read: Read::ChangelogBulkFetch, body: json!({"issueIdsOrKeys": names}), tries: 5 };
    PageCursor::new(list, Paging::Token, CHANGELOG_PAGE)
}

/// Comments by ID.
pub fn comments(ids: &[u64], can_be_halved: bool) -> Request {
    Request::post(Read::CommentList, &json!({"ids": ids})).tries(if can_be_halved { TRIES[0] } else { TRIES[1] })
}

/// Worklogs by ID.
pub fn worklogs(ids: &[u64]) -> Request {
    Request::post(Read::WorklogList, &json!({"ids": ids}))
}

/// Whether an issue exists and is visible.
pub fn issue_exists(id: u64) -> Request {
    Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": [id.to_string()], "fields": ["id"]}))
}

/// What the reply to [`issue_exists`] says.
pub fn exists(body: &str) -> Result<bool, String> {
    page::split(body, "issues").map(|page| !page.records.is_empty())
}

/// An issue that a bulk read found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub id: u64,
    pub key: String,
}

/// Asks for issues by ID or key: those that exist and are visible, and the names of those that Jira could not load now,
/// about which nothing is known.
pub async fn find(client: &Client, names: &[String]) -> Result<(Vec<Found>, HashSet<String>), Error> {
    let request = Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": names, "fields": ["project"]}));
    let reply = client.call(&request).await?;
    let wrong = |why: String| classify::malformed(&request, why);
    let page = IssuePage::parse(&reply.body).map_err(wrong)?;
    let mut found = Vec::new();
    for raw in &page.issues {
        found.push(Found { id: raw.number().map_err(wrong)?, key: raw.key() });
    }
    let errors = page.errors.iter().flatten();
    let unknown = errors.flat_map(|error| [error.id("id"), error.id("key")]).flatten().map(|name| name.into_owned());
    Ok((found, unknown.collect()))
}
