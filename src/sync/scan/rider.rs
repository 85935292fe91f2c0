//! A stream on board of a scan: which issues it is due, and how far it may say it has come.

use super::{issue::Issue, tracker::Finished};
use crate::{
    protocol::{Failure, SyncMode},
    streams::{Cut, Stream},
    sync::{
        plan::Selected,
        scope::Scope,
        state::{Position, StreamState},
    },
};
use std::collections::BTreeSet;

/// An issue changed this long ago is surely in Jira's search index ("normally within seconds", Jira REST v3: "Search
/// and reconcile"). Cursors never come closer to the present.
pub const INDEX_LAG: i64 = 60_000;
/// Each incremental scan begins at least this much before its cursor, for changes that reached the index late.
pub const OVERLAP: i64 = 10 * 60_000;

/// How far back a scan reaches when the index was seen to lag by `behind`, up to `most`; all milliseconds.
pub fn overlap(behind: i64, most: i64) -> i64 {
    behind.saturating_mul(2).min(most).max(OVERLAP)
}

/// What a stream is on board for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Its own position.
    Main,
    /// A piece of what came into its scope.
    CatchUp,
    /// Issues that it is owed.
    Owed,
}

#[derive(Debug)]
pub struct Rider {
    pub stream: &'static Stream,
    pub cut: Cut,
    errand: Errand,
    pub state: StreamState,
    /// What it began with; rows already sent in the overlap window are told by it.
    before: StreamState,
    /// Milliseconds before its cursor from which it reads again.
    reach: i64,
    /// The newest change among the issues sent that is surely in the index.
    newest: Option<i64>,
    /// Projects whose issues it reads, and those of them that were out of sight meanwhile.
    covered: BTreeSet<u64>,
    pub lost: BTreeSet<u64>,
    /// Issues that it is owed and that were not there when they were asked for, which they are twice; none at the second time.
    pub absent: Option<BTreeSet<u64>>,
    pub failed: Option<Failure>,
}

impl Rider {
    /// `behind` is by how much the index lags now, `most` the widest overlap, `lookback` what the config adds to it.
    pub fn new(selected: Selected, errand: Errand, behind: i64, most: i64, lookback: i64) -> Self {
        let Selected { stream, cut, state, lost } = selected;
        let reach = overlap(state.lag, most) + lookback;
        // What is remembered can be much, and one copy of it serves.
        let before = StreamState { comments: None, ..state.clone() };
        let covered = state.scope.as_ref().map(|scope| scope.projects.clone()).unwrap_or_default();
        let absent = (errand == Errand::Owed).then(BTreeSet::new);
        let (newest, failed) = (None, None);
        let mut rider = Self { stream, cut, errand, before, state, reach, newest, covered, lost, absent, failed };
        if errand == Errand::Main {
            // A lag is believed for some syncs more; a first read reaches back to the one at its own beginning.
            let kept = if matches!(rider.before.position, Position::Cursor { .. }) { 2 } else { 1 };
            rider.state.lag = behind.max(rider.before.lag / kept);
        }
        rider
    }

    /// Where its part of the scan begins: `created` for a backfill, `updated` otherwise.
    pub fn from(&self) -> Option<i64> {
        match self.errand {
            Errand::Main => self.main_from(),
            Errand::CatchUp => self.before.catch_up.as_ref().and_then(|catch_up| catch_up.created),
            Errand::Owed => None,
        }
    }

    fn main_from(&self) -> Option<i64> {
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
        if self.errand != Errand::Main {
            // Sent or not, with all that it has; but never an older version over a newer one.
            let sent = self.before.seen.get(&issue.number);
            return sent.is_none_or(|sent| issue.updated.is_none_or(|updated| *sent <= updated));
        }
        match self.before.position {
            // Precision of a minute: what the query could not tell apart comes again.
            Position::Backfill { created, .. } => {
                !matches!((created, issue.created), (Some(from), Some(created)) if created < from - 60_000)
            }
            Position::Cursor { .. } => match issue.updated {
                Some(updated) => {
                    // An index that lags may show an older version than the one that was sent.
                    self.from().is_none_or(|from| updated >= from)
                        && self.before.seen.get(&issue.number).is_none_or(|sent| *sent < updated)
                }
                None => true,
            },
            Position::List { .. } | Position::Complete => false,
        }
    }

