//! The state of one stream, of whichever kind.
//!
//! ```text
//! {"version":1,"site":{…},"position":{"cursor":"…"},"scope":{…},"recently_sent":{"10001":1782777000000}}   issues
//! {"version":1,"site":{…},"position":{"backfill":{"started":"…","created":"…"}},"scope":{…}}              first read under way
//! {"version":1,"site":{…},"mode":"full_refresh","position":{"backfill":{…}},"job":"…"}                    refresh under way
//! {"version":1,"site":{…},"mode":"full_refresh","after":"10001","offset":0,"job":"…"}                     lists
//! {"version":1,"site":{…},"boards":{"1":{"updated":"…"}}}                                                  board by board
//! {"version":1,"site":{…},"read_until":"…"}                                                                feeds
//! {"version":1,"site":{…},"compared_at":"…","snapshot":{"shown":"…"}}                                      deletions from lists
//! {"version":1,"site":{…},"sent_ids":"…","last_snapshot":"…"}                                              deleted issues
//! {"__ab_full_refresh_sync_complete":true,"job":"…"}                                                       refresh done
//! {…,"compatibility":"airbyte","states":[…],"state":{…},…}                                  any of these, for Airbyte's connector too
//! ```

use super::{
    airbyte,
    board_cursors::BoardsState,
    envelope::{Origin, Site, complete},
    issues::{IssuesState, Position},
    legacy::AirbyteState,
    lists::{FeedState, ListDeletionsState, ListState},
    read::{parse, unusable},
    sent_ids::DeletedIssuesState,
    wire::COMPLETE,
};
use crate::{
    protocol::{Failure, SyncMode},
    streams::{Deletions, Source, Stream},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// By kind of stream.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each stream")]
pub enum StreamState {
    Issues(IssuesState),
    Boards(BoardsState),
    List(ListState),
    Feed(FeedState),
    ListDeletions(Option<ListDeletionsState>),
    DeletedIssues(DeletedIssuesState),
}

/// What an incoming state amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Restored {
    State(StreamState),
    /// Nothing that this read can resume from.
    Nothing,
    /// It is Airbyte's, and does not say how far everything was read.
    UnknownProgress,
    /// It belongs to another site, perhaps: the caller knows which site it reads.
    OfSite(Site, StreamState),
}

impl StreamState {
    /// Where a stream without a state begins; `started` is the site's clock, epoch milliseconds.
    pub fn initial(stream: &Stream, mode: SyncMode, started: i64) -> Self {
        match &stream.source {
            Source::Issues(_) => Self::Issues(IssuesState::new(mode, Position::beginning(started))),
            Source::Boards(_) => Self::Boards(BoardsState::new(mode)),
            Source::List(_) | Source::IssueIds => Self::List(ListState::default()),
            Source::Deletions(Deletions::Feed) => Self::Feed(FeedState::default()),
            Source::Deletions(Deletions::SnapshotDiff(_)) => Self::ListDeletions(None),
            Source::Deletions(Deletions::Issues) => Self::DeletedIssues(DeletedIssuesState::default()),
        }
    }

    /// Reads an incoming state. A full refresh is resumed only within its `job`: a client that hands every state back
    /// would otherwise never get another refresh.
    pub fn restore(
        stream: &Stream,
        incoming: &Map<String, Value>,
        mode: SyncMode,
        job: Option<&str>,
    ) -> Result<Restored, Failure> {
        if airbyte::is_airbyte(incoming) {
            // A refresh of Airbyte's connector cannot be resumed.
            return if mode == SyncMode::Incremental { Self::import(stream, incoming) } else { Ok(Restored::Nothing) };
        }
        let is_ours = incoming.contains_key("version") || incoming.contains_key(COMPLETE);
        // Whatever another connector wrote of a list, it is read in full.
        if !is_ours && matches!(stream.source, Source::List(_) | Source::IssueIds) {
            return Ok(Restored::Nothing);
        }
        let mut body = incoming.clone();
        let origin = Origin::take(&mut body).map_err(|(path, problem)| unusable(stream.name, path, &problem))?;
        let is_refresh = body.get("mode").and_then(Value::as_str) == Some("full_refresh");
        let resumes = match mode {
            // Meltano merges the states of failed runs: one that was under way next to one that is done is the older.
            SyncMode::FullRefresh => {
                origin.job.as_deref() == job && (is_refresh || origin.is_complete && job.is_some())
            }
            SyncMode::Incremental => !origin.is_complete && !is_refresh,
        };
        if !resumes || (is_refresh && origin.is_complete) {
            return Ok(Restored::Nothing);
        }
        if origin.is_complete {
            return Ok(Self::completed(stream, mode).map_or(Restored::Nothing, Restored::State));
        }
        // Nothing was finished when it was written.
        if body.is_empty() {
            return Ok(Restored::Nothing);
        }
        let state = match &stream.source {
            Source::Issues(_) => Self::Issues(parse(stream.name, &body)?),
            Source::Boards(_) => Self::Boards(parse(stream.name, &body)?),
            Source::List(_) | Source::IssueIds => Self::List(parse(stream.name, &body)?),
            Source::Deletions(Deletions::Feed) => Self::Feed(parse(stream.name, &body)?),
            Source::Deletions(Deletions::SnapshotDiff(_)) => Self::ListDeletions(Some(parse(stream.name, &body)?)),
            Source::Deletions(Deletions::Issues) => Self::DeletedIssues(parse(stream.name, &body)?),
        };
        Ok(if origin.site.is_unknown() { Restored::State(state) } else { Restored::OfSite(origin.site, state) })
    }

