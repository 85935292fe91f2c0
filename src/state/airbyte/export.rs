//! What Airbyte's connector needs to resume from a state written here, next to our own properties.

use super::MARK;
use crate::{
    record::time,
    state::{
        board_cursors::BoardCursor,
        cursor::overlap,
        issues::{Position, SliceProgress},
        scope::Scope,
        wire::COMPLETE,
    },
    streams::{self, AirbyteShape, Source},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Adds to states what Airbyte's connector reads in them.
#[derive(Clone, Copy, Debug)]
pub struct AirbyteStateExport {
    /// Whether the config names projects: Airbyte's connector then has a partition for each.
    pub by_project: bool,
}

/// What of a state of issues matters to Airbyte's connector.
#[derive(Deserialize)]
struct Issues {
    position: Position,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    index_lag: i64,
    backfill_slice: Option<SliceProgress>,
    pending_worklogs: Option<String>,
}

/// What has been sent, in the terms of Airbyte's connector.
struct Sent {
    /// Everything that changed before, less what its connector would not read again.
    from: i64,
    /// The same by project, where that differs or the config names projects.
    projects: BTreeMap<u64, i64>,
}

impl AirbyteStateExport {
    /// Marks a state and, for the streams that Airbyte's connector reads incrementally, adds its properties.
    pub fn add(self, stream: &str, state: &mut Map<String, Value>) {
        state.insert(MARK.to_owned(), "airbyte".into());
        if state.contains_key(COMPLETE) || state.contains_key("mode") {
            return;
        }
        let its = match streams::find(stream).map(|stream| &stream.source) {
            Some(Source::Boards(_)) => of_boards(state),
            Some(Source::Issues(issues)) => {
                let sent = Sent::of(state);
                match issues.airbyte {
                    AirbyteShape::Issues => self.issues(sent.as_ref()),
                    AirbyteShape::DatedChildren | AirbyteShape::Changelogs => self.children(sent.as_ref()),
                    // Sprints of a project that is named later must not begin at a cursor for all.
                    AirbyteShape::SprintIssues => {
                        everywhere(sent.as_ref().map(Sent::lowest).filter(|_| !self.by_project))
                    }
                    AirbyteShape::Children => return,
                }
            }
            _ => return,
        };
        state.extend(its);
    }

    fn issues(self, sent: Option<&Sent>) -> Map<String, Value> {
        let lowest = sent.map(Sent::lowest);
        if !self.by_project {
            let mut its = everywhere(lowest);
            let everything = lowest.map(|from| partition(&json!({}), from));
            its.insert("states".to_owned(), everything.into_iter().collect());
            return its;
        }
        // Without a cursor for all, a project that is not listed is read from its beginning.
        let mut its = everywhere(None);
        let listed = sent.into_iter().flat_map(|sent| &sent.projects);
        let listed =
            listed.map(|(id, from)| partition(&json!({"parent_slice": {}, "project_id": id.to_string()}), *from));
        its.insert("states".to_owned(), listed.collect());
        its
    }

    /// Airbyte's connector drops children that are older than their own cursor: of issues in a project that is not listed,
    /// none may be dropped.
    fn children(self, sent: Option<&Sent>) -> Map<String, Value> {
        let mut its = everywhere(sent.map(Sent::lowest).filter(|_| !self.by_project));
        its.insert("parent_state".to_owned(), json!({"issues": self.issues(sent)}));
        its
    }
}

impl Sent {
    /// What a state stands for, if Airbyte's connector can resume from it: it knows no backfill that is half done.
    fn of(state: &Map<String, Value>) -> Option<Self> {
        // Only the properties that matter: others can be large.
        let wanted = ["position", "scope", "index_lag", "backfill_slice", "pending_worklogs"];
        let state: Map<String, Value> =
            wanted.iter().filter_map(|name| Some(((*name).to_owned(), state.get(*name)?.clone()))).collect();
        let state: Issues = serde_json::from_value(state.into()).ok()?;
        let (Position::Cursor(updated), None, None) = (state.position, state.backfill_slice, state.pending_worklogs)
        else {
            return None;
        };
        // Airbyte's connector has no overlap for an index that lags.
        let from = updated.saturating_sub(overlap(state.index_lag, i64::MAX));
        let at = |project: &u64| state.scope.lagging.get(project).map_or(from, |lagging| from.min(*lagging));
        Some(Self { from, projects: state.scope.projects.iter().map(|project| (*project, at(project))).collect() })
    }

    fn lowest(&self) -> i64 {
        self.projects.values().copied().fold(self.from, i64::min)
    }
}

/// Each board has a cursor of its own; one without is read from its beginning.
fn of_boards(state: &Map<String, Value>) -> Map<String, Value> {
    let reach = overlap(state.get("index_lag").and_then(Value::as_i64).unwrap_or(0), i64::MAX);
    let boards: BTreeMap<u64, BoardCursor> =
        state.get("boards").and_then(|boards| serde_json::from_value(boards.clone()).ok()).unwrap_or_default();
    let partitions = boards.iter().map(|(id, board)| {
        partition(&json!({"board_id": id, "parent_slice": {}}), board.updated.saturating_sub(reach))
    });
    let mut its = everywhere(None);
    its.insert("states".to_owned(), partitions.collect());
    its
}

/// One cursor for all partitions, or none for any.
fn everywhere(from: Option<i64>) -> Map<String, Value> {
    let mut its = Map::new();
    its.insert("use_global_cursor".to_owned(), false.into());
    its.insert("states".to_owned(), json!([]));
    its.insert("lookback_window".to_owned(), 0.into());
    its.insert("parent_state".to_owned(), json!({}));
    if let Some(from) = from {
        its.insert("state".to_owned(), cursor(from));
    }
    its
}

fn partition(partition: &Value, from: i64) -> Value {
    json!({"partition": partition, "cursor": cursor(from)})
}

fn cursor(from: i64) -> Value {
    json!({"updated": time::to_second(from)})
}
