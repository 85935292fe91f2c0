//! What a STATE of ours holds, and what can be made of one, ours or Airbyte's.
//!
//! ```text
//! {"version":1,"updated":"…","scope":{…},"seen":{"10001":1782777000000}}        all before `updated` was sent
//! {"version":1,"updated":"…","catch_up":{"of":"…","created":"…"}}               what came into the scope is being read
//! {"version":1,"updated":"…","owed":"…"}                                        issues to be read by their ids
//! {"version":1,"updated":"…","known":{"shown":"…"}}                             what was there at `updated`: see `gone`
//! {"version":1,"updated":"…","boards":{"1":{"updated":"…"}}}                    the same, board by board: see `boards`
//! {"version":1,"updated":"…","comments":"…"}                                    the comments sent, with their issues
//! {"version":1,"updated":"…","names":{"10024":"story_points"}}                  what custom fields are called
//! {"version":1,"backfill":{"started":"…","created":"…"},"scope":{…}}            first read under way
//! {"version":1,"refresh":{"started":"…","created":"…"},"job":"…"}               full refresh under way
//! {"__ab_full_refresh_sync_complete":true,"job":"…"}                            full refresh done
//! {…,"compatibility":"airbyte","states":[…],"state":{…},…}                      any of these, for Airbyte's connector too
//! ```

use super::{
    airbyte::{self, Predecessor, Stood},
    boards::{self, Boards},
    gone::Known,
    scope::Scope,
};
use crate::{
    protocol::{Failure, SyncMode},
    record::{children::Children, ids, time},
    streams::{self, Source},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// At most so many (id, updated) pairs are kept to suppress rows already sent.
const SEEN: usize = 500;
/// More ids than any site has issues, to bound what a state can make us hold.
const IDS: usize = 50_000_000;

pub(super) const COMPLETE: &str = "__ab_full_refresh_sync_complete";

/// How far a stream has come. Times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// Reading everything, in order of creation: `started` by the server's clock, done up to `created`.
    Backfill { started: i64, created: Option<i64> },
    /// Everything is sent that the site held when its index stood at `updated`.
    Cursor { updated: i64 },
    /// A list, done up to this partition or offset.
    List { after: Option<String>, offset: u32 },
    /// A full refresh that is done.
    Complete,
}

/// A piece of what came into a scope, under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// The piece's condition.
    pub of: String,
    /// Done up to here.
    pub created: Option<i64>,
}

/// The state of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamState {
    pub mode: SyncMode,
    pub position: Position,
    /// The state of Airbyte's connector that it will go on from.
    pub predecessor: Option<Predecessor>,
    /// What the records sent so far stand for.
    pub scope: Option<Scope>,
    /// Fingerprint of the filter, in states of older versions: with another, the position means nothing.
    pub filter: Option<String>,
    /// How far the reading of a piece of what came into the scope has come.
    pub catch_up: Option<CatchUp>,
    /// Issues that are to be read by their ids.
    pub owed: BTreeSet<u64>,
    /// When the last reading of everything began.
    pub refreshed: Option<i64>,
    /// Milliseconds by which the search index was seen to lag lately.
    pub lag: i64,
    /// The last census that the stream took part in.
    pub census: Option<i64>,
    /// Issues sent lately, by id, with the `updated` they had.
    pub seen: BTreeMap<u64, i64>,
    /// Issues whose further worklogs are still to be fetched: id and key.
    pub pending: BTreeMap<u64, String>,
    /// How far each board has come, of the stream that is read board by board.
    pub boards: Boards,
    /// What was there at the last sync, of streams that tell what is gone.
    pub known: Known,
    /// Comments by issue, of the stream that tells which are gone.
    pub comments: Option<Children>,
    /// What custom fields were called first, by number: a rename on the site moves no column.
    pub names: BTreeMap<u64, String>,
    /// The platform's job, where it names one: a full refresh is resumed within its job only.
    pub job: Option<String>,
}

impl StreamState {
    pub fn new(mode: SyncMode, position: Position) -> Self {
        Self {
            mode,
            position,
            predecessor: None,
            scope: None,
            filter: None,
            catch_up: None,
            owed: BTreeSet::new(),
            refreshed: None,
            lag: 0,
            census: None,
            seen: BTreeMap::new(),
            pending: BTreeMap::new(),
            boards: Boards::new(),
            known: Known::default(),
            comments: None,
            names: BTreeMap::new(),
            job: None,
        }
    }

