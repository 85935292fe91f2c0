//! Reads list streams: one list, or one list for each partition.

use super::{
    context::SyncContext,
    list_pages::{cursor, page_size, pages},
    partitions::{Partition, PartitionSpec, added, collect_partitions, in_order, static_partitions, text_at},
};
use crate::{
    client::{Error, Reply},
    codes::{self, Code, Severity},
    jira::{paginator::Paginator, permissions},
    record::{Object, splice},
    state::{Body, ListState},
    streams::{ADMINISTER, Keep, ListEndpoint, Skip, Stream},
};
use futures_util::{StreamExt, stream};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Lists of a partitioned stream that are read at the same time.
const PARTITIONS: usize = 8;
/// Records of a stream after which it writes a state.
const STATE_RECORDS: u64 = 4_000;

/// Who else depends on the records of a list.
#[derive(Debug, Default)]
pub struct Downstream {
    /// What the streams that are partitioned by them need.
    pub children: Vec<PartitionSpec>,
    /// The streams that lack what is skipped: the one that is read, and those that need its records, directly or not.
    pub affected: Vec<&'static str>,
}

/// The partitions that a list yields, for each of its children.
pub type Collected = Vec<Vec<Partition>>;

/// Takes each list that was read completely: its partition, its records, and the server's clock, epoch milliseconds.
pub type OnList<'a> = dyn FnMut(&Partition, &[Cow<'_, str>], Option<i64>) + Send + 'a;

/// Reads a list stream. `partitions` are those of its parent; `state` is missing where only its children need the records.
pub async fn read(
    sync: &SyncContext,
    stream: &'static Stream,
    partitions: Option<&[Partition]>,
    state: Option<&mut ListState>,
    downstream: &Downstream,
    on_list: &mut OnList<'_>,
) -> Result<Collected, Error> {
    let Some(endpoint) = stream.list() else { return Ok(Vec::new()) };
    let reader = Reader { sync, stream, endpoint, downstream };
    match partitions.map(<[Partition]>::to_vec).or_else(|| static_partitions(endpoint)) {
        Some(partitions) => reader.lists(&partitions, state, on_list).await,
        None => reader.list(state).await,
    }
}

struct Reader<'a> {
    sync: &'a SyncContext,
    stream: &'static Stream,
    endpoint: &'a ListEndpoint,
    downstream: &'a Downstream,
}

impl<'a> Reader<'a> {
    async fn list(&self, mut state: Option<&mut ListState>) -> Result<Collected, Error> {
        let children = &self.downstream.children;
        let mut collected = vec![Vec::new(); children.len()];
        let start = match state.as_deref() {
            // A page back: records may have moved up since.
            Some(state) if children.is_empty() => state.offset.saturating_sub(page_size(self.endpoint).into()),
            _ => 0,
        };
        let first = cursor(self.endpoint, None, &[]).starting_at(start as i64);
        let (mut pages, mut repeated) = (pages(&self.sync.client, self.endpoint, first), Repeated::of(self));
        while let Some(reply) = self.next(&mut pages).await?.page() {
            for raw in repeated.removed(pages.records(&reply.body)?).iter().filter(|raw| self.keeps(raw)) {
                if state.is_some() {
                    self.write(raw, None);
                }
                self.collect(raw, None, &mut collected);
            }
            if let Some(state) = state.as_deref_mut() {
                state.offset = pages.cursor.start as u64;
                self.checkpoint(state);
            }
        }
        Ok(collected)
    }

