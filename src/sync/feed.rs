//! The site's feeds of worklogs, changed or deleted: ids with their moments, oldest first, page by page.

use crate::{
    client::{Client, Error, Request, classify},
    record::{Object, page},
};

/// Entries of a page at most (Jira REST v3: "Get IDs of updated worklogs").
pub const PAGE: usize = 1_000;
/// How far behind the present the feeds end (Jira REST v3).
pub const BEHIND: i64 = 60_000;

/// A walk along a feed.
pub struct Feed<'a> {
    client: &'a Client,
    route: &'static str,
    /// From when on the next page is, epoch milliseconds; none behind the last page.
    pub since: Option<i64>,
}

/// One worklog, and when it was changed or deleted.
pub struct Entry {
    pub id: u64,
    pub at: i64,
}

impl<'a> Feed<'a> {
    /// It is not documented whether `since` itself is included, so it begins a millisecond earlier.
    pub fn new(client: &'a Client, route: &'static str, since: i64) -> Self {
        Self { client, route, since: Some((since - 1).max(0)) }
    }

    /// The next page; none behind the last.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        let Some(since) = self.since else { return Ok(None) };
        let request = Request::get(self.route, &[]).query("since", since.to_string());
        let reply = self.client.call(&request).await?;
        let wrong = |why: &str| classify::malformed(&request, why);
        let page = page::split(&reply.body, "values").map_err(|why| wrong(&why))?;
        let entries = page.records.iter().map(|raw| entry(raw)).collect::<Option<Vec<_>>>();
        let entries = entries.ok_or_else(|| wrong("an entry has no worklogId or no updatedTime"))?;
        let object = Object::parse(&reply.body).map_err(|error| wrong(&error.to_string()))?;
        let last = object.get("lastPage").is_some_and(|last| last.get() == "true");
        // Not the address in `nextPage`: it may name another host.
        let next = object.integer("until").filter(|until| *until > since);
        if !last && next.is_none() {
            return Err(wrong("not the last page, but `until` does not move on"));
        }
        self.since = next.filter(|_| !last);
        Ok(Some(entries))
    }
}

fn entry(raw: &str) -> Option<Entry> {
    let object = Object::parse(raw).ok()?;
    Some(Entry { id: object.id("worklogId")?.parse().ok()?, at: object.integer("updatedTime")? })
}
