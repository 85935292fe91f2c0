//! Reads where Airbyte's connector stood, from any shape of its states: the latest moment before which surely nothing
//! is missing.

use super::DAY;
use crate::{protocol::Failure, streams::Cut, sync::state::Reader};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Up to where everything that changed was sent. Epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stood {
    /// In all projects.
    Everywhere(i64),
    /// In each of these; nothing is known of others.
    Projects(BTreeMap<u64, i64>),
}

/// What a partition of a state is of.
enum Of {
    Everything,
    Project(u64),
    Unknown,
}

impl Stood {
    /// Where a state of the stream stands; `None`: nothing that it says can be relied on.
    pub(in crate::sync) fn read(reader: &Reader<'_>, cut: Cut) -> Result<Option<Self>, Failure> {
        match cut {
            Cut::Issue => of_issues(reader),
            // Its partitions are sprints, and a sprint that is none of them is unknown to it.
            Cut::Sprints => Self::of_all(reader),
            // Its partitions are issues, whose cursors say when each was last touched, not how far the stream came: that
            // is the parent's cursor.
            _ => match reader.state.get("parent_state").and_then(|parents| parents.get("issues")) {
                Some(Value::Object(parent)) => {
                    let stood = of_issues(&Reader { state: parent, at: "parent_state.issues.", ..*reader })?;
                    stood.map_or_else(|| Self::of_all(reader), |stood| Ok(Some(stood)))
                }
                _ => Self::of_all(reader),
            },
        }
    }

    /// One cursor for all partitions. It is the highest that was seen in a run, so what changed while that went on may be
    /// missing: the run's length is `lookback_window`, in seconds.
    pub(in crate::sync) fn of_all(reader: &Reader<'_>) -> Result<Option<Self>, Failure> {
        let state = reader.state;
        let highest = state.get("state").and_then(|state| state.get("updated"));
        if let Some(highest) = reader.time(highest, "state.updated")? {
            let lookback = state.get("lookback_window").and_then(Value::as_i64).unwrap_or(0).max(0);
            let updated = highest.saturating_sub(lookback.saturating_mul(1000)).max(highest.min(0));
            return Ok(Some(Self::Everywhere(updated)));
        }
        Ok(reader.time(state.get("updated"), "updated")?.map(Self::Everywhere))
    }

    /// The lowest of its cursors.
    pub fn lowest(&self) -> i64 {
        match self {
            Self::Everywhere(updated) => *updated,
            Self::Projects(projects) => projects.values().copied().min().unwrap_or(i64::MAX),
        }
    }

    /// Nothing was sent that had not happened. A cursor that lies far in the future was never reached by reading, and what it
    /// replaced is not known: by projects, such a project counts as unread; alone, it stays, as its connector leaves it.
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

/// The stream of issues: one partition for everything, or one for each project.
fn of_issues(reader: &Reader<'_>) -> Result<Option<Stood>, Failure> {
    let (mut everything, mut projects) = (None, BTreeMap::new());
    // The same project may stand there twice, as a number and as a text.
    let lower = |known: Option<i64>, cursor: i64| known.map_or(cursor, |known| known.min(cursor));
    for (at, partition) in partitions(reader.state).iter().enumerate() {
        let cursor = reader.time(partition.pointer("/cursor/updated"), &format!("states[{at}].cursor.updated"))?;
        match (of(partition.get("partition")), cursor) {
            (Of::Everything, Some(cursor)) => everything = Some(lower(everything, cursor)),
            (Of::Project(id), Some(cursor)) => {
                let lowest = lower(projects.get(&id).copied(), cursor);
                projects.insert(id, lowest);
            }
            // Without a cursor nothing is behind it.
            (Of::Everything, None) => return Ok(None),
            (Of::Project(_), None) | (Of::Unknown, _) => {}
        }
    }
    let foremost = projects.values().copied().max();
    match everything {
        // The other ones are left over from a time when the config named projects, or did not: those in use have come further.
        Some(everything) if foremost.is_none_or(|foremost| everything >= foremost) => {
            Ok(Some(Stood::Everywhere(everything)))
        }
        _ if !projects.is_empty() => Ok(Some(Stood::Projects(projects))),
        _ => Stood::of_all(reader),
    }
}

/// The list of partitions; for one release of its connector it stood under `state`.
fn partitions(state: &Map<String, Value>) -> &[Value] {
    let mut lists = ["states", "state"].into_iter().filter_map(|name| state.get(name)?.as_array());
    lists.next().map(Vec::as_slice).unwrap_or_default()
}

/// A partition's other members, such as `parent_slice`, differ from version to version.
fn of(partition: Option<&Value>) -> Of {
    let Some(Value::Object(partition)) = partition else { return Of::Unknown };
    let id = match partition.get("project_id") {
        Some(Value::String(id)) => id.parse().ok(),
        Some(id) => id.as_u64(),
        None => None,
    };
    match id {
        Some(id) => Of::Project(id),
        None if partition.is_empty() => Of::Everything,
        None => Of::Unknown,
    }
}
