//! Reads list endpoints, as their tables say.

mod parents;

pub use parents::{Parent, Parents, Wanted};

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
    streams::{Add, Keep, Paging, Shape, Stream, Table},
};
use futures_util::{StreamExt, stream};
use std::borrow::Cow;

/// Lists of a partitioned stream that are read at the same time.
const PARTITIONS: usize = 8;
/// Empty pages in a row, each saying that it isn't the last, before the list counts as broken.
const EMPTY_PAGES: u32 = 5;
/// Tries at a reply that comes whole but has another shape.
const SHAPES: u32 = 3;

/// What a list brings for each stream that is partitioned by it.
type Taken<'a> = Vec<(&'a Wanted, Parents)>;

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
    ) -> Result<Vec<Parents>, Error> {
        let mut taken: Taken<'_> = take.iter().map(|wanted| (wanted, Parents::default())).collect();
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
                if self.keeps(table, &raw) {
                    self.pass_on(stream, table, &raw, None, emit, &mut taken);
                }
            }
            if let Some(state) = state.as_deref_mut() {
                state.position = Position::List { after: None, offset: pages.start };
                self.checkpoint(stream, state);
            }
        }
        taken.iter_mut().for_each(|(_, taken)| taken.left_out.extend(pages.left_out));
        Ok(taken.into_iter().map(|(_, taken)| taken).collect())
    }

    /// Reads a stream list by list, for each parent. `state` is missing where nothing is sent; `compared` takes the lists
    /// that could be read in whole; `take` is what its own children need.
    pub async fn lists(
        &self,
        stream: &'static Stream,
        table: &Table,
        parents: &Parents,
        mut state: Option<&mut StreamState>,
        mut compared: Option<&mut Lists>,
        take: &[Wanted],
    ) -> Result<Vec<Parents>, Error> {
        let lacking = || Parents { all: Vec::new(), left_out: parents.left_out.clone() };
        let mut taken: Taken<'_> = take.iter().map(|wanted| (wanted, lacking())).collect();
        parents.left_out.iter().for_each(|code| self.report.skip(stream.name, code));
        let mut failed = parents.left_out.iter().any(|code| self.fails(code));
        let mut parents = parents.all.clone();
        parents.sort();
        parents.dedup();
        match state.as_deref().map(|state| &state.position) {
            // Children need all of it.
            Some(Position::List { after: Some(after), .. }) if take.is_empty() => {
                parents.retain(|parent| parent.is_after(after));
            }
            _ => {}
        }
        let mut lists = stream::iter(parents.iter().map(|parent| async move {
            let mut pages = Pages::new(self.client, table, Some(parent), 0);
            let mut bodies = Vec::new();
            while let Some(body) = self.next(stream, table, &mut pages).await? {
                bodies.push(body);
            }
            Ok::<_, Error>((parent, pages, bodies))
        }))
        .buffered(PARTITIONS);
        while let Some(list) = lists.next().await {
            let (parent, pages, bodies) = list?;
            let mut all = Vec::new();
            for body in &bodies {
                all.extend(records(body, table, pages.request())?);
            }
            if let Some(lists) = compared.as_deref_mut().filter(|_| pages.done && parent.live) {
                lists.add(parent, all.iter().map(AsRef::as_ref), pages.date);
            }
            for raw in all.iter().filter(|raw| self.keeps(table, raw)) {
                self.pass_on(stream, table, raw, Some(parent), state.is_some(), &mut taken);
            }
            taken.iter_mut().for_each(|(_, taken)| taken.left_out.extend(pages.left_out));
            let Some(state) = state.as_deref_mut() else { continue };
            // What is resumed begins with the first list whose lack makes the stream fail.
            failed |= pages.left_out.is_some_and(|code| self.fails(code));
            if !failed {
                state.position = Position::List { after: Some(parent.id().to_owned()), offset: 0 };
            }
            self.checkpoint(stream, state);
        }
        Ok(taken.into_iter().map(|(_, taken)| taken).collect())
    }

    fn fails(&self, code: &Code) -> bool {
        self.report.severity(code) == Severity::Fail
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

    /// Sends a record where it is wanted, and takes out of it what the stream's children need.
    fn pass_on(
        &self,
        stream: &Stream,
        table: &Table,
        raw: &str,
        parent: Option<&Parent>,
        emit: bool,
        taken: &mut [(&Wanted, Parents)],
    ) {
        let bare = taken.is_empty() && table.add.is_empty();
        let object = if bare { Object::default() } else { Object::parse(raw).unwrap_or_default() };
        let added = added(table, &object, parent, self.config.keeps_to_airbyte());
        for (wanted, taken) in taken {
            taken.all.extend(wanted.from(&object, &added, parent));
        }
        match table.wrap {
            _ if !emit => {}
            Some(name) => self.out.record(stream.name, |line| {
                line.push(b'{');
                splice::write_member(line, &mut true, name, raw);
                line.push(b'}');
            }),
            None => {
                let members: Vec<splice::Member<'_>> =
                    added.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.out.record(stream.name, |line| splice::splice(line, raw, &members));
            }
        }
    }
}

/// The members that a record gains. Airbyte's connector makes a text of one that is missing, too.
fn added(
    table: &Table,
    object: &Object<'_>,
    parent: Option<&Parent>,
    like_airbyte: bool,
) -> Vec<(&'static str, String)> {
    let missing = if like_airbyte { "\"\"" } else { "null" };
    let mut members: Vec<(&'static str, String)> = Vec::with_capacity(table.add.len());
    for add in table.add {
        let (name, value) = match add {
            Add::Partition { name } => (name, parent.map(|parent| parent.json.clone())),
            Add::Parent { name, from } => (name, parent.and_then(|parent| parent.carried(from)).map(str::to_owned)),
            Add::Text { name, from } => {
                let text = text_at(object, from).map(|text| splice::quoted(&text));
                (name, Some(text.unwrap_or_else(|| missing.to_owned())))
            }
            Add::LikeAirbyte { .. } if !like_airbyte => continue,
            Add::LikeAirbyte { name, like } => {
                let value = members.iter().find(|(member, _)| member == like).map(|(_, value)| value.clone());
                members.retain(|(member, _)| member != name);
                (name, value)
            }
        };
        members.push((name, value.unwrap_or_else(|| "null".to_owned())));
    }
    members
}

/// Walks one list page by page.
struct Pages<'a> {
    client: &'a Client,
    table: &'a Table,
    parent: Option<&'a Parent>,
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
    fn new(client: &'a Client, table: &'a Table, parent: Option<&'a Parent>, start: u32) -> Self {
        Self { client, table, parent, start, empty: 0, done: false, date: None, left_out: None }
    }

    fn request(&self) -> Request {
        let request = question(self.table, &self.parent.map(Parent::values).unwrap_or_default());
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
            match split(&reply.body, self.table).and_then(|page| self.advance(&page)) {
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
    split(body, table).map(|page| page.records).map_err(|why| classify::malformed(&request, why))
}

fn split<'a>(body: &'a str, table: &Table) -> Result<page::Page<'a>, String> {
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

fn text_at(record: &Object<'_>, path: &[&str]) -> Option<String> {
    match path {
        [name] => record.id(name).map(Cow::into_owned),
        [name, rest @ ..] => text_at(&record.object(name)?, rest),
        [] => None,
    }
}
