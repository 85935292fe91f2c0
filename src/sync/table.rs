//! Reads list endpoints, as their tables say.

use super::{
    emit::Emitter,
    gone::Lists,
    report::Report,
    state::{Position, StreamState},
};
use crate::{
    client::{Client, Error, Request, classify},
    codes::{Code, Severity},
    config::Config,
    record::{Object, page, splice},
    streams::{Add, Keep, Paging, Partition, Stream, Table},
};
use futures_util::{StreamExt, stream};
use std::borrow::Cow;

/// Lists of a partitioned stream that are read at the same time.
const PARTITIONS: usize = 8;
/// Empty pages in a row, each saying that it isn't the last, before the list counts as broken.
const EMPTY_PAGES: u32 = 5;
/// Tries at a reply that comes whole but has another shape.
const SHAPES: u32 = 3;

/// A value of a partitioned stream: a member of a parent's record, as it stands there and as it goes into a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parent {
    /// For the order in which partitions are read, which must be the same in the next run.
    order: (usize, String),
    pub json: String,
    /// Not archived and not in the trash, so that what is missing from its list is missing there.
    live: bool,
}

impl Parent {
    fn take(record: &Object<'_>, take: &str) -> Option<Self> {
        let id = record.id(take)?.into_owned();
        let is = |state: &str| record.get(state).is_some_and(|value| value.get() == "true");
        let live = !is("archived") && !is("deleted");
        Some(Self { json: record.get(take)?.get().to_owned(), order: (id.len(), id), live })
    }

    pub fn id(&self) -> &str {
        &self.order.1
    }
}

/// What reading a table needs to know.
pub struct Reading<'a> {
    pub client: &'a Client,
    pub out: &'a Emitter,
    pub report: &'a Report,
    pub config: &'a Config,
}

impl Reading<'_> {
    /// Reads a stream without partitions. `emit` is false where only its children need it; `take` is what they need.
    pub async fn list(
        &self,
        stream: &'static Stream,
        table: &Table,
        state: Option<&mut StreamState>,
        take: &[Wanted],
    ) -> Result<Vec<Vec<Parent>>, Error> {
        let mut taken = vec![Vec::new(); take.len()];
        let start = match state.as_deref().map(|state| &state.position) {
            // A page back: records may have moved up since.
            Some(Position::List { offset, .. }) if take.is_empty() => offset.saturating_sub(page_size(table)),
            _ => 0,
        };
        let emit = state.is_some();
        let mut pages = Pages::new(self.client, table, None, start);
        let mut state = state;
        while let Some(body) = self.next(stream, table, &mut pages).await? {
            for raw in records(&body, table, pages.request())? {
                let keep = self.keeps(table, &raw);
                if keep && emit {
                    self.emit(stream, table, &raw, None);
                }
                if let (true, Ok(record)) = (keep && !take.is_empty(), Object::parse(&raw)) {
                    for (wanted, taken) in take.iter().zip(&mut taken) {
                        taken.extend(wanted.from(&record));
                    }
                }
            }
            if let Some(state) = state.as_deref_mut() {
                state.position = Position::List { after: None, offset: pages.start };
                self.checkpoint(stream, state);
            }
        }
        Ok(taken)
    }

    /// Reads a stream list by list, for each parent. `state` is missing where nothing is sent; `compared` takes the lists
    /// that could be read in whole.
    pub async fn lists(
        &self,
        stream: &'static Stream,
        table: &Table,
        parents: &[Parent],
        mut state: Option<&mut StreamState>,
        mut compared: Option<&mut Lists>,
    ) -> Result<(), Error> {
        let mut parents = parents.to_vec();
        parents.sort();
        parents.dedup();
        if let Some(Position::List { after: Some(after), .. }) = state.as_deref().map(|state| &state.position) {
            let done = (after.len(), after.clone());
            parents.retain(|parent| parent.order > done);
        }
        let mut lists = stream::iter(parents.iter().map(|parent| async move {
            let mut pages = Pages::new(self.client, table, Some(parent.id()), 0);
            let mut bodies = Vec::new();
            while let Some(body) = self.next(stream, table, &mut pages).await? {
                bodies.push(body);
            }
            Ok::<_, Error>((parent, pages, bodies))
        }))
        .buffered(PARTITIONS);
        let mut failed = false;
        while let Some(list) = lists.next().await {
            let (parent, pages, bodies) = list?;
            let mut all = Vec::new();
            for body in &bodies {
                all.extend(records(body, table, pages.request())?);
            }
            if let Some(lists) = compared.as_deref_mut().filter(|_| pages.done && parent.live) {
                lists.add(parent, all.iter().map(AsRef::as_ref), pages.date);
            }
            let Some(state) = state.as_deref_mut() else { continue };
            for raw in all.iter().filter(|raw| self.keeps(table, raw)) {
                self.emit(stream, table, raw, Some(parent));
            }
            // What is resumed begins with the first list whose lack makes the stream fail.
            failed |= pages.left_out.is_some_and(|code| self.report.severity(code) == Severity::Fail);
            if !failed {
                state.position = Position::List { after: Some(parent.id().to_owned()), offset: 0 };
            }
            self.checkpoint(stream, state);
        }
        Ok(())
    }

    /// The next page; a refusal that the table expects ends the list.
    async fn next(&self, stream: &Stream, table: &Table, pages: &mut Pages<'_>) -> Result<Option<String>, Error> {
        match pages.next().await {
            Err(error) => match table.skip.iter().find(|skip| Some(skip.status) == error.status) {
                Some(skip) => {
                    self.report.skip(stream.name, skip.code);
                    pages.left_out = Some(skip.code);
                    Ok(None)
                }
                None => Err(error),
            },
            page => page,
        }
    }

    fn checkpoint(&self, stream: &Stream, state: &StreamState) {
        if self.out.since_state(stream.name) >= 4_000 {
            self.out.state(stream.name, state.to_json());
        }
    }

    /// Whether the project filter of the config lets a record through.
    fn keeps(&self, table: &Table, raw: &str) -> bool {
        let Keep::Project(path) = table.keep else { return true };
        let filters = &self.config.filters;
        if filters.projects.is_empty() && filters.exclude_projects.is_empty() {
            return true;
        }
        let key = Object::parse(raw).ok().and_then(|record| text_at(&record, path));
        match key {
            Some(key) => {
                (filters.projects.is_empty() || filters.projects.contains(&key))
                    && !filters.exclude_projects.contains(&key)
            }
            // Without a project it belongs to none of those wanted, nor to one left out.
            None => filters.projects.is_empty(),
        }
    }

    fn emit(&self, stream: &Stream, table: &Table, raw: &str, parent: Option<&Parent>) {
        if let Some(name) = table.wrap {
            return self.out.record(stream.name, |line| {
                line.push(b'{');
                splice::write_member(line, &mut true, name, raw);
                line.push(b'}');
            });
        }
        let object = if table.add.is_empty() { Object::default() } else { Object::parse(raw).unwrap_or_default() };
        let added: Vec<(&str, String)> = table
            .add
            .iter()
            .map(|add| match add {
                Add::Partition { name } => {
                    (*name, parent.map_or_else(|| "null".to_owned(), |parent| parent.json.clone()))
                }
                Add::Text { name, from } => {
                    (*name, text_at(&object, from).map_or_else(|| "null".to_owned(), |text| splice::quoted(&text)))
                }
            })
            .collect();
        let members: Vec<splice::Member<'_>> = added.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.out.record(stream.name, |line| splice::splice(line, raw, &members));
    }
}