    pub fn to_json(&self) -> Value {
        if let Some(predecessor) = &self.predecessor {
            return predecessor.written.clone().into();
        }
        let mut state = Map::new();
        let under_way = match self.mode {
            SyncMode::Incremental => "backfill",
            SyncMode::FullRefresh => "refresh",
        };
        if self.position == Position::Complete {
            state.insert(COMPLETE.to_owned(), true.into());
        } else {
            state.insert("version".to_owned(), 1.into());
        }
        match &self.position {
            Position::Backfill { started, created } => {
                let mut progress = json!({"started": time::format(*started)});
                if let Some(created) = created {
                    progress["created"] = time::format(*created).into();
                }
                state.insert(under_way.to_owned(), progress);
            }
            Position::Cursor { updated } => {
                state.insert("updated".to_owned(), time::format(*updated).into());
            }
            Position::List { after, offset } => {
                state.insert("refresh".to_owned(), json!({"after": after, "offset": offset}));
            }
            Position::Complete => {}
        }
        if let Some(scope) = &self.scope {
            state.insert("scope".to_owned(), scope.to_json());
        }
        if let Some(catch_up) = &self.catch_up {
            let created = catch_up.created.map(time::format);
            state.insert("catch_up".to_owned(), json!({"of": catch_up.of, "created": created}));
        }
        if !self.owed.is_empty() {
            state.insert("owed".to_owned(), ids::encode(&self.owed).into());
        }
        for (name, moment) in [("refreshed", self.refreshed), ("census", self.census)] {
            if let Some(moment) = moment {
                state.insert(name.to_owned(), time::format(moment).into());
            }
        }
        if self.lag > 0 {
            state.insert("lag".to_owned(), self.lag.into());
        }
        if !self.seen.is_empty() {
            state.insert("seen".to_owned(), json!(self.seen));
        }
        if !self.pending.is_empty() {
            state.insert("pending".to_owned(), json!(self.pending));
        }
        if !self.boards.is_empty() {
            state.insert("boards".to_owned(), boards::to_json(&self.boards));
        }
        if !self.known.is_empty() {
            state.insert("known".to_owned(), self.known.to_json());
        }
        if !self.names.is_empty() {
            state.insert("names".to_owned(), json!(self.names));
        }
        let comments = self.comments.as_ref().map(Children::encode);
        for (name, text) in [("filter", &self.filter), ("comments", &comments), ("job", &self.job)] {
            if let Some(text) = text {
                state.insert(name.to_owned(), text.as_str().into());
            }
        }
        Value::Object(state)
    }

    /// Forgets what lies before the overlap window, and the oldest if there are too many.
    pub fn prune_seen(&mut self, from: i64) {
        prune(&mut self.seen, from);
    }

    /// Reads an incoming state; `None` means: from the beginning.
    pub fn read(
        stream: &str,
        state: &Map<String, Value>,
        mode: SyncMode,
        job: Option<&str>,
    ) -> Result<Option<Self>, Failure> {
        let reader = Reader { stream, at: "", state };
        if mode == SyncMode::Incremental && airbyte::is_its(state) {
            let (boards, job) = (reader.boards()?, job.map(str::to_owned));
            return Ok(reader.predecessor(&boards)?.map(|predecessor| {
                let position = Position::Cursor { updated: predecessor.stood.lowest() };
                Self { predecessor: Some(predecessor), boards, job, ..Self::new(mode, position) }
            }));
        }
        let same_job = reader.text("job")?.as_deref() == job;
        let position = match mode {
            SyncMode::FullRefresh => match state.get("refresh") {
                // Meltano merges the states of failed runs: one that was under way beside one that is done is the older.
                Some(_) if same_job && !state.contains_key(COMPLETE) => Some(reader.refresh()?),
                // Only a platform that names its job asks for the rest of *this* refresh; anybody else wants a new one.
                None if state.contains_key(COMPLETE) && job.is_some() && same_job => Some(Position::Complete),
                _ => None,
            },
            SyncMode::Incremental => reader.incremental()?,
        };
        let Some(position) = position else { return Ok(None) };
        Ok(Some(Self {
            mode,
            position,
            predecessor: None,
            scope: reader.scope()?,
            filter: reader.text("filter")?,
            catch_up: reader.catch_up()?,
            owed: reader.packed("owed", ids::decode)?.unwrap_or_default(),
            refreshed: reader.time(state.get("refreshed"), "refreshed")?,
            lag: state.get("lag").and_then(Value::as_i64).unwrap_or(0).max(0),
            census: reader.time(state.get("census"), "census")?,
            seen: reader.numbered("seen", |value| value.as_i64())?,
            pending: reader.numbered("pending", |value| value.as_str().map(str::to_owned))?,
            boards: reader.boards()?,
            known: Known::from_json(state.get("known")).map_err(|(path, why)| reader.fault(&path, &why))?,
            comments: reader.packed("comments", Children::decode)?,
            names: reader.numbered("names", |value| value.as_str().map(str::to_owned))?,
            job: job.map(str::to_owned),
        }))
    }
}

/// The same of a map of issues that were sent.
pub fn prune(seen: &mut BTreeMap<u64, i64>, from: i64) {
    seen.retain(|_, updated| *updated >= from);
    if seen.len() > SEEN {
        let mut entries: Vec<(i64, u64)> = seen.iter().map(|(id, updated)| (*updated, *id)).collect();
        entries.sort_unstable();
        *seen = entries.split_off(entries.len() - SEEN).into_iter().map(|(updated, id)| (id, updated)).collect();
    }
}

