//! Walks one list page by page, as its table says.

use super::Parent;
use crate::{
    client::{Client, Error, Request, classify},
    codes::Code,
    record::page,
    streams::{Paging, Shape, Table},
};
use std::borrow::Cow;

/// Empty pages in a row, each saying that it isn't the last, before the list counts as broken.
const EMPTY_PAGES: u32 = 5;
/// Tries at a reply that comes whole but has another shape.
const SHAPES: u32 = 3;
/// Pages of more records than this are asked for twice before they are asked for in parts.
const SMALL: u32 = 100;

/// Walks one list page by page.
pub struct Pages<'a> {
    client: &'a Client,
    table: &'a Table,
    parent: Option<&'a Parent>,
    /// A query parameter besides those of the table.
    pub more: Option<(&'static str, &'a str)>,
    size: u32,
    pub start: u32,
    /// Of the next page, where pages have tokens.
    pub token: Option<String>,
    empty: u32,
    /// Of all pages, where each says it.
    pub total: Option<u64>,
    /// It came to its end, rather than to a refusal.
    pub done: bool,
    /// The server's clock at the last page, epoch milliseconds.
    pub date: Option<i64>,
    /// Why its rest is left out, if it is.
    pub left_out: Option<&'static Code>,
}

impl<'a> Pages<'a> {
    pub fn new(client: &'a Client, table: &'a Table, parent: Option<&'a Parent>, start: u32) -> Self {
        let size = page_size(table);
        Self {
            client,
            table,
            parent,
            more: None,
            size,
            start,
            token: None,
            empty: 0,
            total: None,
            done: false,
            date: None,
            left_out: None,
        }
    }

    pub fn request(&self) -> Request {
        let request = question(self.table, &self.parent.map(Parent::path).unwrap_or_default());
        let request = self.more.iter().fold(request, |request, (name, value)| request.query(name, *value));
        match self.table.paging {
            Paging::None => request,
            Paging::Offset { .. } | Paging::UntilEmpty { .. } => {
                request.query("startAt", self.start.to_string()).query("maxResults", self.size.to_string())
            }
            Paging::Token { .. } => {
                let request = request.query("maxResults", self.size.to_string());
                let request = if self.size > SMALL { request.tries(2) } else { request };
                self.token.iter().fold(request, |request, token| request.query("nextPageToken", token))
            }
        }
    }

    /// Asks for less from now on, if that is possible.
    pub fn shrink(&mut self) -> bool {
        let shrinks = matches!(self.table.paging, Paging::Token { .. }) && self.size > SMALL;
        self.size = if shrinks { (self.size / 10).max(SMALL) } else { self.size };
        shrinks
    }

    pub fn records<'b>(&self, body: &'b str) -> Result<Vec<Cow<'b, str>>, Error> {
        let page = split(body, self.table);
        page.map(|page| page.records).map_err(|why| classify::malformed(&self.request(), why))
    }

    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        if self.done {
            return Ok(None);
        }
        let request = self.request();
        let mut shapes = 0;
        loop {
            let reply = self.client.call(&request).await?;
            self.date = reply.date.map(|date| date.timestamp_millis());
            match split(&reply.body, self.table).and_then(|page| self.advance(&page)) {
                Ok(()) => return Ok(Some(reply.body)),
                Err(why) if shapes + 1 == SHAPES => return Err(classify::malformed(&request, why)),
                Err(_) => shapes += 1,
            }
        }
    }

    fn advance(&mut self, page: &page::Page<'_>) -> Result<(), String> {
        let count = u32::try_from(page.records.len()).map_err(|_| "a page of four thousand million records")?;
        let (size, token) = (self.size, self.token.take());
        if page.next_token.is_some() && page.next_token == token {
            self.token = token;
            return Err("the token of the next page is that of this one".to_owned());
        }
        self.start += count;
        self.total = page.total.and_then(|total| u64::try_from(total).ok());
        self.done = match self.table.paging {
            Paging::None => true,
            Paging::UntilEmpty { .. } => count == 0,
            // `isLast` first: `total` may change from page to page.
            Paging::Offset { .. } => match (page.is_last, page.total) {
                (Some(last), _) => last,
                (None, Some(total)) => i64::from(self.start) >= total || count == 0,
                (None, None) => count == 0,
            },
            Paging::Token { .. } if page.next_token.is_none() && page.is_last == Some(false) => {
                self.token = token;
                return Err("neither the last page nor a nextPageToken".to_owned());
            }
            Paging::Token { .. } => page.next_token.is_none() || page.is_last == Some(true),
        };
        self.token.clone_from(&page.next_token);
        if !self.done && count == 0 {
            // An empty page that is not the last is allowed; a list of nothing but them is not.
            self.empty += 1;
            self.start += size;
            if self.empty >= EMPTY_PAGES {
                return Err("page after page is empty, and none is the last".to_owned());
            }
        }
        Ok(())
    }
}

/// A reply, taken apart as the table says.
pub fn split<'a>(body: &'a str, table: &Table) -> Result<page::Page<'a>, String> {
    match table.shape {
        Shape::List => page::split(body, table.records),
        Shape::Map => page::values(body, table.records),
        Shape::Lists(names) => page::lists(body, names),
        Shape::One => page::one(body),
    }
}

/// What a table asks, without its paging; `values` are the partition's, the outermost first.
pub fn question(table: &Table, values: &[&str]) -> Request {
    let own = values.last().copied().unwrap_or_default();
    table.query.iter().fold(Request::get(table.path, values), |request, (name, value)| {
        request.query(name, if value.starts_with('{') { own } else { value })
    })
}

pub fn page_size(table: &Table) -> u32 {
    match table.paging {
        Paging::None => 0,
        Paging::Offset { max } | Paging::UntilEmpty { max } | Paging::Token { max } => max,
    }
}
