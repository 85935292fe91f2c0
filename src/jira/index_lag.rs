//! How far Jira's search index is behind Jira, measured: what a search shows, compared with the issues themselves.
//!
//! A search answers from an index that takes changes in late, normally by seconds, after bulk changes by minutes (Jira REST
//! v3: "Search and reconcile"); a bulk read answers from the issues. A change from before the search that the search does not
//! show proves that the index lags. Without such a proof nothing is proven: only the newest issues are compared.

use super::search;
use crate::{
    client::{Client, Error, Read, Request, classify, jql::Jql},
    record::{Object, page, time},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Issues that a search shows as the last changed; with as many ids after them, one bulk read takes them all.
const SHOWN: usize = 50;
/// Issues that no search shows yet have higher ids than those that one does.
const AFTER: u64 = 50;
/// Most on a page that shows more than ids (Jira REST v3: `search/jql`).
const PAGE: usize = 100;
const FIELDS: [&str; 2] = ["updated", "created"];

/// How far the search index is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Milliseconds by which it lags at least; 0 if no lag was seen.
    pub behind: i64,
    /// Everything that changed before this is in the index, as far as is known. If it lags, that is no later than the
    /// newest change that it shows, because changes after that may be missing even of issues that were not compared.
    pub as_of: i64,
}

/// An issue by its times, epoch milliseconds.
#[derive(Clone, Copy)]
struct Times {
    updated: Option<i64>,
    created: Option<i64>,
}

type Issues = BTreeMap<u64, Times>;

/// What the index shows on one page.
struct Shown {
    issues: Issues,
    /// Nothing follows.
    whole: bool,
    /// The server's clock.
    date: Option<i64>,
}

impl Shown {
    /// Before this the page says nothing; none if it says all.
    fn reach(&self, time: impl Fn(&Times) -> Option<i64>) -> Option<i64> {
        (!self.whole).then(|| self.issues.values().filter_map(time).min().unwrap_or(i64::MAX))
    }
}

/// Compares what a search with the filter shows with the issues themselves. `now` is the server's clock, not later than
/// this is called. An error leaves the lag unknown and is no reason to fail.
pub async fn measure(client: &Client, filter: &Jql, now: i64) -> Result<Lag, Error> {
    let shown = newest(client, filter, "updated", SHOWN).await?;
    // A change while the search was under way is no lag, and neither is one that only a fast clock takes for earlier.
    let asked = shown.date.map_or(now, |date| date.min(now));
    let none = Lag { behind: 0, as_of: asked };
    let latest = shown.issues.values().filter_map(|issue| issue.updated).max();
    let (Some(highest), Some(latest)) = (shown.issues.keys().max(), latest) else { return Ok(none) };
    let after = *highest + 1..=*highest + AFTER;
    let mut issues = read(client, shown.issues.keys().copied().chain(after)).await?;
    issues.retain(|_, issue| issue.updated.is_some_and(|updated| updated < asked));
    let (known, new): (Issues, Issues) = issues.into_iter().partition(|(id, _)| shown.issues.contains_key(id));
    let missing = [behind(&known, &shown), unknown(client, new, &shown).await?];
    let missing = missing.into_iter().flatten().min();
    Ok(missing.map_or(none, |first| Lag { behind: asked - first, as_of: first.min(latest) }))
}

/// The first change among the issues that the index shows as older than they are.
fn behind(issues: &Issues, shown: &Shown) -> Option<i64> {
    let is_newer = |(id, issue): (&u64, &Times)| {
        let indexed = shown.issues.get(id)?.updated?;
        issue.updated.filter(|updated| *updated > indexed)
    };
    issues.iter().filter_map(is_newer).min()
}

/// The first change among new issues that the index does not show. Whether the filter wants them does not matter, because
/// there is one index: it is asked for what was created since, whatever the filter says.
async fn unknown(client: &Client, mut new: Issues, shown: &Shown) -> Result<Option<i64>, Error> {
    let reach = shown.reach(|issue| issue.updated);
    new.retain(|_, issue| issue.created.is_some() && issue.updated > reach);
    let Some(since) = new.values().filter_map(|issue| issue.created).min() else { return Ok(None) };
    let indexed = newest(client, &Jql::default().at_least("created", since), "created", PAGE).await?;
    let reach = indexed.reach(|issue| issue.created);
    let (there, absent): (Issues, Issues) = new.into_iter().partition(|(id, _)| indexed.issues.contains_key(id));
    let absent = absent.into_values().filter(|issue| issue.created > reach).filter_map(|issue| issue.updated);
    Ok(absent.chain(behind(&there, &indexed)).min())
}

/// The newest by a field, as the index has them.
async fn newest(client: &Client, jql: &Jql, field: &str, size: usize) -> Result<Shown, Error> {
    let (request, reply) = search::newest(client, jql, field, &FIELDS, size).await?;
    let (issues, whole) = issues(&reply.body).map_err(|why| classify::malformed(&request, why))?;
    Ok(Shown { issues, whole, date: reply.date.map(|date| date.timestamp_millis()) })
}

/// The issues themselves. Those that are not there, or not visible, are left out (Jira REST v3: "Bulk fetch issues").
async fn read(client: &Client, ids: impl Iterator<Item = u64>) -> Result<Issues, Error> {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let request = Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": ids, "fields": FIELDS}));
    let reply = client.call(&request).await?;
    issues(&reply.body).map(|(issues, _)| issues).map_err(|why| classify::malformed(&request, why))
}

/// The issues of a page, and whether it says that it is the last.
fn issues(body: &str) -> Result<(Issues, bool), String> {
    let page = page::split(body, "issues")?;
    let mut issues = Issues::new();
    for raw in &page.records {
        let issue = Object::parse(raw).map_err(|error| error.to_string())?;
        let id = issue.id("id").and_then(|id| id.parse().ok()).ok_or("an issue has no id, or one that is no number")?;
        let fields = issue.object("fields").unwrap_or_default();
        let moment = |name| fields.text(name).and_then(|text| time::parse(&text));
        issues.insert(id, Times { updated: moment("updated"), created: moment("created") });
    }
    Ok((issues, page.is_last == Some(true)))
}
