//! Events between the requests, scheduled by the number of the request: the same requests meet the same events.

use std::time::Duration;

use super::state::State;
use crate::site::Site;
use crate::site::edit::{Edit, Edited};

/// An event on the site.
#[derive(Clone, Debug)]
pub enum TimelineEvent {
    /// An edit; skipped if it is not possible at that point.
    Edit(Edit),
    /// See [`crate::Running::random_edits`].
    RandomEdits { count: u32, seed: u64 },
    /// See [`crate::Running::random_history`].
    RandomHistory { count: u32, seed: u64 },
    /// Advances the site's clock.
    AdvanceClock(Duration),
}

/// The events from now on.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// How far each request advances the site's clock.
    pub step: Duration,
    /// Each event happens before the request with that number, counted from 1; in any order.
    pub events: Vec<(u64, TimelineEvent)>,
}

/// The progress of a timeline.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    timeline: Timeline,
    requests: u64,
    /// The edits made so far.
    edited: Vec<Edited>,
}

impl Progress {
    pub(crate) fn of(mut timeline: Timeline) -> Self {
        // The next event is at the end; events of one request keep their order.
        timeline.events.reverse();
        timeline.events.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        Self { timeline, ..Self::default() }
    }

    pub(crate) fn edited(&self) -> &[Edited] {
        &self.edited
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// Called for each incoming request: its number, and the edits made right before it.
    pub(crate) fn advance(&mut self, state: &State) -> (u64, Vec<Edited>) {
        self.requests += 1;
        let before = self.edited.len();
        if !self.timeline.step.is_zero() {
            state.site().clock.advance(millis(self.timeline.step));
        }
        while let Some((_, happening)) = self.timeline.events.pop_if(|(number, _)| *number <= self.requests) {
            self.edited.extend(happening.apply(&mut state.site_to_edit()));
        }
        (self.requests, self.edited.get(before..).unwrap_or_default().to_vec())
    }
}

impl TimelineEvent {
    fn apply(self, site: &mut Site) -> Vec<Edited> {
        match self {
            Self::Edit(edit) => site.apply(edit).into_iter().collect(),
            Self::RandomEdits { count, seed } => site.random_edits(count, seed),
            Self::RandomHistory { count, seed } => site.random_history(count, seed),
            Self::AdvanceClock(time) => {
                site.clock.advance(millis(time));
                Vec::new()
            }
        }
    }
}

pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