    fn import(stream: &Stream, incoming: &Map<String, Value>) -> Result<Restored, Failure> {
        let state = match &stream.source {
            Source::Issues(issues) => AirbyteState::of_issues(stream.name, incoming, issues.airbyte)?.map(|state| {
                let position = Position::Cursor(state.position.lowest());
                Self::Issues(IssuesState { airbyte: Some(state), ..IssuesState::new(SyncMode::Incremental, position) })
            }),
            Source::Boards(_) => AirbyteState::of_boards(stream.name, incoming)?.map(|(state, boards)| {
                Self::Boards(BoardsState { airbyte: Some(state), boards, ..BoardsState::new(SyncMode::Incremental) })
            }),
            _ => None,
        };
        Ok(state.map_or(Restored::UnknownProgress, Restored::State))
    }

    fn completed(stream: &Stream, mode: SyncMode) -> Option<Self> {
        Some(match Self::initial(stream, mode, 0) {
            Self::Issues(state) => Self::Issues(IssuesState { position: Position::Complete, ..state }),
            Self::Boards(state) => Self::Boards(BoardsState { complete: true, ..state }),
            Self::List(state) => Self::List(ListState { complete: true, ..state }),
            Self::Feed(state) => Self::Feed(FeedState { complete: true, ..state }),
            Self::ListDeletions(_) | Self::DeletedIssues(_) => return None,
        })
    }

    /// Whether a full refresh is done.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Issues(state) => state.position == Position::Complete,
            Self::Boards(state) => state.complete,
            Self::List(state) => state.complete,
            Self::Feed(state) => state.complete,
            Self::ListDeletions(_) | Self::DeletedIssues(_) => false,
        }
    }

    pub fn to_json(&self) -> Value {
        match self {
            Self::Issues(state) => state.to_json(),
            Self::Boards(state) => state.to_json(),
            Self::List(state) => state.to_json(),
            Self::Feed(state) => state.to_json(),
            Self::ListDeletions(state) => state.to_json(),
            Self::DeletedIssues(state) => state.to_json(),
        }
    }
}

/// The body of a state, without its envelope.
pub trait Body {
    fn to_json(&self) -> Value;
}

/// Every kind serialises: what could fail, such as a map with keys that are no texts, no kind has.
fn json(state: &impl Serialize) -> Value {
    serde_json::to_value(state).unwrap_or_else(|_| Value::Object(Map::new()))
}

impl Body for IssuesState {
    fn to_json(&self) -> Value {
        match (&self.airbyte, &self.position) {
            (Some(airbyte), _) => airbyte.written.clone().into(),
            (None, Position::Complete) => complete(),
            (None, _) => json(self),
        }
    }
}

impl Body for BoardsState {
    fn to_json(&self) -> Value {
        match &self.airbyte {
            Some(airbyte) => airbyte.written.clone().into(),
            None if self.complete => complete(),
            None => json(self),
        }
    }
}

impl Body for ListState {
    fn to_json(&self) -> Value {
        if self.complete {
            return complete();
        }
        // Lists have no other mode.
        let mut state = json(self);
        state["mode"] = json(&SyncMode::FullRefresh);
        state
    }
}

impl Body for FeedState {
    fn to_json(&self) -> Value {
        if self.complete { complete() } else { json(self) }
    }
}

impl Body for Option<ListDeletionsState> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or_else(|| Value::Object(Map::new()), json)
    }
}

impl Body for DeletedIssuesState {
    fn to_json(&self) -> Value {
        json(self)
    }
}
