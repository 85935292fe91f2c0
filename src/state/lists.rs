//! The states of list streams, of the feed of deleted worklogs, and of streams that compare lists.

use super::{
    cursor::RecentlySent,
    list_snapshot::ListSnapshot,
    wire::{moment, optional_moment},
};
use serde::{Deserialize, Serialize};

/// A full refresh of lists: done up to a partition, or an offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    #[serde(default)]
    pub offset: u64,
    #[serde(skip)]
    pub complete: bool,
}

/// The feed of deleted worklogs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// Everything before this moment is sent.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub read_until: Option<i64>,
    #[serde(default, skip_serializing_if = "RecentlySent::is_empty")]
    pub recently_sent: RecentlySent,
    #[serde(skip)]
    pub complete: bool,
}

/// What was in the lists at the last sync, of a stream that reports what is missing from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDeletionsState {
    #[serde(with = "moment")]
    pub compared_at: i64,
    #[serde(default, skip_serializing_if = "ListSnapshot::is_empty")]
    pub snapshot: ListSnapshot,
}
