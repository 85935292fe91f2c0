//! What happens beside the requests, tied to their number: whoever asks the same again meets the same again.

use std::time::Duration;

use super::state::State;
use crate::site::Site;
use crate::site::edit::{Edit, Edited};

/// Something that happens on the site.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An edit; nothing, if it can't be made by then.
    Edit(Edit),
    /// See [`crate::Running::random_edits`].
    Edits { count: u32, seed: u64 },
    /// See [`crate::Running::random_history`].
    History { count: u32, seed: u64 },
    /// The site's clock goes on by so much.
    Passes(Duration),
}

/// What happens from now on.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The site's clock goes on by so much with each request.
    pub step: Duration,
    /// Each comes before the request of that number, counted from 1; in any order.
    pub happenings: Vec<(u64, Happening)>,
}

/// How far a course has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    course: Course,
    requests: u64,
    /// The edits it made so far.
    edited: Vec<Edited>,
}

impl Progress {
    pub(crate) fn of(mut course: Course) -> Self {
        // The next one is at the end; those of one request stay in their order.
        course.happenings.reverse();
        course.happenings.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        Self { course, ..Self::default() }
    }

    pub(crate) fn edited(&self) -> &[Edited] {
        &self.edited
    }

    /// A request has come in.
    pub(crate) fn go_on(&mut self, state: &State) {
        self.requests += 1;
        if !self.course.step.is_zero() {
            state.site().clock.advance(millis(self.course.step));
        }
        while let Some((_, happening)) = self.course.happenings.pop_if(|(number, _)| *number <= self.requests) {
            self.edited.extend(happening.come(&mut state.site_to_edit()));
        }
    }
}

impl Happening {
    fn come(self, site: &mut Site) -> Vec<Edited> {
        match self {
            Self::Edit(edit) => site.apply(edit).into_iter().collect(),
            Self::Edits { count, seed } => site.random_edits(count, seed),
            Self::History { count, seed } => site.random_history(count, seed),
            Self::Passes(time) => {
                site.clock.advance(millis(time));
                Vec::new()
            }
        }
    }
}

pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
