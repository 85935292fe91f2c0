//! How far Airbyte's connector had read, from any shape of its states: the latest moment before which surely nothing is
//! missing.

use crate::{
    protocol::Failure,
    record::time,
    state::{
        board_cursors::BoardCursor,
        legacy::{AirbyteState, LegacyPosition},
        read::unusable,
    },
    streams::AirbyteShape,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Cursors by board.
type Boards = BTreeMap<u64, BoardCursor>;

/// What a partition of a state is about.
enum Partition {
    Everything,
    Project(u64),
    Unknown,
}

impl AirbyteState {
    /// The state of a stream that comes from issues; `None` if it says nothing that can be relied on.
    pub fn of_issues(stream: &str, state: &Map<String, Value>, shape: AirbyteShape) -> Result<Option<Self>, Failure> {
        let position = LegacyPosition::read(&Reader { stream, at: "", state }, shape)?;
        Ok(position.map(|position| Self { written: state.clone(), position }))
    }

    /// The state of the stream that is read board by board, with the cursors of its boards.
    pub fn of_boards(stream: &str, state: &Map<String, Value>) -> Result<Option<(Self, Boards)>, Failure> {
        let boards = boards(state);
        let position = match boards.values().map(|board| board.updated).min() {
            Some(lowest) => Some(LegacyPosition::Everywhere(lowest)),
            None => LegacyPosition::of_all(&Reader { stream, at: "", state })?,
        };
        Ok(position.map(|position| (Self { written: state.clone(), position }, boards)))
    }
}

impl LegacyPosition {
    fn read(reader: &Reader<'_>, shape: AirbyteShape) -> Result<Option<Self>, Failure> {
        match shape {
            AirbyteShape::Issues => of_issues(reader),
            // Its partitions are sprints, and a sprint that is none of them is unknown to it.
            AirbyteShape::SprintIssues => Self::of_all(reader),
            // Its partitions are issues, whose cursors say when each was last touched, not how far the stream came: that
            // is the parent's cursor.
            AirbyteShape::DatedChildren | AirbyteShape::Changelogs | AirbyteShape::Children => {
                match reader.state.get("parent_state").and_then(|parents| parents.get("issues")) {
                    Some(Value::Object(parent)) => {
                        let position = of_issues(&Reader { state: parent, at: "parent_state.issues.", ..*reader })?;
                        position.map_or_else(|| Self::of_all(reader), |position| Ok(Some(position)))
                    }
                    _ => Self::of_all(reader),
                }
            }
        }
    }

    /// One cursor for all partitions. It is the highest that was seen in a run, so what changed during the run may be
    /// missing: the run's length is `lookback_window`, in seconds.
    fn of_all(reader: &Reader<'_>) -> Result<Option<Self>, Failure> {
        let state = reader.state;
        let highest = state.get("state").and_then(|state| state.get("updated"));
        if let Some(highest) = reader.time(highest, "state.updated")? {
            let lookback = state.get("lookback_window").and_then(Value::as_i64).unwrap_or(0).max(0);
            let updated = highest.saturating_sub(lookback.saturating_mul(1000)).max(highest.min(0));
            return Ok(Some(Self::Everywhere(updated)));
        }
        Ok(reader.time(state.get("updated"), "updated")?.map(Self::Everywhere))
    }
}

/// A state, or a state within a state.
struct Reader<'a> {
    stream: &'a str,
    /// Where `state` stands, with a dot behind it.
    at: &'a str,
    state: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn time(&self, value: Option<&Value>, path: &str) -> Result<Option<i64>, Failure> {
        let unusable = |problem: &str| unusable(self.stream, &format!("{}{path}", self.at), problem);
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => time::parse(text).map(Some).ok_or_else(|| {
                let text: String = text.chars().take(40).collect();
                unusable(&format!("is \"{text}\", not a timestamp such as 2026-06-29T23:50:00.000+0000"))
            }),
            Some(_) => Err(unusable("is not a text")),
        }
    }
}

/// The stream of issues: one partition for everything, or one for each project.
fn of_issues(reader: &Reader<'_>) -> Result<Option<LegacyPosition>, Failure> {
    let (mut everything, mut projects) = (None, BTreeMap::new());
    // The same project may occur twice, as a number and as a text.
    let lower = |known: Option<i64>, cursor: i64| known.map_or(cursor, |known| known.min(cursor));
    for (at, partition) in partitions(reader.state).iter().enumerate() {
        let cursor = reader.time(partition.pointer("/cursor/updated"), &format!("states[{at}].cursor.updated"))?;
        match (Partition::of(partition.get("partition")), cursor) {
            (Partition::Everything, Some(cursor)) => everything = Some(lower(everything, cursor)),
            (Partition::Project(id), Some(cursor)) => {
                let lowest = lower(projects.get(&id).copied(), cursor);
                projects.insert(id, lowest);
            }
            // Without a cursor nothing was read.
            (Partition::Everything, None) => return Ok(None),
            (Partition::Project(_), None) | (Partition::Unknown, _) => {}
        }
    }
    let newest = projects.values().copied().max();
    match everything {
        // The other ones are left over from a time when the config named projects, or did not: those in use have come further.
        Some(everything) if newest.is_none_or(|newest| everything >= newest) => {
            Ok(Some(LegacyPosition::Everywhere(everything)))
        }
        _ if !projects.is_empty() => Ok(Some(LegacyPosition::Projects(projects))),
        _ => LegacyPosition::of_all(reader),
    }
}

/// The list of partitions; for one release of Airbyte's connector it was under `state`.
fn partitions(state: &Map<String, Value>) -> &[Value] {
    let mut lists = ["states", "state"].into_iter().filter_map(|name| state.get(name)?.as_array());
    lists.next().map(Vec::as_slice).unwrap_or_default()
}

impl Partition {
    /// A partition's other properties, such as `parent_slice`, differ from version to version.
    fn of(partition: Option<&Value>) -> Self {
        let Some(Value::Object(partition)) = partition else { return Self::Unknown };
        match partition.get("project_id").and_then(number) {
            Some(id) => Self::Project(id),
            None if partition.is_empty() => Self::Everything,
            None => Self::Unknown,
        }
    }
}

fn number(id: &Value) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

/// One cursor for each board, of which the lower one counts should a board have two.
fn boards(state: &Map<String, Value>) -> Boards {
    let mut boards = Boards::new();
    for entry in state.get("states").and_then(Value::as_array).into_iter().flatten() {
        let id = entry.pointer("/partition/board_id").and_then(number);
        let updated = entry.pointer("/cursor/updated").and_then(Value::as_str).and_then(time::parse);
        if let (Some(id), Some(updated)) = (id, updated) {
            let board = boards.entry(id).or_insert(BoardCursor::at(updated));
            board.updated = board.updated.min(updated);
        }
    }
    boards
}