/// Reads a state, or a state within a state.
pub(super) struct Reader<'a> {
    pub stream: &'a str,
    /// Where `state` stands, with a dot behind it.
    pub at: &'a str,
    pub state: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn incremental(&self) -> Result<Option<Position>, Failure> {
        if self.state.contains_key(COMPLETE) || self.state.contains_key("refresh") {
            return Ok(None);
        }
        if let Some(progress) = self.state.get("backfill") {
            return Ok(Some(self.backfill(progress, "backfill")?));
        }
        match self.time(self.state.get("updated"), "updated")? {
            Some(updated) => Ok(Some(Position::Cursor { updated })),
            // Nothing was finished when it was written.
            None if self.state.contains_key("version") => Ok(None),
            None => {
                Err(self.fault("", "has none of the members `updated`, `backfill`, `refresh`, `state` or `states`"))
            }
        }
    }

    /// Airbyte's state, if it says anything that can be relied on.
    fn predecessor(&self, boards: &Boards) -> Result<Option<Predecessor>, Failure> {
        let stood = match streams::find(self.stream).map(|stream| &stream.source) {
            Some(Source::Issues(projection)) => Stood::read(self, projection.cut)?,
            Some(Source::Boards(_)) => {
                let lowest = boards.values().map(|board| board.updated).min();
                lowest.map(Stood::Everywhere).map_or_else(|| Stood::of_all(self), |stood| Ok(Some(stood)))?
            }
            _ => None,
        };
        Ok(stood.map(|stood| Predecessor { written: self.state.clone(), stood }))
    }

    fn boards(&self) -> Result<Boards, Failure> {
        boards::read(self.state).map_err(|(path, why)| self.fault(&path, &why))
    }

    fn refresh(&self) -> Result<Position, Failure> {
        let progress = self.state.get("refresh").unwrap_or(&Value::Null);
        if progress.get("started").is_some() {
            return self.backfill(progress, "refresh");
        }
        let after = progress.get("after").and_then(Value::as_str).map(str::to_owned);
        match progress.get("offset") {
            Some(Value::Number(offset)) => Ok(Position::List {
                after,
                offset: offset.as_u64().and_then(|offset| u32::try_from(offset).ok()).unwrap_or(0),
            }),
            _ => Err(self.fault("refresh.offset", "is missing or not a number")),
        }
    }

    fn backfill(&self, progress: &Value, path: &str) -> Result<Position, Failure> {
        match self.time(progress.get("started"), &format!("{path}.started"))? {
            Some(started) => Ok(Position::Backfill {
                started,
                created: self.time(progress.get("created"), &format!("{path}.created"))?,
            }),
            None => Err(self.fault(&format!("{path}.started"), "is missing")),
        }
    }

    fn scope(&self) -> Result<Option<Scope>, Failure> {
        let scope = self.state.get("scope").map(Scope::read).transpose();
        scope.map_err(|(member, problem)| self.fault(&format!("scope.{member}"), &problem))
    }

    fn catch_up(&self) -> Result<Option<CatchUp>, Failure> {
        let Some(catch_up) = self.state.get("catch_up") else { return Ok(None) };
        let of = catch_up.get("of").and_then(Value::as_str);
        let of = of.ok_or_else(|| self.fault("catch_up.of", "is missing or not a text"))?.to_owned();
        Ok(Some(CatchUp { of, created: self.time(catch_up.get("created"), "catch_up.created")? }))
    }

    fn packed<T>(&self, name: &str, decode: fn(&str, usize) -> Result<T, String>) -> Result<Option<T>, Failure> {
        let decoded = self.text(name)?.map(|text| decode(&text, IDS)).transpose();
        decoded.map_err(|problem| self.fault(name, &problem))
    }

    pub fn time(&self, value: Option<&Value>, path: &str) -> Result<Option<i64>, Failure> {
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => match time::parse(text) {
                Some(millis) => Ok(Some(millis)),
                None => Err(self.fault(
                    path,
                    &format!(
                        "is \"{}\", not a timestamp such as 2026-06-29T23:50:00.000+0000",
                        text.chars().take(40).collect::<String>()
                    ),
                )),
            },
            Some(_) => Err(self.fault(path, "is not a text")),
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.state.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.fault(name, "is not a text")),
        }
    }

    fn numbered<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<BTreeMap<u64, T>, Failure> {
        match self.state.get(name) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(entries)) => entries
                .iter()
                .map(|(id, value)| match (id.parse(), read(value)) {
                    (Ok(id), Some(value)) => Ok((id, value)),
                    _ => Err(self.fault(&format!("{name}.{id}"), "is not an id with its value")),
                })
                .collect(),
            Some(_) => Err(self.fault(name, "is not an object")),
        }
    }

    fn fault(&self, path: &str, problem: &str) -> Failure {
        let dot = if path.is_empty() { "" } else { "." };
        Failure::config(format!(
            "The state of stream '{}' cannot be used: stream_state{dot}{}{path} {problem}. Restore the state that the last \
             sync wrote, or reset the stream to read it anew.",
            self.stream, self.at
        ))
    }
}

#[cfg(test)]
mod tests;
