//! A stream on board of a scan: which issues it is due, and how far it may say it has come.

use super::{issue::Issue, tracker::Finished};
use crate::{
    protocol::Failure,
    streams::{Cut, Stream},
    sync::state::{Position, StreamState},
};

/// An issue changed this long ago is surely in Jira's search index ("normally within seconds", Jira REST v3: "Search
/// and reconcile"). Cursors never come closer to the present.
pub const INDEX_LAG: i64 = 60_000;
/// Each incremental scan begins this much before its cursor, for changes that reached the index late.
pub const OVERLAP: i64 = 10 * 60_000;

#[derive(Debug)]
pub struct Rider {
    pub stream: &'static Stream,
    pub cut: Cut,
    pub state: StreamState,
    /// What it began with; rows already sent in the overlap window are told by it.
    before: StreamState,
    /// Milliseconds before its cursor from which it reads again.
    reach: i64,
    pub failed: Option<Failure>,
}

impl Rider {
    pub fn new(stream: &'static Stream, cut: Cut, state: StreamState, lookback: i64) -> Self {
        Self { stream, cut, before: state.clone(), state, reach: OVERLAP + lookback, failed: None }
    }

    /// Where its part of the scan begins: `created` for a backfill, `updated` otherwise.
    pub fn from(&self) -> Option<i64> {
        match self.before.position {
            Position::Backfill { created, .. } => created,
            Position::Cursor { updated } => Some(updated - self.reach),
            Position::List { .. } | Position::Complete => None,
        }
    }

    /// Whether it wants this issue.
    pub fn is_due(&self, issue: &Issue<'_>) -> bool {
        if self.failed.is_some() {
            return false;
        }
        match self.before.position {
            // Precision of a minute: what the query could not tell apart comes again.
            Position::Backfill { created, .. } => {
                !matches!((created, issue.created), (Some(from), Some(created)) if created < from - 60_000)
            }
            Position::Cursor { .. } => match issue.updated {
                Some(updated) => {
                    self.from().is_none_or(|from| updated >= from)
                        && self.before.seen.get(&issue.number) != Some(&updated)
                }
                None => true,
            },
            Position::List { .. } | Position::Complete => false,
        }
    }

    /// Children changed before this were sent with an earlier scan. None: send all.
    pub fn children_from(&self) -> Option<i64> {
        match self.before.position {
            Position::Cursor { .. } => self.from(),
            _ => None,
        }
    }

    /// Whether some of these were left by an earlier run.
    pub fn inherited_worklogs(&self, pending: &std::collections::BTreeMap<u64, String>) -> bool {
        self.before.pending.keys().any(|id| pending.contains_key(id))
    }

    /// Takes over what is finished; `mark` is the scan's.
    pub fn advance(&mut self, finished: &Finished, mark: Option<i64>) {
        if self.failed.is_some() {
            return;
        }
        self.state.seen.extend(finished.sent.iter().copied());
        if self.cut == Cut::Worklogs {
            self.state.pending.extend(finished.worklogs.iter().map(|(id, key)| (*id, key.clone())));
        }
        match &mut self.state.position {
            Position::Backfill { created, started } => {
                *created = (*created).max(mark);
                let from = *started - INDEX_LAG - self.reach;
                self.state.prune_seen(from);
            }
            Position::Cursor { updated } => {
                *updated = (*updated).max(mark.unwrap_or(i64::MIN));
                let from = *updated - self.reach;
                self.state.prune_seen(from);
            }
            Position::List { .. } | Position::Complete => {}
        }
    }

    /// The scan is through: the next one begins at the cursor.
    pub fn complete(&mut self) {
        if let Position::Backfill { started, .. } = self.state.position {
            self.state.position = match self.state.mode {
                crate::protocol::SyncMode::Incremental => Position::Cursor { updated: started - INDEX_LAG },
                crate::protocol::SyncMode::FullRefresh => Position::Complete,
            };
        }
        if self.state.position == Position::Complete {
            self.state.seen.clear();
            self.state.filter = None;
        }
    }
}