    async fn lists(
        &self,
        partitions: &[Partition],
        mut state: Option<&mut ListState>,
        on_list: &mut OnList<'_>,
    ) -> Result<Collected, Error> {
        let children = &self.downstream.children;
        let mut collected = vec![Vec::new(); children.len()];
        let mut partitions = in_order(partitions);
        if let Some(after) = state.as_deref().and_then(|state| state.after.as_ref())
            && children.is_empty()
        {
            partitions.retain(|partition| partition.is_after(after));
        }
        let mut lists = stream::iter(partitions.iter().map(|partition| self.partition(partition))).buffered(PARTITIONS);
        // Its partitions may lack some.
        let mut failed = self.sync.report.failure(self.stream.name).is_some();
        while let Some(list) = lists.next().await {
            let PartitionList { partition, bodies, date, skipped } = list?;
            let mut records = Vec::new();
            for body in &bodies {
                let page = super::list_pages::split(body, self.endpoint);
                records.extend(page.map_err(|why| self.malformed(partition, why))?.records);
            }
            let records = Repeated::of(self).removed(records);
            if skipped.is_none() && partition.is_live {
                on_list(partition, &records, date);
            }
            for raw in records.iter().filter(|raw| self.keeps(raw)) {
                self.collect(raw, Some(partition), &mut collected);
                if state.is_some() {
                    self.write(raw, Some(partition));
                }
            }
            let Some(state) = state.as_deref_mut() else { continue };
            // A resumed read begins with the first list whose lack makes the stream fail.
            failed |= skipped.is_some_and(|code| self.sync.report.severity(code) == Severity::Fail);
            if !failed {
                *state = ListState { after: Some(partition.name()), offset: 0, complete: false };
            }
            self.checkpoint(state);
        }
        Ok(collected)
    }

    /// The list of one partition, all its pages.
    async fn partition<'p>(&self, partition: &'p Partition) -> Result<PartitionList<'p>, Error> {
        let mut list = PartitionList { partition, bodies: Vec::new(), date: None, skipped: None };
        // The parent's record may contain the list already.
        if let Some(embedded) = partition.list.as_ref().filter(|list| list.starts_with('[')) {
            list.bodies.push(embedded.clone());
            return Ok(list);
        }
        let mut pages = pages(&self.sync.client, self.endpoint, cursor(self.endpoint, Some(partition), &[]));
        loop {
            match self.next(&mut pages).await? {
                Next::Page(reply) => {
                    list.date = reply.date.map(|date| date.timestamp_millis());
                    list.bodies.push(reply.body);
                }
                Next::Skipped(code) => return Ok(PartitionList { skipped: Some(code), ..list }),
                Next::End => return Ok(list),
            }
        }
    }

    fn malformed(&self, partition: &Partition, why: String) -> Error {
        let request = cursor(self.endpoint, Some(partition), &[]).request();
        crate::client::classify::malformed(&request, why)
    }

    /// The next page; an expected refusal ends the list.
    async fn next(&self, pages: &mut Paginator<'_>) -> Result<Next, Error> {
        match pages.next().await {
            Err(error) => match self.endpoint.skip.iter().find(|skip| Some(skip.status) == error.refusal()) {
                Some(skip) if self.is_refusal(skip).await => {
                    self.skip(skip.code);
                    Ok(Next::Skipped(skip.code))
                }
                _ => Err(error),
            },
            Ok(page) => Ok(page.map_or(Next::End, Next::Page)),
        }
    }

    fn collect(&self, raw: &str, partition: Option<&Partition>, collected: &mut Collected) {
        collect_partitions(raw, self.endpoint, partition, &self.downstream.children, collected, |child| {
            self.sync.report.skip(child, &codes::UNKNOWN_SHAPE);
        });
    }

    fn skip(&self, code: &'static Code) {
        self.downstream.affected.iter().for_each(|stream| self.sync.report.skip(stream, code));
    }

    /// 401 may mean that the credentials are not valid any more. Where it is documented for a missing permission too, it
    /// counts as that only if Jira says to the same credentials that the permission is missing.
    async fn is_refusal(&self, skip: &Skip) -> bool {
        skip.status != 401 || permissions::lacks(&self.sync.client, ADMINISTER.key).await
    }

    fn checkpoint(&self, state: &ListState) {
        if self.sync.out.records_since_state(self.stream.name) >= STATE_RECORDS {
            self.sync.out.state(self.stream.name, state.to_json());
        }
    }

    /// Whether the project filter of the config lets a record through.
    fn keeps(&self, raw: &str) -> bool {
        let (Keep::Project(path) | Keep::Located(path, _)) = self.endpoint.keep else { return true };
        let filters = &self.sync.config.filters;
        if filters.projects.is_empty() && filters.exclude_projects.is_empty() {
            return true;
        }
        let is_in = |keys: &[String], wanted: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(wanted));
        match Object::parse(raw).ok().and_then(|record| text_at(&record, path)) {
            Some(key) => {
                (filters.projects.is_empty() || is_in(&filters.projects, &key))
                    && !is_in(&filters.exclude_projects, &key)
            }
            // Without a project it is in none of those wanted, nor in one that is excluded.
            None if filters.projects.is_empty() => true,
            None => {
                if let Keep::Located(_, code) = self.endpoint.keep {
                    self.skip(code);
                }
                false
            }
        }
    }

    fn write(&self, raw: &str, partition: Option<&Partition>) {
        let endpoint = self.endpoint;
        if let Some(name) = endpoint.wrap {
            return self.sync.out.record(self.stream.name, |line| splice::object(line, &[(name, raw)]));
        }
        let object = if endpoint.add.is_empty() { Object::default() } else { Object::parse(raw).unwrap_or_default() };
        let added = added(endpoint, &object, partition, self.sync.config.is_airbyte_compatible());
        let properties: Vec<splice::Property<'_>> = added.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.sync.out.record(self.stream.name, |line| splice::splice(line, raw, &properties));
    }
}

