//! The census: the id and key of every issue that the account can see in the filter, 5,000 a request.

use crate::{
    client::{Client, Error, Read, Request, classify, jql::Jql},
    record::{Object, page},
    sync::scan::{IssuePage, Order, Window, count, ids, walk, windows},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

/// Issues of a window; a single search over more has been seen to end early.
const WINDOW: u64 = 50_000;
/// Windows that are listed at the same time.
const SIDE_BY_SIDE: usize = 4;
/// Issues that one question takes, where it does not only list.
pub const ASKED: usize = 50;

/// The issues that a filter lets through now.
#[derive(Debug, Default)]
pub struct Census {
    /// By id, with their keys.
    pub issues: BTreeMap<u64, String>,
    /// Those that were made before the last census.
    pub old: HashSet<u64>,
}

/// Takes the census; `last` is when the last one began.
pub async fn take(client: &Client, filter: &Jql, archived: bool, last: Option<i64>, now: i64) -> Result<Census, Error> {
    let mut census = Census::default();
    let before = Window { from: None, to: last };
    census.issues = part(client, filter, archived, before, now).await?;
    if last.is_some() {
        census.old = census.issues.keys().copied().collect();
        let after = Window { from: last, to: None };
        census.issues.extend(part(client, filter, archived, after, now).await?);
    }
    Ok(census)
}

async fn part(
    client: &Client,
    filter: &Jql,
    archived: bool,
    whole: Window,
    now: i64,
) -> Result<BTreeMap<u64, String>, Error> {
    let total = count(client, &whole.jql(filter, Order::Created)).await?;
    let windows = windows(client, filter, Order::Created, whole, now, (total, WINDOW)).await?;
    let mut lists = stream::iter(windows.into_iter().map(|(window, _)| {
        let jql = window.jql(filter, Order::Created).ordered("created");
        // What it leaves out is asked for one by one before it counts as gone.
        async move { walk(client, archived, &jql, true).await }
    }))
    .buffer_unordered(SIDE_BY_SIDE);
    let mut all = BTreeMap::new();
    while let Some(list) = lists.next().await {
        all.extend(list?);
    }
    Ok(all)
}

/// An issue that is there, though the census misses it.
#[derive(Debug, PartialEq, Eq)]
pub struct There {
    pub id: u64,
    pub key: String,
}

/// Asks for issues by id or key; those that are gone or hidden are left out of the reply. `None` stands for issues that
/// Jira could not load now: nothing is known about them.
pub async fn there(client: &Client, names: &[String]) -> Result<(Vec<There>, HashSet<String>), Error> {
    let request = Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": names, "fields": ["project"]}));
    let reply = client.call(&request).await?;
    let wrong = |why: String| classify::malformed(&request, why);
    let page = IssuePage::parse(&reply.body).map_err(wrong)?;
    let mut found = Vec::new();
    for raw in &page.issues {
        found.push(There { id: raw.number().map_err(wrong)?, key: raw.key() });
    }
    let errors = page.errors.iter().flatten();
    let unknown = errors.flat_map(|error| [error.id("id"), error.id("key")]).flatten().map(|name| name.into_owned());
    Ok((found, unknown.collect()))
}

/// Which of these issues are in the filter, judged by the truth rather than by the index (Jira REST v3: `reconcileIssues`).
pub async fn within(client: &Client, filter: &Jql, archived: bool, named: &[u64]) -> Result<HashSet<u64>, Error> {
    let ids: Vec<String> = named.iter().map(u64::to_string).collect();
    let jql = filter.clone().any_of("id", false, ids.iter().map(String::as_str)).unordered();
    let (mut found, mut tokens, mut token) = (HashSet::new(), HashSet::new(), None::<String>);
    // A page may be short, or empty, without being the last.
    loop {
        let request = match archived {
            true => ids.iter().fold(self::ids(true, &jql, token.as_deref(), false), |request, id| {
                request.query("reconcileIssues", id)
            }),
            false => {
                let mut body =
                    json!({"jql": jql, "fields": ["id"], "maxResults": named.len(), "reconcileIssues": named});
                if let Some(token) = &token {
                    body["nextPageToken"] = token.as_str().into();
                }
                Request::post(Read::SearchJql, &body)
            }
        };
        let reply = client.call(&request).await?;
        let wrong = |why: String| classify::malformed(&request, why);
        let mut page = IssuePage::parse(&reply.body).map_err(wrong)?;
        for raw in std::mem::take(&mut page.issues) {
            found.insert(raw.number().map_err(wrong)?);
        }
        match page.next_token().map_err(wrong)? {
            Some(next) if tokens.insert(next.clone()) => token = Some(next),
            Some(_) => return Err(wrong("the page tokens lead in circles".to_owned())),
            None => return Ok(found),
        }
    }
}

/// Those of these projects that have a status.
pub async fn projects(client: &Client, keys: &[String], status: &str) -> Result<HashSet<String>, Error> {
    let mut found = HashSet::new();
    for keys in keys.chunks(ASKED) {
        let request =
            Request::get("/rest/api/3/project/search", &[]).query("maxResults", "100").query("status", status);
        let request = keys.iter().fold(request, |request, key| request.query("keys", key));
        let reply = client.call(&request).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        let keys = page.records.iter().filter_map(|raw| Some(Object::parse(raw).ok()?.text("key")?.into_owned()));
        found.extend(keys);
    }
    Ok(found)
}
