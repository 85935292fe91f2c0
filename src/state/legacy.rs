//! Where Airbyte's connector had read to, as its states say it.

use super::cursor::DAY;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A state of Airbyte's connector, kept as it came until the stream resumes from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AirbyteState {
    pub written: Map<String, Value>,
    pub position: LegacyPosition,
}

/// Up to when everything that changed was sent. Epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyPosition {
    /// In all projects.
    Everywhere(i64),
    /// In each of these; nothing is known of others.
    Projects(BTreeMap<u64, i64>),
}

impl LegacyPosition {
    /// The lowest of its cursors.
    pub fn lowest(&self) -> i64 {
        match self {
            Self::Everywhere(updated) => *updated,
            Self::Projects(projects) => projects.values().copied().min().unwrap_or(i64::MAX),
        }
    }

    /// Nothing was sent that had not happened. A cursor that lies far in the future was never reached by reading, and what it
    /// replaced is not known: by projects, such a project counts as unread; alone, it stays, as Airbyte's connector leaves it.
    pub fn until(self, now: i64) -> Self {
        let past = |at: i64| at <= now + DAY;
        match self {
            Self::Everywhere(updated) if past(updated) => Self::Everywhere(updated.min(now)),
            Self::Projects(projects) if projects.values().any(|at| past(*at)) => {
                let projects = projects.into_iter().filter(|(_, at)| past(*at));
                Self::Projects(projects.map(|(project, at)| (project, at.min(now))).collect())
            }
            future => Self::Everywhere(future.lowest()),
        }
    }
}
