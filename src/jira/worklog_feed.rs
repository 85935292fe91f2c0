//! The site's feeds of worklogs, changed or deleted: IDs with their moments, oldest first, page by page.

use super::paginator::{List, PageCursor, Paginator, Paging};
use crate::{
    client::{Client, Error, Request, classify},
    record::{Object, page},
};

/// Entries of a page at most (Jira REST v3: "Get IDs of updated worklogs").
pub const PAGE: usize = 1_000;
/// The feeds end this long before the present (Jira REST v3), milliseconds.
pub const LAG: i64 = 60_000;

pub const UPDATED: &str = "/rest/api/3/worklog/updated";
pub const DELETED: &str = "/rest/api/3/worklog/deleted";

/// A walk along a feed.
pub struct WorklogFeed<'a> {
    pages: Paginator<'a>,
}

/// One worklog, and when it was changed or deleted, epoch milliseconds.
pub struct Entry {
    pub id: u64,
    pub at: i64,
}

impl<'a> WorklogFeed<'a> {
    /// It is not documented whether `since` itself is included, so it begins a millisecond earlier.
    pub fn new(client: &'a Client, route: &'static str, since: i64) -> Self {
        let list = List::Get(Request::get(route, &[]));
        let cursor = PageCursor::new(list, Paging::Since, 0).starting_at((since - 1).max(0));
        Self { pages: Paginator::new(client, cursor, Box::new(split)) }
    }

    /// Where the next page begins; `None` after the last one.
    pub fn since(&self) -> Option<i64> {
        (!self.pages.cursor.is_done()).then_some(self.pages.cursor.start)
    }

    /// The next page; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        let request = self.pages.cursor.request();
        let Some(reply) = self.pages.next().await? else { return Ok(None) };
        let records = self.pages.records(&reply.body)?;
        let entries = records.iter().map(|raw| entry(raw)).collect::<Option<Vec<_>>>();
        let why = "an entry has no worklogId or no updatedTime";
        entries.map(Some).ok_or_else(|| classify::malformed(&request, why))
    }
}

fn split(body: &str) -> Result<page::Page<'_>, String> {
    let object = Object::parse(body).map_err(|error| error.to_string())?;
    let is_last = Some(object.get("lastPage").is_some_and(|last| last.get() == "true"));
    // Not the address in `nextPage`: it may name another host.
    Ok(page::Page { is_last, until: object.integer("until"), ..page::split(body, "values")? })
}

fn entry(raw: &str) -> Option<Entry> {
    let object = Object::parse(raw).ok()?;
    Some(Entry { id: object.id("worklogId")?.parse().ok()?, at: object.integer("updatedTime")? })
}
