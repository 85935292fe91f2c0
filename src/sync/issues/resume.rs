//! Where a stream resumes: from its own state, from one of Airbyte's, or from the beginning, and why.

use crate::{
    protocol::{Level, SyncMode},
    record::time,
    state::{Difference, IssuesState, Position, Scope, airbyte::ImportContext, cursor::DAY, legacy::LegacyPosition},
    streams::Stream,
    sync::{context::SyncContext, filter::Filter},
};

pub(super) struct Resume<'a> {
    pub sync: &'a SyncContext,
    pub filter: &'a Filter,
    /// What the filter lets through at this moment, where a stream resumes from a state of Airbyte's.
    pub scope: Option<&'a Scope>,
}

impl Resume<'_> {
    /// The state that a stream begins with. `missed` is why it has to be read in full, if issues became visible while it
    /// was not read.
    pub(super) fn resume(&self, stream: &Stream, state: IssuesState, missed: Option<&'static str>) -> IssuesState {
        let state = match state.mode {
            SyncMode::Incremental => self.incremental(stream, state, missed),
            SyncMode::FullRefresh => self.full_refresh(stream, state),
        };
        full_read_when_due(self.sync, stream, state)
    }

    fn incremental(&self, stream: &Stream, state: IssuesState, missed: Option<&'static str>) -> IssuesState {
        let state = match (self.restart_reason(&state, missed), self.scope) {
            (Some(why), _) => self.restart(stream, state, &why),
            (None, Some(scope)) => self.import(stream, state, scope),
            (None, None) => state,
        };
        IssuesState { filter: None, ..state }
    }

    /// Why a stream has to be read in full, if so.
    fn restart_reason(&self, state: &IssuesState, missed: Option<&'static str>) -> Option<String> {
        if let Some(why) = missed {
            return Some(why.to_owned());
        }
        match self.filter.scope.difference(state.scope.as_ref()?) {
            Difference::Unclear(why) => Some(why),
            _ => None,
        }
    }

    /// Resumes from where Airbyte's connector had read to, if the state is Airbyte's.
    fn import(&self, stream: &Stream, mut state: IssuesState, scope: &Scope) -> IssuesState {
        let Some(airbyte) = state.airbyte.take() else { return state };
        let Some(issues) = stream.issues() else { return state };
        let filters = &self.sync.config.filters;
        let now = self.sync.started();
        let start = airbyte.start(filters.start_date().map(|moment| moment.epoch_millis()), now);
        let context = ImportContext { scope, start, by_project: !filters.projects.is_empty(), now };
        let position: LegacyPosition = airbyte.position;
        let Some((position, scope)) = context.resume(issues.airbyte, position) else {
            let why = "its state is Airbyte's and does not cover the wanted projects";
            return self.restart(stream, state, why);
        };
        if let Position::Cursor(updated) = position {
            let text =
                format!("{}: resumes from the state of Airbyte's connector, at {}.", stream.name, time::short(updated));
            self.sync.out.log(Level::Info, text);
        }
        IssuesState { position, scope: Some(scope), ..state }
    }

    /// An interrupted full refresh resumes with the same filter only.
    fn full_refresh(&self, stream: &Stream, state: IssuesState) -> IssuesState {
        let changed = state.filter.as_ref().is_some_and(|before| *before != self.filter.fingerprint);
        let why = "the filters in the config have changed since the refresh began";
        let state = if changed { self.restart(stream, state, why) } else { state };
        IssuesState { filter: Some(self.filter.fingerprint.clone()), scope: None, ..state }
    }

    fn restart(&self, stream: &Stream, state: IssuesState, why: &str) -> IssuesState {
        self.sync.out.log(Level::Warn, format!("{}: {why}, so the stream is read in full.", stream.name));
        state.restarted(self.sync.started())
    }
}

/// Some changes don't update the issue's `updated`: streams with such changes are re-read in full every N days.
fn full_read_when_due(sync: &SyncContext, stream: &Stream, state: IssuesState) -> IssuesState {
    let days = i64::from(sync.config.full_refresh_interval_days);
    if !stream.no_updated_signal || state.mode == SyncMode::FullRefresh || days == 0 {
        return state;
    }
    let started = sync.started();
    let last = state.last_full_read.unwrap_or(started);
    let longest = if cfg!(mutant = "nothing_is_read_in_full_again") { days * DAY * 1_000 } else { days * DAY };
    if started - last < longest || !matches!(state.position, Position::Cursor(_)) {
        let last_full_read = Some(if state.position.is_beginning() { started } else { last });
        return IssuesState { last_full_read, ..state };
    }
    sync.out.log(Level::Info, sync.report.full_read_reason(stream.name, last, days));
    // What was sent lately is forgotten: an index that lags may have an older version sent now, and then the newer one has
    // to be sent again.
    let IssuesState { mode, scope, last_snapshot, index_lag, refetch, .. } = state;
    IssuesState {
        scope,
        last_snapshot,
        index_lag,
        refetch,
        last_full_read: Some(started),
        ..IssuesState::new(mode, Position::beginning(started))
    }
}
