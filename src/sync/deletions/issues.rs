//! Issues that were deleted, and those that became visible: the ID snapshot and the audit log, compared with the IDs that
//! were sent.

use super::{
    classify_missing,
    snapshot::{IdSnapshot, SnapshotTimes},
};
use crate::{
    client::Error,
    jira::audit_log::{self, Deletion},
    protocol::{Failure, Level, SyncMode, text},
    record::splice,
    state::{Body, DeletedIssuesState, ListState},
    streams::Stream,
    sync::{
        comparison::{ComparedStream, Comparison},
        context::SyncContext,
        filter::Filter,
        reach::Reach,
        sent_ids::SentIds,
    },
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// The audit log is read again from this long before the place that it was read up to. Milliseconds.
pub(super) const AUDIT_OVERLAP: i64 = 10 * 60_000;
const HOUR: i64 = 3_600_000;

/// The streams of a sync that need an ID snapshot or its comparison with the IDs sent.
pub struct Reconciled {
    /// `issue_ids`: the snapshot itself.
    pub ids: Option<&'static Stream>,
    /// `deleted_issues`, with its mode and its state.
    pub deletions: Option<(&'static Stream, SyncMode, DeletedIssuesState)>,
}

pub struct IssueReconciler<'a> {
    sync: &'a SyncContext,
    ids: Option<&'static Stream>,
    deletions: Option<(SentIds<'a>, SyncMode)>,
    /// The IDs come from a file, not from the state.
    from_file: bool,
    observed: Mutex<Option<Observed>>,
}

/// What the end of a run found, before the issues that became visible are read.
pub(super) struct Observed {
    pub snapshot: Option<IdSnapshot>,
    /// `None` if the account may not read the audit log.
    pub audit: Option<Vec<Deletion>>,
    pub before: DeletedIssuesState,
}

impl<'a> IssueReconciler<'a> {
    pub fn new(sync: &'a SyncContext, streams: Reconciled) -> Self {
        let from_file = sync.destination_ids.is_some();
        let deletions = streams.deletions.map(|(stream, mode, state)| {
            let tracks = sync.config.tracks_issue_ids() && mode == SyncMode::Incremental;
            let state = known(sync, state, tracks);
            (SentIds::new(&sync.out, stream.name, state, tracks && !from_file), mode)
        });
        Self { sync, ids: streams.ids, deletions, from_file, observed: Mutex::new(None) }
    }

    /// Begins the streams with the states that they have: a run that waits repeats them before there are others.
    pub fn start(&self) {
        if let Some(stream) = self.ids {
            self.sync.out.start(stream.name, ListState::default().to_json());
        }
        if let Some((sent_ids, mode)) = &self.deletions {
            sent_ids.start(*mode);
        }
    }

    pub fn names(&self) -> Vec<&'static str> {
        let deletions = self.deletions.as_ref().map(|(sent_ids, _)| sent_ids.stream());
        self.ids.map(|stream| stream.name).into_iter().chain(deletions).collect()
    }

    fn is_snapshot_due(&self, last: Option<i64>) -> bool {
        let is_due = |hours: u32| last.is_none_or(|last| self.sync.started() - last >= i64::from(hours) * HOUR);
        self.sync.config.id_snapshot_interval_hours().is_some_and(is_due)
    }

    /// Issues that the snapshot shows and that were never sent.
    fn newly_visible(&self, snapshot: &IdSnapshot, sent_ids: &SentIds<'_>, begun: &BTreeSet<&'static str>) -> Vec<u64> {
        let state = sent_ids.state();
        match (&state.sent_ids, state.last_snapshot) {
            // What is younger than the last snapshot, each stream finds from its cursor. What is older and was recorded since
            // may have come with the pass of one stream only.
            (Some(sent), Some(_)) if state.all_sent_ids && !self.from_file => {
                let settled = |id: &u64| sent.contains(*id) && !state.since_last_snapshot.contains(id);
                let has = |id: &u64| settled(id) || sent_ids.delivered_to(*id, begun);
                snapshot.old.iter().copied().filter(|id| !has(id)).collect()
            }
            (Some(_), _) if state.all_sent_ids => {
                snapshot.issues.keys().copied().filter(|id| !sent_ids.contains(*id)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Writes `issue_ids`.
    fn write_ids(&self, snapshot: &IdSnapshot) {
        let Some(stream) = self.ids else { return };
        for (id, key) in &snapshot.issues {
            self.sync.out.record(stream.name, |line| {
                splice::object(line, &[("id", &splice::quoted(&id.to_string())), ("key", &splice::quoted(key))]);
            });
        }
        let state = ListState { complete: true, ..ListState::default() };
        self.sync.out.finish(stream.name, state.to_json(), true);
    }
}

/// The state that `deleted_issues` begins with.
fn known(sync: &SyncContext, state: DeletedIssuesState, tracks: bool) -> DeletedIssuesState {
    match &sync.destination_ids {
        Some(file) => DeletedIssuesState { sent_ids: Some(file.clone()), all_sent_ids: true, ..state },
        // What was sent while IDs were not tracked is not among them.
        None if tracks && state.sent_ids.is_none() => DeletedIssuesState {
            sent_ids: Some(Default::default()),
            all_sent_ids: false,
            last_snapshot: None,
            last_newly_visible: None,
            changes_since_last_snapshot: BTreeSet::new(),
            ..state
        },
        None if !tracks => DeletedIssuesState { sent_ids: None, all_sent_ids: false, ..state },
        None => state,
    }
}

impl Comparison for IssueReconciler<'_> {
    fn sent_ids(&self) -> Option<&SentIds<'_>> {
        self.deletions.as_ref().map(|(sent_ids, _)| sent_ids).filter(|sent_ids| sent_ids.is_tracking())
    }

    fn is_empty(&self) -> bool {
        self.ids.is_none() && self.deletions.is_none()
    }

    fn missed(&self, last_snapshot: Option<i64>) -> Option<&'static str> {
        let newly_visible = self.sent_ids()?.read(|state| state.last_newly_visible);
        let missed = !self.from_file && last_snapshot.zip(newly_visible).is_some_and(|(last, newly)| last < newly);
        missed.then_some("issues became visible while this stream was not read")
    }

    async fn observe(
        &self,
        filter: &Filter,
        streams: Vec<ComparedStream<'_>>,
        begun: &BTreeSet<&'static str>,
    ) -> Result<bool, Error> {
        let client = &self.sync.client;
        let before = self.deletions.as_ref().map(|(sent_ids, _)| sent_ids.state()).unwrap_or_default();
        let audit = match &self.deletions {
            Some(_) => audit_log::deletions(client, before.audit_log_until.map(|until| until - AUDIT_OVERLAP)).await?,
            None => None,
        };
        let is_due = before.sent_ids.is_some() && (self.from_file || self.is_snapshot_due(before.last_snapshot));
        let archived = filter.scope.archived;
        let snapshot = match self.ids.is_some() || is_due {
            true => {
                let changed_since = streams.iter().filter_map(|stream| stream.changed_since).max();
                let lag = streams.iter().map(|stream| stream.state.index_lag).max().unwrap_or_default();
                let overlap = Reach::new(&self.sync.config).overlap(lag);
                let last = before.last_snapshot;
                let times = SnapshotTimes { last, changed_since, unseen_since: last.map(|last| last - overlap) };
                Some(IdSnapshot::take(client, &filter.jql, archived, times, self.sync.started()).await?)
            }
            false => None,
        };
        let all = streams.len() == begun.len();
        let recent = if all { recently_sent(&streams) } else { BTreeSet::new() };
        let readers = (all && streams.iter().all(|one| one.changed_since.is_some())).then_some(streams.len());
        let found = match (&snapshot, self.sent_ids()) {
            (Some(snapshot), Some(sent_ids)) => {
                let found = self.schedule_refetch(snapshot, sent_ids, streams, begun);
                sent_ids.remember_changes(readers, Some(recent));
                found
            }
            (None, Some(sent_ids)) if before.last_snapshot.is_some() => {
                sent_ids.remember_changes(readers, None);
                false
            }
            _ => false,
        };
        *self.observed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Observed { snapshot, audit, before });
        Ok(found)
    }

    async fn close(&self, filter: &Filter) {
        let observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(observed) = observed else { return };
        if let Some(snapshot) = &observed.snapshot {
            self.write_ids(snapshot);
        }
        let Some((sent_ids, mode)) = &self.deletions else { return };
        let reported = classify_missing::report(self.sync, sent_ids, &observed, filter).await;
        let failure = reported.map_err(Failure::from).err().or_else(|| self.sync.report.failure(sent_ids.stream()));
        let complete = failure.is_none();
        if let Some(failure) = failure {
            self.sync.out.fail(failure.stream(sent_ids.stream()));
        }
        sent_ids.finish(*mode, complete);
    }

    fn fail(&self, failure: &Failure) {
        for name in self.names() {
            self.sync.out.fail(failure.clone().stream(name));
        }
        if let Some(stream) = self.ids {
            self.sync.out.finish(stream.name, DeletedIssuesState::default().to_json(), false);
        }
        if let Some((sent_ids, mode)) = &self.deletions {
            sent_ids.finish(*mode, false);
        }
    }
}

impl IssueReconciler<'_> {
    /// Puts what became visible into the states of all streams; only then may its IDs count as sent.
    fn schedule_refetch(
        &self,
        snapshot: &IdSnapshot,
        sent_ids: &SentIds<'_>,
        streams: Vec<ComparedStream<'_>>,
        begun: &BTreeSet<&'static str>,
    ) -> bool {
        let newly_visible = self.newly_visible(snapshot, sent_ids, begun);
        let changed = missed_changes(snapshot, sent_ids, &streams);
        let young = young(snapshot, sent_ids);
        let mut refetched: BTreeSet<u64> = newly_visible.iter().copied().collect();
        for ComparedStream { stream, state, changed_since } in streams {
            if state.mode == SyncMode::Incremental {
                if !cfg!(mutant = "what_became_visible_is_not_refetched") {
                    state.refetch.extend(&newly_visible);
                }
                let only = BTreeSet::from([stream.name]);
                let missed: Vec<u64> = match changed_since {
                    Some(_) => changed.iter().copied().filter(|id| !state.recently_sent.contains_key(id)).collect(),
                    None => young.iter().copied().filter(|id| !sent_ids.delivered_to(*id, &only)).collect(),
                };
                state.refetch.extend(&missed);
                refetched.extend(missed);
                state.last_snapshot = (!self.from_file).then_some(self.sync.started());
                self.sync.out.state(stream.name, state.to_json());
            }
        }
        for (id, key) in &snapshot.issues {
            sent_ids.record(*id, key);
        }
        sent_ids.change(|state| state.since_last_snapshot.retain(|id| !snapshot.issues.contains_key(id)));
        if !newly_visible.is_empty() {
            sent_ids.change(|state| state.last_newly_visible = Some(self.sync.started()));
        }
        if !refetched.is_empty() {
            let issues = text::count(refetched.len(), "issue");
            self.sync.out.log(Level::Info, format!("{issues} became visible without an update; reading them now."));
        }
        sent_ids.checkpoint();
        !refetched.is_empty()
    }
}