/// What a child needs of its parent's records.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    take: &'static str,
    when: Option<(&'static str, &'static [&'static str])>,
}

impl Wanted {
    /// What the stream needs of its parent, if it has one.
    pub fn of(table: &Table) -> Option<(&'static Stream, Self)> {
        match table.partition {
            Partition::One => None,
            Partition::Each { of, take, when } => Some((of, Self { take, when })),
        }
    }

    fn from(&self, record: &Object<'_>) -> Option<Parent> {
        let fits = self
            .when
            .is_none_or(|(member, values)| record.text(member).is_some_and(|value| values.contains(&value.as_ref())));
        if fits { Parent::take(record, self.take) } else { None }
    }
}

/// Walks one list page by page.
struct Pages<'a> {
    client: &'a Client,
    table: &'a Table,
    value: Option<&'a str>,
    start: u32,
    empty: u32,
    /// It came to its end, rather than to a refusal.
    done: bool,
    /// The server's clock at the last page, epoch milliseconds.
    date: Option<i64>,
    /// Why its rest is left out, if it is.
    left_out: Option<&'static Code>,
}

impl<'a> Pages<'a> {
    fn new(client: &'a Client, table: &'a Table, value: Option<&'a str>, start: u32) -> Self {
        Self { client, table, value, start, empty: 0, done: false, date: None, left_out: None }
    }

    fn request(&self) -> Request {
        let request = Request::get(self.table.path, self.value.as_slice());
        let request = self.table.query.iter().fold(request, |request, (name, value)| request.query(name, value));
        match self.table.paging {
            Paging::None => request,
            Paging::Offset { max } | Paging::UntilEmpty { max } => {
                request.query("startAt", self.start.to_string()).query("maxResults", max.to_string())
            }
        }
    }

    async fn next(&mut self) -> Result<Option<String>, Error> {
        if self.done {
            return Ok(None);
        }
        let request = self.request();
        let mut shapes = 0;
        loop {
            let reply = self.client.call(&request).await?;
            self.date = reply.date.map(|date| date.timestamp_millis());
            match page::split(&reply.body, self.table.records).and_then(|page| self.advance(&page)) {
                Ok(()) => return Ok(Some(reply.body)),
                Err(why) if shapes + 1 == SHAPES => return Err(classify::malformed(&request, why)),
                Err(_) => shapes += 1,
            }
        }
    }

    fn advance(&mut self, page: &page::Page<'_>) -> Result<(), String> {
        let count = u32::try_from(page.records.len()).map_err(|_| "a page of four thousand million records")?;
        let size = page_size(self.table);
        self.start += count;
        self.done = match self.table.paging {
            Paging::None => true,
            Paging::UntilEmpty { .. } => count == 0,
            // `isLast` first: `total` may change from page to page.
            Paging::Offset { .. } => match (page.is_last, page.total) {
                (Some(last), _) => last,
                (None, Some(total)) => i64::from(self.start) >= total || count == 0,
                (None, None) => count == 0,
            },
        };
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

fn page_size(table: &Table) -> u32 {
    match table.paging {
        Paging::None => 0,
        Paging::Offset { max } | Paging::UntilEmpty { max } => max,
    }
}

fn records<'a>(body: &'a str, table: &Table, request: Request) -> Result<Vec<Cow<'a, str>>, Error> {
    page::split(body, table.records).map(|page| page.records).map_err(|why| classify::malformed(&request, why))
}

fn text_at(record: &Object<'_>, path: &[&str]) -> Option<String> {
    match path {
        [name] => record.id(name).map(Cow::into_owned),
        [name, rest @ ..] => text_at(&record.object(name)?, rest),
        [] => None,
    }
}
