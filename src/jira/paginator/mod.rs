//! The only loop over pages.
//!
//! Jira's lists say in four ways how they go on, and now and then contradict themselves: `isLast` may be true on every page,
//! false on the last one, or null; `total` may be missing or wrong; a token may come twice; `startAt` may be ignored. So one
//! sign alone never ends a list early, and a list never goes on without anything new: see [`PageCursor::advance`].

use crate::{
    client::{Client, Error, Kind, Read, Reply, Request, classify},
    record::page::Page,
};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Empty pages in a row that promise more, before the list counts as broken. A page of few may be empty where what it would
/// show is hidden from the account.
const EMPTY_PAGES: u32 = 5;
/// Tries at a reply that comes whole but has another shape.
const SHAPES: u32 = 3;

/// A page of more records than this, of a list that shrinks, is asked for twice before it is asked for in parts.
const SMALL: u32 = 100;

/// How a list is cut into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One reply holds everything.
    None,
    /// Parameters for the offset and the size of a page; the reply says how it goes on by `isLast` or `total`, or a page comes
    /// empty. A short page is not the last one: Jira may lower the size at any time.
    Offset { start: &'static str, size: &'static str },
    /// `nextPageToken` and `maxResults`, until a reply has no token.
    Token,
    /// A feed: `since`, and the reply's `until` is where the next page begins, until `lastPage`.
    Since,
}

impl Paging {
    /// As most of Jira's lists have it.
    pub const START_AT: Self = Self::Offset { start: "startAt", size: "maxResults" };
}

/// A list without its paging.
#[derive(Clone, Debug)]
pub enum List {
    Get(Request),
    /// A read by POST: its paging goes into the body.
    Post {
        read: Read,
        body: Value,
        tries: u32,
    },
}

impl List {
    fn page(&self, parameters: &[(&str, Value)]) -> Request {
        match self {
            Self::Get(request) => parameters.iter().fold(request.clone(), |request, (name, value)| match value {
                Value::String(text) => request.query(name, text),
                number => request.query(name, number.to_string()),
            }),
            Self::Post { read, body, tries } => {
                let mut body = body.clone();
                parameters.iter().for_each(|(name, value)| body[*name] = value.clone());
                Request::post(*read, &body).tries(*tries)
            }
        }
    }
}

/// What a page says about itself and the next one.
#[derive(Clone, Debug, Default)]
pub struct PageSigns {
    /// What tells its records apart: IDs, or hashes.
    pub records: Vec<u64>,
    pub start: Option<i64>,
    pub total: Option<i64>,
    pub is_last: Option<bool>,
    pub next_token: Option<String>,
    /// Of a feed: where the next page begins.
    pub until: Option<i64>,
}

impl PageSigns {
    /// The signs of a page whose records are distinguished by their text.
    pub fn of(page: &Page<'_>) -> Self {
        Self {
            records: page.records.iter().map(|record| hash(record)).collect(),
            start: page.start,
            total: page.total,
            is_last: page.is_last,
            next_token: page.next_token.clone(),
            until: page.until,
        }
    }
}

fn hash(record: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    hasher.finish()
}

/// Why a list cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagingFault {
    /// Neither the last page nor a way to the next.
    NoWayOn,
    RepeatedToken,
    OtherStart,
    /// Only records that earlier pages had.
    NothingNew,
    OnlyEmptyPages,
}

impl fmt::Display for PagingFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoWayOn => "the page is not the last, but does not say how to get the next",
            Self::RepeatedToken => "the token of the next page came before, so the pages lead in a circle",
            Self::OtherStart => "the page begins at another place than it was asked for",
            Self::NothingNew => "the page repeats records of earlier pages and has no others, so the list does not end",
            Self::OnlyEmptyPages => "page after page is empty, and none is the last",
        })
    }
}

