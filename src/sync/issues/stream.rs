//! A stream of a pass: which issues it is due, and how far it may say it has come.

use super::{extract::Extractor, watermark::Finished};
use crate::{
    jira::issue::Issue,
    protocol::{Failure, SyncMode},
    state::{
        IssuesState, Position, Scope,
        cursor::{INDEX_LAG, MINUTE, prune},
    },
    streams::Stream,
    sync::reach::Reach,
};
use std::collections::BTreeSet;

/// A selected stream, with its state.
#[derive(Debug)]
pub struct SelectedStream {
    pub stream: &'static Stream,
    pub extractor: &'static Extractor,
    pub state: IssuesState,
    /// Projects that were not visible when their issues were to be read.
    pub dropped_projects: BTreeSet<u64>,
}

/// What a stream takes part in a pass for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanPurpose {
    /// Its own position: the first read, or what changed.
    Cursor,
    /// A slice of what its scope gained.
    Backfill,
    /// Issues that an earlier sync could not fetch.
    Refetch,
}

impl SelectedStream {
    /// Its records stand for this scope now, without what could not be read.
    pub fn settle(&mut self, scope: &Scope) {
        self.state.scope = Some(scope.minus(&self.dropped_projects).minus(&self.state.unread_archived));
    }
}

#[derive(Debug)]
pub struct ScanStream {
    pub stream: &'static Stream,
    pub extractor: &'static Extractor,
    purpose: ScanPurpose,
    pub state: IssuesState,
    /// The state it began with: it tells which rows of the overlap were sent already.
    before: IssuesState,
    /// Milliseconds before its cursor from which it reads again.
    reach: i64,
    /// The newest change among the issues sent that is surely in the index.
    newest: Option<i64>,
    /// Projects whose issues it reads, and those of them that were not visible meanwhile.
    covered: BTreeSet<u64>,
    pub dropped_projects: BTreeSet<u64>,
    /// Issues that are to be refetched and were missing when they were asked for the first time; `None` at the second.
    pub unconfirmed_missing: Option<BTreeSet<u64>>,
    pub failed: Option<Failure>,
}

impl ScanStream {
    /// `index_lag`: milliseconds by which the index lags now.
    pub fn new(selected: SelectedStream, purpose: ScanPurpose, (reach, index_lag): (Reach, i64)) -> Self {
        let SelectedStream { stream, extractor, state, dropped_projects } = selected;
        // The memory of comments can be large, and one copy of it is enough.
        let before = IssuesState { comments: None, ..state.clone() };
        let covered = state.scope.as_ref().map(|scope| scope.projects.clone()).unwrap_or_default();
        let mut this = Self {
            stream,
            extractor,
            purpose,
            reach: reach.before_cursor(state.index_lag),
            before,
            state,
            newest: None,
            covered,
            dropped_projects,
            unconfirmed_missing: (purpose == ScanPurpose::Refetch).then(BTreeSet::new),
            failed: None,
        };
        if purpose == ScanPurpose::Cursor {
            // A lag is assumed for some syncs more; a first read reaches back to the one at its own beginning.
            let kept = if matches!(this.before.position, Position::Cursor(_)) { 2 } else { 1 };
            this.state.index_lag = index_lag.max(this.before.index_lag / kept);
        }
        this
    }

    /// It backfills a slice, with issues of these projects.
    pub fn covering(self, projects: &BTreeSet<u64>) -> Self {
        Self { covered: projects.clone(), ..self }
    }

    /// Where its part of the pass begins: `created` for a backfill, `updated` otherwise.
    pub fn from(&self) -> Option<i64> {
        match self.purpose {
            ScanPurpose::Cursor => self.cursor_from(),
            ScanPurpose::Backfill => self.before.backfill_slice.as_ref().and_then(|slice| slice.created),
            ScanPurpose::Refetch => None,
        }
    }

    fn cursor_from(&self) -> Option<i64> {
        match self.before.position {
            Position::Backfill { created, .. } => created,
            Position::Cursor(updated) => Some(updated - self.reach),
            Position::Complete => None,
        }
    }

    /// Whether it wants this issue; `is_first`: the pass had no version of it before. An issue that changes while pages are
    /// read can be on two of them. A full refresh promises each key once, so it keeps the first version.
    pub fn is_due(&self, issue: &Issue<'_>, is_first: bool) -> bool {
        let is_repeated = !is_first && self.state.mode == SyncMode::FullRefresh;
        if self.failed.is_some() || is_repeated && !cfg!(mutant = "repeated_records_are_sent") {
            return false;
        }
        let sent = self.before.recently_sent.get(&issue.number);
        if self.purpose != ScanPurpose::Cursor {
            // Sent or not, with all that it has; but never an older version over a newer one.
            return sent.is_none_or(|sent| issue.updated.is_none_or(|updated| *sent <= updated));
        }
        match self.before.position {
            // JQL's dates have the precision of a minute: what the query could not exclude is sent again.
            Position::Backfill { created, .. } => {
                !matches!((created, issue.created), (Some(from), Some(created)) if created < from - MINUTE)
            }
            Position::Cursor(_) => match issue.updated {
                // An index that lags may show an older version than the one that was sent.
                Some(updated) => {
                    self.from().is_none_or(|from| updated >= from) && sent.is_none_or(|sent| is_newer(updated, *sent))
                }
                None => true,
            },
            Position::Complete => false,
        }
    }

    /// An issue was missing when it was to be fetched. If it becomes visible again, that may not move its `updated`, so the
    /// next sync asks for it by its ID; no further one does, because most missing issues are deleted. A full refresh has no next
    /// sync, and what it sent of the issue must not come again.
    pub fn refetch_later(&mut self, issue: u64) {
        match &mut self.unconfirmed_missing {
            _ if self.state.mode == SyncMode::FullRefresh => {}
            Some(missing) => drop(missing.insert(issue)),
            None if self.purpose == ScanPurpose::Refetch => {}
            None => drop(self.state.refetch.insert(issue)),
        }
    }

