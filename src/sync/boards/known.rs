//! What a state remembers of each board.

use crate::{
    record::time,
    sync::{state, table::Parent},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A board that has been read in whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Everything is sent that changed before this, epoch milliseconds.
    pub updated: i64,
    /// Issues sent lately, by id, with the `updated` they had.
    pub seen: BTreeMap<u64, i64>,
}

/// By id.
pub type Boards = BTreeMap<u64, Board>;

impl Board {
    pub const fn at(updated: i64) -> Self {
        Self { updated, seen: BTreeMap::new() }
    }

    /// The number that a board's id is.
    pub fn number(board: &Parent) -> Option<u64> {
        board.id().parse().ok()
    }

    /// Keeps of what was sent what the next sync may read again: changes since then.
    pub fn prune(&mut self, from: i64) {
        state::prune(&mut self.seen, from);
    }

    fn to_json(&self) -> Value {
        let mut board = json!({"updated": time::format(self.updated)});
        if !self.seen.is_empty() {
            board["seen"] = json!(self.seen);
        }
        board
    }
}

pub fn to_json(boards: &Boards) -> Value {
    boards.iter().map(|(id, board)| (id.to_string(), board.to_json())).collect::<serde_json::Map<_, _>>().into()
}

/// Reads what [`to_json`] wrote, or the partitions of Airbyte's state; the error is the member and what is wrong with it.
pub fn read(state: &serde_json::Map<String, Value>) -> Result<Boards, (String, String)> {
    match state.get("boards") {
        None | Some(Value::Null) => Ok(airbyte(state)),
        Some(Value::Object(boards)) => boards.iter().map(|(id, board)| entry(id, board)).collect(),
        Some(_) => Err(("boards".to_owned(), "is not an object".to_owned())),
    }
}

fn entry(id: &str, board: &Value) -> Result<(u64, Board), (String, String)> {
    let fault = |why: &str| (format!("boards.{id}"), why.to_owned());
    let number = id.parse().map_err(|_| fault("is not named by the id of a board"))?;
    let updated = board.get("updated").and_then(Value::as_str).and_then(time::parse);
    let updated = updated.ok_or_else(|| fault("has no `updated`, or one that is no timestamp"))?;
    let seen = board.get("seen").cloned().unwrap_or_else(|| json!({}));
    let seen = serde_json::from_value(seen).map_err(|_| fault("has a `seen` that does not give times by issue id"))?;
    Ok((number, Board { updated, seen }))
}

/// One cursor for each board, of which the lower one counts should a board have two. What is wrong with them is told where
/// the lowest of all is looked for.
fn airbyte(state: &serde_json::Map<String, Value>) -> Boards {
    let mut boards = Boards::new();
    for entry in state.get("states").and_then(Value::as_array).into_iter().flatten() {
        let id = match entry.pointer("/partition/board_id") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(id) => id.as_u64(),
            None => None,
        };
        let updated = entry.pointer("/cursor/updated").and_then(Value::as_str).and_then(time::parse);
        if let (Some(id), Some(updated)) = (id, updated) {
            let board = boards.entry(id).or_insert(Board::at(updated));
            board.updated = board.updated.min(updated);
        }
    }
    boards
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(value: Value) -> serde_json::Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn airbytes_partitions_are_boards() {
        let partition = |id: Value, updated: &str| json!({"partition": {"board_id": id, "parent_slice": {}}, "cursor": {"updated": updated}});
        let state = json!({"states": [
            partition(json!(1), "2026-03-01T10:00:00+0100"),
            partition(json!("2"), "2026-03-02T10:00:00+0100"),
            partition(json!(1), "2026-02-01T10:00:00+0100"),
            json!({"partition": {"issue_id": "5"}, "cursor": {"updated": "2026-02-01T10:00:00+0100"}}),
        ]});
        let boards = read(&map(state)).unwrap();
        assert_eq!(boards.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(boards[&1], Board::at(time::parse("2026-02-01T09:00:00Z").unwrap()));
    }

    #[test]
    fn what_it_cannot_use_is_named() {
        for (boards, path, why) in [
            (json!([]), "boards", "is not an object"),
            (json!({"x": {}}), "boards.x", "is not named by the id"),
            (json!({"1": {"updated": "x"}}), "boards.1", "has no `updated`"),
            (json!({"1": {"updated": "2026-02-01T09:00:00Z", "seen": []}}), "boards.1", "has a `seen`"),
        ] {
            let (named, told) = read(&map(json!({"boards": boards}))).unwrap_err();
            assert!(named == path && told.starts_with(why), "{named} {told}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(
            boards in prop::collection::btree_map(any::<u64>(), (0..4_000_000_000_000_i64, prop::collection::btree_map(any::<u64>(), any::<i64>(), 0..4)), 0..6),
        ) {
            let boards: Boards = boards.into_iter().map(|(id, (updated, seen))| (id, Board { updated, seen })).collect();
            prop_assert_eq!(read(&map(json!({"boards": to_json(&boards)}))), Ok(boards));
        }
    }
}