/// A place in a list, from page to page. Pure: whoever has it sends the request.
#[derive(Clone, Debug)]
pub struct PageCursor {
    list: List,
    paging: Paging,
    pub size: u32,
    /// Records so far; of a feed, where the next page begins.
    pub start: i64,
    token: Option<String>,
    tokens: HashSet<String>,
    seen: HashSet<u64>,
    empty_pages: u32,
    /// A sign said that the list ends, and another one that it goes on.
    contradicted: bool,
    /// Large pages may be asked for in parts.
    shrinks: bool,
    /// Of the last page, where pages say it.
    pub total: Option<u64>,
    done: bool,
}

impl PageCursor {
    pub fn new(list: List, paging: Paging, size: u32) -> Self {
        Self {
            list,
            paging,
            size,
            start: 0,
            token: None,
            tokens: HashSet::new(),
            seen: HashSet::new(),
            empty_pages: 0,
            contradicted: false,
            shrinks: false,
            total: None,
            done: false,
        }
    }

    /// The same from another offset, or moment of a feed.
    pub fn starting_at(self, start: i64) -> Self {
        Self { start, ..self }
    }

    /// The same, with pages that [`Self::shrink`] makes smaller where Jira cannot serve them.
    pub fn shrinking(self) -> Self {
        Self { shrinks: true, ..self }
    }

    /// Asks for less from now on, if that is possible.
    pub fn shrink(&mut self) -> bool {
        let can = self.shrinks && self.size > SMALL;
        self.size = if can { (self.size / 10).max(SMALL) } else { self.size };
        can
    }

    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Whether a page before had the token that the next one is asked for with.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Nothing more is to be asked for.
    pub fn end(&mut self) {
        self.done = true;
    }

    /// The request for the next page.
    pub fn request(&self) -> Request {
        let request = self.page();
        if self.shrinks && self.size > SMALL { request.tries(2) } else { request }
    }

    fn page(&self) -> Request {
        match self.paging {
            Paging::None => self.list.page(&[]),
            Paging::Offset { start, size } => self.list.page(&[(start, self.start.into()), (size, self.size.into())]),
            Paging::Token => {
                let token = self.token.as_deref().map(|token| ("nextPageToken", token.into()));
                let size = Some(("maxResults", self.size.into())).filter(|_| self.size > 0);
                self.list.page(&size.into_iter().chain(token).collect::<Vec<_>>())
            }
            Paging::Since => self.list.page(&[("since", self.start.into())]),
        }
    }

    /// Takes a page's signs. The list ends where all signs agree; where they contradict each other, where nothing new comes.
    /// Where all say that it goes on and nothing new comes, it is broken.
    pub fn advance(&mut self, page: &PageSigns) -> Result<(), PagingFault> {
        let count = page.records.len();
        if let (Paging::Offset { .. }, Some(start)) = (self.paging, page.start)
            && start != self.start
            && count > 0
            && !cfg!(mutant = "repeated_pages_are_new")
        {
            return Err(PagingFault::OtherStart);
        }
        let new: Vec<u64> = page.records.iter().copied().filter(|record| !self.seen.contains(record)).collect();
        let is_new = !new.is_empty() || count > 0 && cfg!(mutant = "repeated_pages_are_new");
        self.total = page.total.and_then(|total| u64::try_from(total).ok());
        match self.paging {
            Paging::None => self.done = true,
            Paging::Offset { .. } => self.advance_offset(page, count, is_new)?,
            Paging::Token => self.advance_token(page, count, is_new)?,
            Paging::Since => match page.until.filter(|until| *until > self.start) {
                _ if page.is_last == Some(true) => self.done = true,
                Some(until) => self.start = until,
                None => return Err(PagingFault::NoWayOn),
            },
        }
        // Only now: a page that is refused may be asked for again. A feed goes on by its moments alone, and has millions of
        // entries.
        if self.paging != Paging::Since {
            self.seen.extend(new);
        }
        Ok(())
    }

