//! Airbyte's source-jira: from its states we go on, and beside ours stands what it needs to go on from them.

mod beside;
mod stood;

pub use beside::Beside;
pub use stood::Stood;

use super::{
    scope::Scope,
    state::{COMPLETE, Position},
};
use crate::{protocol::InputState, streams::Cut};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const DAY: i64 = 24 * 3_600_000;
/// How far back its connector reads if the config has no start date (source-jira from 4.3 on).
const UNTOLD_START: i64 = 730 * DAY;

/// Members of its states.
const ITS_MEMBERS: [&str; 6] =
    ["updated", "state", "states", "use_global_cursor", "parent_state", "__ab_no_cursor_state_message"];
/// The member of our states by which the next sync knows that the connection was its.
const MARK: &str = "compatibility";

/// Whose states a sync is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Ours, or nobody's.
    Ours,
    /// Ours, of a connection that was its.
    Inherited,
    /// Some are its own.
    Airbytes,
}

/// Whose states these are.
pub fn whose(state: &InputState) -> Whose {
    let each = state.streams.values().map(|members| match members.get(MARK).and_then(Value::as_str) {
        _ if is_its(members) => Whose::Airbytes,
        Some("airbyte") => Whose::Inherited,
        _ => Whose::Ours,
    });
    each.max().unwrap_or(Whose::Ours)
}

/// Whether its connector wrote a state: ours have a version, unless they say no more than that a refresh is done.
pub fn is_its(members: &Map<String, Value>) -> bool {
    !members.contains_key("version")
        && !members.contains_key(COMPLETE)
        && ITS_MEMBERS.iter().any(|name| members.contains_key(*name))
}

/// Its state of a stream, kept as it came until the stream goes on from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predecessor {
    pub written: Map<String, Value>,
    pub stood: Stood,
}

impl Predecessor {
    /// From when on its connector read, if not from the beginning: `told` is the config's start date.
    pub fn start(&self, told: Option<i64>, now: i64) -> Option<i64> {
        // One cursor and nothing else is from a time when it read everything unless told otherwise.
        let flat = self.written.contains_key("updated");
        told.or_else(|| (!flat).then_some(now - UNTOLD_START))
    }
}

/// What there is to read.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What the filter lets through now.
    pub look: &'a Scope,
    /// From when on its connector read.
    pub start: Option<i64>,
    /// Whether the config names projects.
    pub by_project: bool,
    pub now: i64,
}

impl Ground<'_> {
    /// Where a stream goes on and what its records stand for; `None` if nothing is known of any project that is wanted.
    pub fn go_on(&self, cut: Cut, stood: Stood) -> Option<(Position, Scope)> {
        if cut == Cut::Sprints && self.by_project {
            // Sprints do not tell of which projects they were.
            return None;
        }
        let (updated, projects, behind) = match stood.until(self.now) {
            Stood::Everywhere(updated) => (updated, self.look.projects.clone(), BTreeMap::new()),
            Stood::Projects(projects) => {
                let in_sight = |project: &u64| self.look.projects.contains(project);
                let known: BTreeMap<u64, i64> = projects.into_iter().filter(|(project, _)| in_sight(project)).collect();
                let foremost = known.values().copied().max()?;
                let updated = known.values().copied().filter(|at| *at >= foremost - DAY).min()?;
                let ids = known.keys().copied().collect();
                (updated, ids, known.into_iter().filter(|(_, at)| *at < updated).collect())
            }
        };
        let scope = Scope { projects, behind, ..self.look.clone() };
        Some((Position::Cursor { updated }, self.bounded(cut, scope)))
    }

    /// What its connector left out before its start date: issues not changed since; of comments and worklogs also those
    /// older than that, whatever their issues, which must be older, too.
    fn bounded(&self, cut: Cut, mut scope: Scope) -> Scope {
        let bounds = match cut {
            Cut::Comments | Cut::Worklogs => &mut scope.created,
            _ => &mut scope.updated,
        };
        bounds.from = bounds.from.max(self.start);
        scope
    }
}

#[cfg(test)]
mod tests;
