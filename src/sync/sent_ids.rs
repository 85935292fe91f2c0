//! The IDs and keys of the issues sent, while issues are read.
//!
//! An ID is in a STATE before its issue is in a RECORD. So wherever a sync breaks off, no issue can have been sent that the
//! next ID comparison would not miss if it is deleted.

use crate::{
    output::Output,
    protocol::SyncMode,
    state::{Body, DeletedIssuesState},
};
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A state holds all IDs: it is written when this share of them is new, so that its cost stays in proportion to the issues
/// that are read.
const NEW_SHARE: usize = 4;
/// So many new IDs are worth a state in any case.
const FEW: usize = 1_000;

/// Keeps the state of `deleted_issues` while issues are read.
pub struct SentIds<'a> {
    out: &'a Output,
    stream: &'static str,
    /// The IDs go into the state.
    is_kept: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    state: DeletedIssuesState,
    /// IDs that no STATE has yet, and whether anything else changed.
    new: usize,
    changed: bool,
    /// To which streams an issue was delivered in this run, of those recorded since the last snapshot.
    delivered: HashMap<u64, BTreeSet<&'static str>>,
    /// To how many streams a change of an issue was delivered in this run.
    changes: HashMap<u64, usize>,
    /// The IDs recorded in this run, where an earlier one recorded some and then delivered nothing.
    resent_this_run: Option<HashSet<u64>>,
}

impl<'a> SentIds<'a> {
    pub fn new(out: &'a Output, stream: &'static str, state: DeletedIssuesState, is_kept: bool) -> Self {
        let (delivered, changes) = (HashMap::new(), HashMap::new());
        let inner = Inner { state, new: 0, changed: false, delivered, changes, resent_this_run: None };
        Self { out, stream, is_kept, inner: Mutex::new(inner) }
    }

    pub const fn stream(&self) -> &'static str {
        self.stream
    }

    /// Whether IDs are tracked at all.
    pub fn is_tracking(&self) -> bool {
        self.lock().state.sent_ids.is_some()
    }

    /// Records that an issue is about to be sent.
    pub fn record(&self, id: u64, key: &str) {
        let mut inner = self.lock();
        if let Some(resent) = &mut inner.resent_this_run {
            resent.insert(id);
        }
        let DeletedIssuesState { sent_ids: Some(sent_ids), since_last_snapshot, .. } = &mut inner.state else { return };
        let is_new = !sent_ids.contains(id);
        if is_new {
            since_last_snapshot.insert(id);
        }
        let changed = sent_ids.insert(id, key);
        inner.new += usize::from(is_new);
        inner.changed |= changed;
    }

    /// Records to which streams an issue was delivered; `is_change` by a pass over what changed.
    pub fn delivered(&self, id: u64, streams: &[&'static str], is_change: bool) {
        let mut inner = self.lock();
        if is_change {
            *inner.changes.entry(id).or_default() += streams.len();
        }
        if inner.state.last_snapshot.is_some() && inner.state.since_last_snapshot.contains(&id) {
            inner.delivered.entry(id).or_default().extend(streams);
        }
    }

    /// Whether an issue was delivered to all of these streams in this run.
    pub fn delivered_to(&self, id: u64, streams: &BTreeSet<&'static str>) -> bool {
        self.lock().delivered.get(&id).is_some_and(|delivered| delivered.is_superset(streams))
    }

    /// Whether a change of an issue was delivered to so many streams in this run.
    pub fn change_delivered_to(&self, id: u64, streams: usize) -> bool {
        self.lock().changes.get(&id).is_some_and(|delivered| *delivered >= streams)
    }

    /// Remembers which changes `streams` were sent in this run, if those are all of the sync's. After an ID snapshot, `recent`
    /// are issues that they were sent shortly before, and what was remembered until then is forgotten.
    pub fn remember_changes(&self, streams: Option<usize>, recent: Option<BTreeSet<u64>>) {
        let mut inner = self.lock();
        let is_sent = |delivered: &usize| streams.is_some_and(|streams| *delivered >= streams);
        let sent = inner.changes.iter().filter(|(_, delivered)| is_sent(delivered));
        let sent: Vec<u64> = sent.map(|(id, _)| *id).collect();
        let remembered = &mut inner.state.changes_since_last_snapshot;
        let before = remembered.clone();
        if let Some(recent) = recent {
            *remembered = recent;
        }
        remembered.extend(&sent);
        inner.changed |= inner.state.changes_since_last_snapshot != before;
    }

    /// Every stream begins from nothing: what is recorded from now on will be sent, and what an earlier run recorded may not
    /// have been.
    pub fn restart(&self) {
        let mut inner = self.lock();
        let recorded = inner.state.sent_ids.as_ref().is_some_and(|sent_ids| !sent_ids.is_empty());
        if inner.state.last_snapshot.is_none() {
            inner.resent_this_run = recorded.then(HashSet::new);
            inner.state.all_sent_ids |= inner.state.sent_ids.is_some() && !recorded;
        }
    }

    /// Whether an issue has been sent, or is about to be.
    pub fn contains(&self, id: u64) -> bool {
        let inner = self.lock();
        let recorded = inner.state.sent_ids.as_ref().is_some_and(|sent_ids| sent_ids.contains(id));
        recorded && inner.resent_this_run.as_ref().is_none_or(|resent| resent.contains(&id))
    }

    /// Writes a STATE if enough is new, or if it `is_last`. Returns whether everything recorded so far is in a STATE.
    pub fn checkpoint_if_due(&self, is_last: bool) -> bool {
        let is_due = {
            let inner = self.lock();
            let known = inner.state.sent_ids.as_ref().map_or(0, |sent_ids| sent_ids.len());
            inner.new >= FEW.max((known - inner.new.min(known)) / NEW_SHARE)
        };
        if is_due || is_last {
            self.checkpoint();
        }
        is_due || is_last || self.lock().new == 0
    }

    /// Writes what was recorded, before the issues themselves are sent.
    pub fn checkpoint(&self) {
        if cfg!(mutant = "ids_are_recorded_only_at_the_end") {
            return;
        }
        let mut inner = self.lock();
        inner.new = 0;
        if std::mem::take(&mut inner.changed) && self.is_kept {
            let state = self.json(&inner.state);
            self.out.state(self.stream, state);
        }
    }

    /// Reads the state without a copy of it.
    pub fn read<T>(&self, read: impl FnOnce(&DeletedIssuesState) -> T) -> T {
        read(&self.lock().state)
    }

    pub fn state(&self) -> DeletedIssuesState {
        self.lock().state.clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut DeletedIssuesState)) {
        let mut inner = self.lock();
        change(&mut inner.state);
        inner.changed = true;
    }

    /// Begins the stream.
    pub fn start(&self, mode: SyncMode) {
        self.out.start(self.stream, self.state_for(mode));
    }

    /// Ends the stream.
    pub fn finish(&self, mode: SyncMode, complete: bool) {
        self.out.finish(self.stream, self.state_for(mode), complete);
    }

    fn state_for(&self, mode: SyncMode) -> Value {
        match mode {
            SyncMode::Incremental => self.json(&self.lock().state),
            SyncMode::FullRefresh => DeletedIssuesState::default().to_json(),
        }
    }

    fn json(&self, state: &DeletedIssuesState) -> Value {
        if self.is_kept { state.to_json() } else { state.without_ids().to_json() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