/// Issues that were recorded since the last snapshot, and that are younger than it. A stream that reads what changed finds them
/// from its cursor. One that was read in full in this run may have listed while they were hidden, and its cursor passes them.
fn young(snapshot: &IdSnapshot, sent_ids: &SentIds<'_>) -> Vec<u64> {
    sent_ids.read(|state| {
        let is_young = |id: &u64| snapshot.issues.contains_key(id) && !snapshot.old.contains(id);
        let recorded = state.since_last_snapshot.iter().copied().filter(is_young);
        // In a first sync all are, and what it listed is all that it recorded.
        recorded.filter(|_| state.last_snapshot.is_some()).collect()
    })
}

/// Issues that all of these streams were sent lately, so that the look back of the next snapshot may show them.
fn recently_sent(streams: &[ComparedStream<'_>]) -> BTreeSet<u64> {
    let Some((first, others)) = streams.split_first() else { return BTreeSet::new() };
    let by_all = |id: &&u64| others.iter().all(|stream| stream.state.recently_sent.contains_key(id));
    first.state.recently_sent.keys().filter(by_all).copied().collect()
}

/// Issues that changed and that no pass over what changed showed: hidden then, and visible again by now.
fn missed_changes(snapshot: &IdSnapshot, sent_ids: &SentIds<'_>, streams: &[ComparedStream<'_>]) -> BTreeSet<u64> {
    let readers: Vec<&ComparedStream<'_>> = streams.iter().filter(|stream| stream.changed_since.is_some()).collect();
    let is_sent = |id: &u64| {
        sent_ids.change_delivered_to(*id, readers.len())
            || readers.iter().all(|stream| stream.state.recently_sent.contains_key(id))
    };
    let mut missed: BTreeSet<u64> = snapshot.changed.iter().copied().filter(|id| !is_sent(id)).collect();
    sent_ids.read(|state| {
        let was_sent = |id: &u64| state.changes_since_last_snapshot.contains(id);
        missed.extend(snapshot.changed_before.iter().filter(|id| !was_sent(id)));
    });
    missed
}
