//! The state of a stream that is read in the one pass over the issues.

use super::{
    cursor::{self, RecentlySent},
    legacy::AirbyteState,
    scope::Scope,
    wire::{ids, is_zero, keys, moment, optional_children, optional_moment},
};
use crate::{
    protocol::SyncMode,
    record::{children::Children, keys::Keys},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far a stream has been read. Times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Everything is being read, in order of creation: `started` by the site's clock, done up to `created`.
    Backfill {
        #[serde(with = "moment")]
        started: i64,
        #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
        created: Option<i64>,
    },
    /// Everything is sent that the site held when its index was at this moment.
    Cursor(#[serde(with = "moment")] i64),
    /// A full refresh that is done.
    #[serde(skip)]
    Complete,
}

impl Position {
    /// Where a stream without a usable state begins.
    pub fn beginning(started: i64) -> Self {
        Self::Backfill { started: started.max(cursor::INDEX_LAG), created: None }
    }

    /// Whether nothing has been read yet.
    pub const fn is_beginning(&self) -> bool {
        matches!(self, Self::Backfill { created: None, .. })
    }
}

/// The backfill of a slice: of what a scope gained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceProgress {
    /// The slice's JQL condition.
    pub condition: String,
    /// Done up to here.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuesState {
    #[serde(default = "incremental", skip_serializing_if = "is_incremental")]
    pub mode: SyncMode,
    pub position: Position,
    /// The state of Airbyte's connector from which the stream will resume.
    #[serde(skip)]
    pub airbyte: Option<AirbyteState>,
    /// Which issues the records sent so far stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The filter of a full refresh that is under way: with another one, its position means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill_slice: Option<SliceProgress>,
    /// Issues that were listed but could not be fetched: the next sync asks for them by ID.
    #[serde(with = "ids", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub refetch: BTreeSet<u64>,
    /// Archived projects of which single issues can't be requested: read again once they are restored.
    #[serde(with = "ids", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread_archived: BTreeSet<u64>,
    /// When the last read in full began, of streams whose changes may not show in `updated`.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub last_full_read: Option<i64>,
    /// By how many milliseconds the search index was seen to lag lately.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index_lag: i64,
    /// The last ID snapshot whose newly visible issues the stream has, or will refetch.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub last_snapshot: Option<i64>,
    #[serde(default, skip_serializing_if = "RecentlySent::is_empty")]
    pub recently_sent: RecentlySent,
    /// Issues whose remaining worklogs are still to be fetched.
    #[serde(with = "keys", default, skip_serializing_if = "Keys::is_empty")]
    pub pending_worklogs: Keys,
    /// The comments sent, by issue, of the stream that reports deleted ones.
    #[serde(with = "optional_children", default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<Children>,
    /// The first names of custom fields, by number: a rename on the site moves no column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub field_names: BTreeMap<u64, String>,
}

impl IssuesState {
    pub fn new(mode: SyncMode, position: Position) -> Self {
        Self {
            mode,
            position,
            airbyte: None,
            scope: None,
            filter: None,
            backfill_slice: None,
            refetch: BTreeSet::new(),
            unread_archived: BTreeSet::new(),
            last_full_read: None,
            index_lag: 0,
            last_snapshot: None,
            recently_sent: RecentlySent::new(),
            pending_worklogs: Keys::default(),
            comments: None,
            field_names: BTreeMap::new(),
        }
    }

    /// How many issues and comments it names: what its size grows with.
    pub fn remembered(&self) -> usize {
        let comments = self.comments.as_ref().map_or(0, Children::len);
        self.refetch.len() + self.recently_sent.len() + self.pending_worklogs.len() + comments
    }

    /// Everything from the beginning; names of custom fields stay.
    pub fn restarted(self, started: i64) -> Self {
        Self { field_names: self.field_names, ..Self::new(self.mode, Position::beginning(started)) }
    }
}

/// The mode of a state that names none.
pub(super) const fn incremental() -> SyncMode {
    SyncMode::Incremental
}

/// For `skip_serializing_if`.
pub(super) fn is_incremental(mode: &SyncMode) -> bool {
    *mode == SyncMode::Incremental
}
