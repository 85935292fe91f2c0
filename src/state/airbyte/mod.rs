//! Airbyte's source-jira: its states are imported, and the states written here carry what it needs to resume from them.

mod export;
mod import;

pub use export::AirbyteStateExport;

use super::{
    cursor::DAY,
    issues::Position,
    legacy::{AirbyteState, LegacyPosition},
    scope::Scope,
    wire::COMPLETE,
};
use crate::{protocol::InputState, streams::AirbyteShape};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How far back its connector reads if the config has no start date (source-jira from 4.3 on).
const DEFAULT_START: i64 = 730 * DAY;

/// Properties of its states.
const ITS_PROPERTIES: [&str; 6] =
    ["updated", "state", "states", "use_global_cursor", "parent_state", "__ab_no_cursor_state_message"];
/// The property of our states that tells the next sync that the connection was Airbyte's.
const MARK: &str = "compatibility";

/// Which connector wrote the states that a sync is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateOrigin {
    /// This one, or none.
    Own,
    /// This one, in a connection that was Airbyte's before.
    Inherited,
    /// Airbyte's wrote some of them.
    Airbyte,
}

/// Which connector wrote these states.
pub fn state_origin(state: &InputState) -> StateOrigin {
    let each = state.streams.values().map(|properties| match properties.get(MARK).and_then(Value::as_str) {
        _ if is_airbyte(properties) => StateOrigin::Airbyte,
        Some("airbyte") => StateOrigin::Inherited,
        _ => StateOrigin::Own,
    });
    each.max().unwrap_or(StateOrigin::Own)
}

/// Whether Airbyte's connector wrote a state: ours have a version, unless they say no more than that a refresh is done.
pub fn is_airbyte(properties: &Map<String, Value>) -> bool {
    !properties.contains_key("version")
        && !properties.contains_key("position")
        && !properties.contains_key("boards")
        && !properties.contains_key(COMPLETE)
        && ITS_PROPERTIES.iter().any(|name| properties.contains_key(*name))
}

impl AirbyteState {
    /// From when on Airbyte's connector read, if not from the beginning: `configured` is the config's start date.
    pub fn start(&self, configured: Option<i64>, now: i64) -> Option<i64> {
        // One cursor and nothing else is from a time when it read everything unless the config named a start date.
        let flat = self.written.contains_key("updated");
        configured.or_else(|| (!flat).then_some(now - DEFAULT_START))
    }
}

/// What a stream needs to resume from a state of Airbyte's.
#[derive(Clone, Copy, Debug)]
pub struct ImportContext<'a> {
    /// What the filters let through now.
    pub scope: &'a Scope,
    /// From when on Airbyte's connector read.
    pub start: Option<i64>,
    /// Whether the config names projects.
    pub by_project: bool,
    pub now: i64,
}

impl ImportContext<'_> {
    /// Where a stream resumes and what its records stand for; `None` if nothing is known of any wanted project.
    pub fn resume(&self, shape: AirbyteShape, position: LegacyPosition) -> Option<(Position, Scope)> {
        if shape == AirbyteShape::SprintIssues && self.by_project {
            // Sprints don't tell which projects they were read for.
            return None;
        }
        let (updated, projects, lagging) = match position.until(self.now) {
            LegacyPosition::Everywhere(updated) => (updated, self.scope.projects.clone(), BTreeMap::new()),
            LegacyPosition::Projects(projects) => {
                let visible = |project: &u64| self.scope.projects.contains(project);
                let known: BTreeMap<u64, i64> = projects.into_iter().filter(|(project, _)| visible(project)).collect();
                let newest = known.values().copied().max()?;
                let updated = known.values().copied().filter(|at| *at >= newest - DAY).min()?;
                let ids = known.keys().copied().collect();
                (updated, ids, known.into_iter().filter(|(_, at)| *at < updated).collect())
            }
        };
        let scope = Scope { projects, lagging, ..self.scope.clone() };
        Some((Position::Cursor(updated), self.bounded(shape, scope)))
    }

    /// What Airbyte's connector left out before its start date: issues not changed since; of comments and worklogs also those
    /// older than that, whatever their issues, which must be older, too.
    fn bounded(&self, shape: AirbyteShape, mut scope: Scope) -> Scope {
        let bounds = match shape {
            AirbyteShape::DatedChildren => &mut scope.created,
            _ => &mut scope.updated,
        };
        bounds.from = bounds.from.max(self.start);
        scope
    }
}

#[cfg(test)]
mod tests;