    /// Single issues of an archived project can't be read: it leaves the scope, so that it is gained once it is restored.
    pub fn leave_archived(&mut self, project: u64) {
        self.state.unread_archived.insert(project);
        if let Some(scope) = &mut self.state.scope {
            scope.projects.remove(&project);
        }
    }

    /// A window was listed, and these projects are visible now. The others may not have been visible then: they leave the
    /// scope, so that they are read once they are visible again, whether they change or not. Returns how many left. A stream
    /// that begins now stands for what is visible, within `bounds`.
    pub fn apply_visibility(&mut self, visible: &BTreeSet<u64>, bounds: &Scope) -> usize {
        let Some(scope) = &mut self.state.scope else {
            if self.purpose == ScanPurpose::Cursor && self.state.mode == SyncMode::Incremental {
                self.covered.clone_from(visible);
                let scope = Scope { projects: visible.clone(), ..bounds.clone() };
                self.state.scope = Some(scope.minus(&self.state.unread_archived));
            }
            return 0;
        };
        let before = scope.projects.len();
        self.dropped_projects.extend(self.covered.difference(visible));
        scope.projects.retain(|project| visible.contains(project));
        before - scope.projects.len()
    }

    /// Since when an issue's children that are remembered have surely been seen; `None` if they may have been hidden since.
    pub fn children_seen_at(&self) -> Option<i64> {
        match self.before.position {
            _ if self.purpose != ScanPurpose::Cursor => None,
            Position::Backfill { started, .. } => Some(started),
            _ => self.cursor_from(),
        }
    }

    /// Whether it reads all issues, rather than those that changed.
    pub fn reads_all(&self) -> bool {
        self.purpose == ScanPurpose::Cursor && matches!(self.before.position, Position::Backfill { .. })
    }

    /// Whether an earlier sync left this issue's worklogs for later.
    pub fn inherited_worklogs(&self, issue: u64) -> bool {
        self.before.pending_worklogs.contains(issue)
    }

    /// Takes over what is finished; `watermark` and `started` are the pass's.
    pub(super) fn advance(&mut self, finished: &Finished, watermark: Option<i64>, started: i64) {
        if self.failed.is_some() {
            return;
        }
        self.state.recently_sent.extend(finished.sent.iter().copied());
        match self.purpose {
            ScanPurpose::Cursor => self.advance_cursor(finished, watermark, started),
            // A slice with dropped projects has no position in the state but its beginning.
            ScanPurpose::Backfill if !self.dropped_projects.is_empty() => {}
            ScanPurpose::Backfill => {
                if let Some(slice) = &mut self.state.backfill_slice {
                    slice.created = slice.created.max(watermark);
                }
            }
            ScanPurpose::Refetch => finished.requested.iter().for_each(|id| {
                if self.unconfirmed_missing.as_ref().is_none_or(|missing| !missing.contains(id)) {
                    self.state.refetch.remove(id);
                }
            }),
        }
    }

    fn advance_cursor(&mut self, finished: &Finished, watermark: Option<i64>, started: i64) {
        let settled =
            finished.sent.iter().map(|(_, updated)| *updated).filter(|updated| *updated < started - INDEX_LAG);
        self.newest = self.newest.max(settled.max());
        let from = match &mut self.state.position {
            Position::Backfill { created, started: began } => {
                *created = (*created).max(watermark);
                *began = (*began).min(started);
                *began - INDEX_LAG
            }
            Position::Cursor(updated) => {
                *updated = (*updated).max(watermark.unwrap_or(i64::MIN));
                *updated
            }
            Position::Complete => return,
        };
        prune(&mut self.state.recently_sent, from - self.reach);
    }

    /// The pass is through: the next one begins at the cursor. `started` is when it began, by the most cautious clock.
    pub fn complete(&mut self, started: i64) {
        match self.purpose {
            ScanPurpose::Cursor => self.complete_cursor(started),
            ScanPurpose::Backfill => self.state.backfill_slice = None,
            ScanPurpose::Refetch => {}
        }
        if let Position::Cursor(updated) = self.state.position {
            prune(&mut self.state.recently_sent, updated - self.reach);
        }
    }

    fn complete_cursor(&mut self, latest: i64) {
        self.newest = self.newest.map(|newest| newest.min(latest.saturating_sub(INDEX_LAG)));
        self.state.position = match self.state.position {
            Position::Backfill { started, .. } => match self.state.mode {
                SyncMode::Incremental => Position::Cursor(first_cursor(started.min(latest), self.newest)),
                SyncMode::FullRefresh => Position::Complete,
            },
            Position::Cursor(updated) => Position::Cursor(updated.max(self.newest.unwrap_or(updated))),
            Position::Complete => Position::Complete,
        };
    }

    /// Its state and what it knows, for the next step of the sync.
    pub fn into_selected(self) -> SelectedStream {
        let Self { stream, extractor, state, dropped_projects, .. } = self;
        SelectedStream { stream, extractor, state, dropped_projects }
    }
}

fn is_newer(updated: i64, sent: i64) -> bool {
    !cfg!(mutant = "changed_issues_are_not_sent_again") && sent < updated
}

/// The cursor after a first read: its start, because what changed meanwhile may have been read before the change.
fn first_cursor(started: i64, newest: Option<i64>) -> i64 {
    if cfg!(mutant = "the_first_cursor_is_the_end_of_the_read") {
        return newest.unwrap_or(started) + 700_000;
    }
    started - INDEX_LAG
}
