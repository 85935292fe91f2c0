//! The fields of a site, in both of Jira's lists: each shows some that the other leaves out.

use super::paginator::{List, PageCursor, Paginator, Paging};
use crate::{
    client::{Client, Error, Request},
    record::page,
};

const ALL: &str = "/rest/api/3/field";
const SEARCH: &str = "/rest/api/3/field/search";
const PAGE: u32 = 50;

/// Each field that is in use, system or custom.
pub async fn all(client: &Client, take: impl FnMut(&str)) -> Result<(), Error> {
    let cursor = PageCursor::new(List::Get(Request::get(ALL, &[])), Paging::None, 0);
    each(Paginator::new(client, cursor, Box::new(|body| page::split(body, ""))), take).await
}

/// Each custom field of the paged list, which is in another form.
pub async fn custom(client: &Client, take: impl FnMut(&str)) -> Result<(), Error> {
    let request = Request::get(SEARCH, &[]).query("type", "custom");
    let cursor = PageCursor::new(List::Get(request), Paging::START_AT, PAGE);
    each(Paginator::new(client, cursor, Box::new(|body| page::split(body, "values"))), take).await
}

async fn each(pages: Paginator<'_>, mut take: impl FnMut(&str)) -> Result<(), Error> {
    let take = |raw: &str| {
        take(raw);
        Ok(())
    };
    pages.for_each(take).await
}