    /// An issue was out of sight when it was to be read. If it comes back, that may not move its `updated`, so the next sync
    /// asks for it by its id; no further one does, because issues are usually gone for good.
    pub fn owe(&mut self, issue: u64) {
        match &mut self.absent {
            Some(absent) => drop(absent.insert(issue)),
            None if self.errand == Errand::Owed => {}
            None => drop(self.state.owed.insert(issue)),
        }
    }

    /// It reads a piece of what came into its scope, with issues of these projects.
    pub fn covering(mut self, projects: &BTreeSet<u64>) -> Self {
        self.covered.clone_from(projects);
        self
    }

    /// A window was listed, and these projects are in sight. The others may have been out of sight then. They leave the scope, so
    /// that they are read when they are back, whether they change or not. Returns how many left. A stream that begins now stands
    /// for what is in sight, within `bounds`.
    pub fn see(&mut self, in_sight: &BTreeSet<u64>, bounds: &Scope) -> usize {
        let Some(scope) = &mut self.state.scope else {
            if self.errand == Errand::Main && self.state.mode == SyncMode::Incremental {
                self.covered.clone_from(in_sight);
                self.state.scope = Some(Scope { projects: in_sight.clone(), ..bounds.clone() });
            }
            return 0;
        };
        let before = scope.projects.len();
        self.lost.extend(self.covered.difference(in_sight));
        scope.projects.retain(|project| in_sight.contains(project));
        before - scope.projects.len()
    }

    /// What is remembered of an issue was there at this time; none if it may have been out of sight since.
    pub fn remembered_from(&self) -> Option<i64> {
        match self.before.position {
            _ if self.errand != Errand::Main => None,
            Position::Backfill { started, .. } => Some(started),
            _ => self.main_from(),
        }
    }

    /// Whether it reads all issues, rather than those that changed.
    pub fn reads_all(&self) -> bool {
        self.errand == Errand::Main && matches!(self.before.position, Position::Backfill { .. })
    }

    /// Whether an earlier run left this issue's worklogs for later.
    pub fn inherits_worklogs(&self, issue: u64) -> bool {
        self.before.pending.contains_key(&issue)
    }

    /// Takes over what is finished; `mark` and `started` are the scan's.
    pub fn advance(&mut self, finished: &Finished, mark: Option<i64>, started: i64) {
        if self.failed.is_some() {
            return;
        }
        self.state.seen.extend(finished.sent.iter().copied());
        match self.errand {
            Errand::Main => self.advance_main(finished, mark, started),
            // What is lost of a piece has no other place in the state than its beginning.
            Errand::CatchUp if !self.lost.is_empty() => {}
            Errand::CatchUp => {
                if let Some(catch_up) = &mut self.state.catch_up {
                    catch_up.created = catch_up.created.max(mark);
                }
            }
            Errand::Owed => finished.named.iter().for_each(|id| {
                if self.absent.as_ref().is_none_or(|absent| !absent.contains(id)) {
                    self.state.owed.remove(id);
                }
            }),
        }
        if self.cut == Cut::Worklogs {
            self.state.pending.extend(finished.worklogs.iter().map(|(id, key)| (*id, key.clone())));
        }
    }

    fn advance_main(&mut self, finished: &Finished, mark: Option<i64>, started: i64) {
        let settled =
            finished.sent.iter().map(|(_, updated)| *updated).filter(|updated| *updated < started - INDEX_LAG);
        self.newest = self.newest.max(settled.max());
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
        match self.errand {
            Errand::Main => self.complete_main(),
            Errand::CatchUp => self.state.catch_up = None,
            Errand::Owed => {}
        }
        if let Position::Cursor { updated } = self.state.position {
            self.state.prune_seen(updated - self.reach);
        }
    }

    fn complete_main(&mut self) {
        match self.state.position {
            Position::Backfill { started, .. } => {
                self.state.position = match self.state.mode {
                    SyncMode::Incremental => Position::Cursor { updated: started - INDEX_LAG },
                    SyncMode::FullRefresh => Position::Complete,
                };
            }
            Position::Cursor { updated } => {
                let updated = updated.max(self.newest.unwrap_or(updated));
                self.state.position = Position::Cursor { updated };
                self.state.prune_seen(updated - self.reach);
            }
            Position::List { .. } | Position::Complete => {}
        }
        if self.state.position == Position::Complete {
            self.state.seen.clear();
            self.state.owed.clear();
        }
    }
}
