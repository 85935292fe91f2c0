//! Reads list endpoints, as their tables say.

mod pages;
mod parents;

pub use pages::{Pages, question, split};
pub use parents::{Parent, Wanted, depth, fixed, in_order, take_from};

use pages::page_size;
use parents::{added, text_at};

use super::{
    emit::Emitter,
    gone::Lists,
    report::Report,
    state::{Position, StreamState},
};
use crate::{
    client::{Client, Error, Request},
    codes::Severity,
    config::Config,
    record::{Object, splice},
    streams::{ADMINISTER, Keep, Skip, Stream, Table},
};
use futures_util::{StreamExt, stream};

/// Lists of a partitioned stream that are read at the same time.
const PARTITIONS: usize = 8;

/// What else becomes of the records of a list.
#[derive(Debug, Default)]
pub struct Passed {
    /// What the streams that are partitioned by them need.
    pub take: Vec<Wanted>,
    /// The streams that miss what is left out: the one that is read, and those that need its records, directly or not.
    pub whom: Vec<&'static str>,
}

/// What reading a table needs to know.
pub struct Reading<'a> {
    pub client: &'a Client,
    pub out: &'a Emitter,
    pub report: &'a Report,
    pub config: &'a Config,
}

impl Reading<'_> {
    /// Reads a stream without partitions. `state` is missing where only its children need it.
    pub async fn list(
        &self,
        stream: &'static Stream,
        table: &Table,
        state: Option<&mut StreamState>,
        Passed { take, whom }: &Passed,
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
        while let Some(body) = self.next(whom, table, &mut pages).await? {
            for raw in pages.records(&body)?.iter().filter(|raw| self.keeps(whom, table, raw)) {
                if emit {
                    self.emit(stream, table, raw, None);
                }
                take_from(raw, table, None, take, &mut taken);
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
        Passed { take, whom }: &Passed,
    ) -> Result<Vec<Vec<Parent>>, Error> {
        let mut taken = vec![Vec::new(); take.len()];
        let mut parents = in_order(parents);
        if let Some(Position::List { after: Some(after), .. }) = state.as_deref().map(|state| &state.position)
            && take.is_empty()
        {
            parents.retain(|parent| parent.is_after(after));
        }
        let mut lists = stream::iter(parents.iter().map(|parent| async move {
            let mut pages = Pages::new(self.client, table, Some(parent), 0);
            let mut bodies: Vec<String> = parent.list.iter().filter(|list| list.starts_with('[')).cloned().collect();
            pages.done = !bodies.is_empty();
            while let Some(body) = self.next(whom, table, &mut pages).await? {
                bodies.push(body);
            }
            Ok::<_, Error>((parent, pages, bodies))
        }))
        .buffered(PARTITIONS);
        // Its parents may lack some.
        let mut failed = self.report.verdict(stream.name).is_some();
        while let Some(list) = lists.next().await {
            let (parent, pages, bodies) = list?;
            let mut all = Vec::new();
            for body in &bodies {
                all.extend(pages.records(body)?);
            }
            if let Some(lists) = compared.as_deref_mut().filter(|_| pages.done && parent.live) {
                lists.add(parent, all.iter().map(AsRef::as_ref), pages.date);
            }
            for raw in all.iter().filter(|raw| self.keeps(whom, table, raw)) {
                take_from(raw, table, Some(parent), take, &mut taken);
                if state.is_some() {
                    self.emit(stream, table, raw, Some(parent));
                }
            }
            let Some(state) = state.as_deref_mut() else { continue };
            // What is resumed begins with the first list whose lack makes the stream fail.
            failed |= pages.left_out.is_some_and(|code| self.report.severity(code) == Severity::Fail);
            if !failed {
                state.position = Position::List { after: Some(parent.name()), offset: 0 };
            }
            self.checkpoint(stream, state);
        }
        Ok(taken)
    }

    /// The next page; a refusal that the table expects ends the list.
    async fn next(&self, whom: &[&str], table: &Table, pages: &mut Pages<'_>) -> Result<Option<String>, Error> {
        match pages.next().await {
            Err(error) => match table.skip.iter().find(|skip| Some(skip.status) == error.status) {
                Some(skip) if self.is_refusal(skip).await => {
                    whom.iter().for_each(|stream| self.report.skip(stream, skip.code));
                    pages.left_out = Some(skip.code);
                    Ok(None)
                }
                _ => Err(error),
            },
            page => page,
        }
    }

    /// 401 may mean that the credentials are not good any more. Where it is documented for a missing permission too, it counts
    /// as that only if Jira says to the same credentials that the permission is missing.
    async fn is_refusal(&self, skip: &Skip) -> bool {
        skip.status != 401 || lacks(self.client, ADMINISTER.key).await
    }

    fn checkpoint(&self, stream: &Stream, state: &StreamState) {
        if self.out.since_state(stream.name) >= 4_000 {
            self.out.state(stream.name, state.to_json());
        }
    }

    /// Whether the project filter of the config lets a record through.
    fn keeps(&self, whom: &[&str], table: &Table, raw: &str) -> bool {
        let (Keep::Project(path) | Keep::Located(path, _)) = table.keep else { return true };
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
            None if filters.projects.is_empty() => true,
            None => {
                if let Keep::Located(_, code) = table.keep {
                    whom.iter().for_each(|stream| self.report.skip(stream, code));
                }
                false
            }
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
        let added = added(table, &object, parent, self.config.keeps_to_airbyte());
        let members: Vec<splice::Member<'_>> = added.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.out.record(stream.name, |line| splice::splice(line, raw, &members));
    }
}

/// Each record of a list that is read for its own sake, without a stream.
pub async fn each(client: &Client, table: &'static Table, mut take: impl FnMut(&str)) -> Result<(), Error> {
    let mut pages = Pages::new(client, table, None, 0);
    while let Some(body) = pages.next().await? {
        pages.records(&body)?.iter().for_each(|raw| take(raw));
    }
    Ok(())
}

/// Whether Jira says that the account lacks a permission.
pub async fn lacks(client: &Client, permission: &str) -> bool {
    let request = Request::get("/rest/api/3/mypermissions", &[]).query("permissions", permission);
    let Ok(reply) = client.call(&request).await else { return false };
    let told: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    told["permissions"][permission]["havePermission"] == false
}