    fn advance_offset(&mut self, page: &PageSigns, count: usize, is_new: bool) -> Result<(), PagingFault> {
        let next = self.start + count as i64;
        let reached = page.total.map(|total| next >= total);
        let (ends, goes_on) = (
            page.is_last == Some(true) || reached == Some(true),
            page.is_last == Some(false) || reached == Some(false),
        );
        self.contradicted |= ends && goes_on;
        if is_new {
            self.empty_pages = 0;
            self.start = next;
            self.done = ends && (!goes_on || cfg!(mutant = "one_sign_ends_a_list"));
            return Ok(());
        }
        // Nothing new: the end, unless every sign promises more.
        if ends || !goes_on || self.contradicted {
            self.done = ends || self.contradicted || count == 0;
            return if self.done { Ok(()) } else { Err(PagingFault::NothingNew) };
        }
        if count > 0 {
            return Err(PagingFault::NothingNew);
        }
        self.empty_pages += 1;
        self.start += i64::from(self.size);
        if self.empty_pages >= EMPTY_PAGES { Err(PagingFault::OnlyEmptyPages) } else { Ok(()) }
    }

    fn advance_token(&mut self, page: &PageSigns, count: usize, is_new: bool) -> Result<(), PagingFault> {
        let Some(token) = page.next_token.as_ref().filter(|token| !token.is_empty()) else {
            self.done = page.is_last != Some(false);
            return if self.done { Ok(()) } else { Err(PagingFault::NoWayOn) };
        };
        self.contradicted |= page.is_last == Some(true);
        if !is_new && self.contradicted {
            self.done = true;
            return Ok(());
        }
        if !is_new && count > 0 {
            return Err(PagingFault::NothingNew);
        }
        if !self.tokens.insert(token.clone()) {
            return Err(PagingFault::RepeatedToken);
        }
        self.empty_pages = if is_new { 0 } else { self.empty_pages + 1 };
        // A search's empty pages hide issues that the account may not see, and there can be many of them.
        if self.empty_pages > 20 * EMPTY_PAGES {
            return Err(PagingFault::OnlyEmptyPages);
        }
        self.token = Some(token.clone());
        Ok(())
    }

    /// What a refused request means: an error, or the end of a list whose signs contradict each other.
    pub fn refused(&mut self, error: Error) -> Result<(), Error> {
        if self.contradicted && error.kind == Kind::BadRequest {
            self.done = true;
            return Ok(());
        }
        Err(error)
    }
}

/// Splits the body of a reply into its records.
pub type Split<'a> = dyn for<'b> Fn(&'b str) -> Result<Page<'b>, String> + Send + Sync + 'a;

/// Walks a list page by page.
pub struct Paginator<'a> {
    client: &'a Client,
    pub cursor: PageCursor,
    split: Box<Split<'a>>,
}

impl<'a> Paginator<'a> {
    pub fn new(client: &'a Client, cursor: PageCursor, split: Box<Split<'a>>) -> Self {
        Self { client, cursor, split }
    }

    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Reply>, Error> {
        if self.cursor.is_done() {
            return Ok(None);
        }
        let request = self.cursor.request();
        let mut shapes = 0;
        loop {
            let reply = match self.client.call(&request).await {
                Ok(reply) => reply,
                Err(error) => return self.cursor.refused(error).map(|()| None),
            };
            let signs = (self.split)(&reply.body).map(|page| PageSigns::of(&page));
            match signs.and_then(|signs| self.cursor.advance(&signs).map_err(|fault| fault.to_string())) {
                Ok(()) => return Ok(Some(reply)),
                Err(why) if shapes + 1 == SHAPES => return Err(classify::malformed(&request, why)),
                Err(_) => shapes += 1,
            }
        }
    }

    /// The records of a page.
    pub fn records<'b>(&self, body: &'b str) -> Result<Vec<Cow<'b, str>>, Error> {
        let page = (self.split)(body);
        page.map(|page| page.records).map_err(|why| classify::malformed(&self.cursor.request(), why))
    }

    /// Each record of the list.
    pub async fn for_each(mut self, mut take: impl FnMut(&str) -> Result<(), String>) -> Result<(), Error> {
        while let Some(reply) = self.next().await? {
            for record in self.records(&reply.body)? {
                take(&record).map_err(|why| classify::malformed(&self.cursor.request(), why))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
