//! The state of the stream that is read board by board: a cursor for each.

use super::{
    cursor::{self, RecentlySent},
    issues::{incremental, is_incremental},
    legacy::AirbyteState,
    scope::Scope,
    wire::{is_zero, moment, optional_moment},
};
use crate::protocol::SyncMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A board whose list was read completely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCursor {
    /// Everything that changed before this is sent, epoch milliseconds.
    #[serde(with = "moment")]
    pub updated: i64,
    #[serde(default, skip_serializing_if = "RecentlySent::is_empty")]
    pub recently_sent: RecentlySent,
}

impl BoardCursor {
    pub const fn at(updated: i64) -> Self {
        Self { updated, recently_sent: RecentlySent::new() }
    }

    /// Keeps what the next sync may read again: changes since then.
    pub fn prune(&mut self, from: i64) {
        cursor::prune(&mut self.recently_sent, from);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardsState {
    #[serde(default = "incremental", skip_serializing_if = "is_incremental")]
    pub mode: SyncMode,
    /// By the board's ID.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub boards: BTreeMap<u64, BoardCursor>,
    /// A full refresh that is under way is done up to this board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The state of Airbyte's connector from which the stream will resume.
    #[serde(skip)]
    pub airbyte: Option<AirbyteState>,
    /// Which issues the records sent so far stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// When the last read in full began.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub last_full_read: Option<i64>,
    /// By how many milliseconds the search index was seen to lag lately.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index_lag: i64,
    #[serde(skip)]
    pub complete: bool,
}

impl BoardsState {
    pub fn new(mode: SyncMode) -> Self {
        Self {
            mode,
            boards: BTreeMap::new(),
            after: None,
            airbyte: None,
            scope: None,
            last_full_read: None,
            index_lag: 0,
            complete: false,
        }
    }
}