/// The records of a list so far, by their primary keys: pages that are counted from the beginning overlap when something is
/// added before them.
struct Repeated<'a> {
    key: &'static [&'static str],
    endpoint: &'a ListEndpoint,
    seen: HashSet<String>,
}

impl<'a> Repeated<'a> {
    fn of(reader: &Reader<'a>) -> Self {
        Self { key: reader.stream.primary_key, endpoint: reader.endpoint, seen: HashSet::new() }
    }

    /// The records whose keys did not come before; of several with one key the last, which is the newest.
    fn removed<'r>(&mut self, records: Vec<Cow<'r, str>>) -> Vec<Cow<'r, str>> {
        if cfg!(mutant = "repeated_records_are_sent") {
            return records;
        }
        let keys: Vec<String> = records.iter().map(|raw| self.key_of(raw).unwrap_or_else(|| raw.to_string())).collect();
        let last: HashMap<&String, usize> = keys.iter().zip(0..).collect();
        let is_kept = |at: usize| last.get(&keys[at]) == Some(&at) && !self.seen.contains(&keys[at]);
        let kept = records.into_iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, raw)| raw).collect();
        drop(last);
        self.seen.extend(keys);
        kept
    }

    /// `None` if a part of the key is missing. What the list's partition adds to a key is the same for all its records.
    fn key_of(&self, raw: &str) -> Option<String> {
        let record = Object::parse(raw).ok()?;
        let added = added(self.endpoint, &record, None, false);
        let of_list = || added.iter().map(|(name, value)| (*name, value.as_str()));
        let part = |name: &str| match record.get(name) {
            Some(value) => Some(value.get()),
            None => of_list().find(|(added, _)| *added == name).map(|(_, value)| value),
        };
        let parts: Option<Vec<&str>> = self.key.iter().map(|name| part(name)).collect();
        Some(parts?.join(" "))
    }
}

/// What follows in a list.
enum Next {
    Page(Reply),
    /// Its rest was refused in an expected way.
    Skipped(&'static Code),
    End,
}

impl Next {
    fn page(self) -> Option<Reply> {
        match self {
            Self::Page(reply) => Some(reply),
            Self::Skipped(_) | Self::End => None,
        }
    }
}

/// The list of one partition.
struct PartitionList<'p> {
    partition: &'p Partition,
    bodies: Vec<String>,
    /// The server's clock at the last page, epoch milliseconds.
    date: Option<i64>,
    /// Why its rest is missing, if it is.
    skipped: Option<&'static Code>,
}
