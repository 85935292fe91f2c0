//! What is gone: told by a feed, or found by comparing lists with what the last sync saw.

mod known;
mod lists;
mod worklogs;

pub use known::Known;
pub use lists::{Child, Lists};

use super::{
    run::{Chosen, Run},
    state::Position,
};
use crate::protocol::SyncMode;

impl Run {
    /// Ends a stream that is through: the next sync goes on where this one came to.
    fn finish(&self, chosen: Chosen) {
        let mut state = chosen.state;
        state.position = match (state.mode, state.position) {
            (SyncMode::FullRefresh, _) => Position::Complete,
            (SyncMode::Incremental, Position::Backfill { started, created }) => {
                Position::Cursor { updated: created.unwrap_or(started) }
            }
            (SyncMode::Incremental, position) => position,
        };
        self.out.finish(chosen.stream.name, state.to_json(), true);
    }
}
