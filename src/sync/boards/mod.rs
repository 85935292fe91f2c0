//! The issues of each board, read board by board, each from a cursor of its own.
//!
//! A board's list is asked for in order of creation, which never changes, and its cursor moves only when all of it has
//! come. What came into the scope since the last sync is asked for in the same request.

mod known;
mod list;

pub use known::{Board, Boards, read, to_json};

use super::{
    lag, plan,
    run::{Chosen, Run},
    scan::{INDEX_LAG, overlap},
    scope::{Difference, Scope, filter::Filter},
    state::Position,
    table::{Parent, in_order},
};
use crate::{
    client::{Error, jql::Jql},
    codes::{Code, Severity},
    protocol::{Failure, Level, SyncMode},
    streams,
};
use futures_util::{StreamExt, stream};
use list::Lists;
use std::collections::BTreeSet;

/// Boards that are read at the same time.
const AT_ONCE: usize = 8;
const STATE_RECORDS: u64 = 1_000;
/// Boards that a message names.
const NAMED: usize = 20;

/// What became of a board.
enum Came {
    /// All of it, with what to remember of it; nothing if it is empty.
    Whole(Option<Board>),
    /// It is left out, for a reason.
    Refused(&'static Code),
    Failed(Error),
}

/// What all boards of a run have in common.
struct Ground {
    filter: Filter,
    /// The projects in sight at the beginning.
    look: Scope,
    /// What came into the scope since the last sync: conditions, one of which it meets.
    pieces: Vec<String>,
    /// Milliseconds before a cursor from which a board is read again.
    reach: i64,
}

impl Run {
    /// Reads the stream to its end and ends it.
    pub(super) async fn boards(
        &self,
        mut chosen: Chosen,
        lists: &streams::Boards,
        boards: Result<Vec<Parent>, Failure>,
        started: i64,
    ) {
        let read = match boards {
            Ok(boards) => self.read_boards(&mut chosen, lists, &in_order(&boards), started).await,
            Err(failure) => Err(failure),
        };
        match read.err().or_else(|| self.report.verdict(chosen.stream.name)) {
            Some(failure) => self.give_up(&chosen, failure),
            None => {
                if chosen.state.mode == SyncMode::FullRefresh {
                    chosen.state.position = Position::Complete;
                }
                self.out.finish(chosen.stream.name, chosen.state.to_json(), true);
            }
        }
    }

    async fn read_boards(
        &self,
        chosen: &mut Chosen,
        lists: &streams::Boards,
        boards: &[Parent],
        started: i64,
    ) -> Result<(), Failure> {
        let ground = self.ground(chosen, started).await?;
        let (name, state) = (chosen.stream.name, &mut chosen.state);
        // Airbyte's state may have one cursor for all boards.
        let all = match state.position {
            Position::Cursor { updated } if state.boards.is_empty() => Some(Board::at(updated)),
            _ => None,
        };
        let listed: BTreeSet<u64> = boards.iter().filter_map(Board::number).collect();
        state.boards.retain(|id, _| listed.contains(id));
        let work: Vec<(&Parent, Option<Board>)> = boards
            .iter()
            .filter(
                |board| !matches!(&state.position, Position::List { after: Some(after), .. } if !board.is_after(after)),
            )
            .map(|board| (board, Board::number(board).and_then(|id| state.boards.get(&id)).or(all.as_ref()).cloned()))
            .collect();
        let reader = &Lists::new(self, name, lists);
        let ground = &ground;
        let mut reading = stream::iter(work.into_iter().map(|(board, before)| async move {
            let jql = ground.question(before.as_ref());
            (board, reader.read(board, &jql, before, (ground.reach, started)).await)
        }))
        .buffered(AT_ONCE);
        let (mut failed, mut lacking) = (Vec::new(), false);
        while let Some((board, came)) = reading.next().await {
            let id = Board::number(board);
            match came {
                Came::Failed(error) if error.is_fatal() => return Err(error.into()),
                Came::Failed(error) => failed.push((board.id(), error)),
                Came::Refused(code) => {
                    self.report.skip(name, code);
                    lacking |= self.report.severity(code) == Severity::Fail;
                    // It misses what came into the scope, so it begins anew when it is back.
                    state.boards.retain(|known, _| ground.pieces.is_empty() || Some(*known) != id);
                }
                Came::Whole(known) if state.mode == SyncMode::Incremental => state.boards.extend(id.zip(known)),
                Came::Whole(_) => {}
            }
            if let (Position::List { after, .. }, true) = (&mut state.position, failed.is_empty() && !lacking) {
                *after = Some(board.name());
            }
            if self.out.since_state(name) >= STATE_RECORDS {
                self.out.state(name, state.to_json());
            }
        }
        if state.mode == SyncMode::Incremental {
            let lowest = state.boards.values().map(|board| board.updated).min();
            state.position = lowest.map_or(plan::beginning(started), |updated| Position::Cursor { updated });
            // A board that failed still misses what came into the scope.
            if failed.is_empty() || ground.pieces.is_empty() {
                let now = ground.filter.look(&self.client, started).await?;
                let lost = ground.look.projects.difference(&now.projects).copied().collect();
                state.scope = Some(ground.look.without(&lost));
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(unread(&failed)) }
    }

    /// Looks at the filter, the index and the projects; the state knows afterwards where to begin.
    async fn ground(&self, chosen: &mut Chosen, started: i64) -> Result<Ground, Failure> {
        let (client, config) = (&self.client, &self.config);
        let filter = self.filter().await?;
        let look = filter.look(client, started).await?;
        let name = chosen.stream.name;
        let state = &mut chosen.state;
        *state = self.refresh(chosen.stream, state.clone(), started);
        let most = i64::from(config.max_overlap_minutes) * 60_000;
        let reach = overlap(state.lag, most) + i64::from(config.lookback_window_minutes) * 60_000;
        // What can't be measured is no reason to fail.
        let lag = lag::measure(client, &filter.jql, started).await.ok();
        let mut pieces = Vec::new();
        if let Some(predecessor) = state.predecessor.take() {
            // Its connector read nothing that is older.
            let told = config.filters.start_date().map(|moment| moment.epoch_millis());
            let mut scope = look.clone();
            scope.updated.from = scope.updated.from.max(predecessor.start(told, started));
            state.scope = Some(scope);
        }
        if state.mode == SyncMode::Incremental {
            state.lag = lag.map_or(0, |lag| lag.behind).max(state.lag / 2);
            match state.scope.as_ref().map(|before| look.difference(before)) {
                Some(Difference::Unclear(why)) => {
                    self.out.log(Level::Warn, format!("{name}: {why}, so the stream is read anew."));
                    state.boards.clear();
                    state.position = plan::beginning(started);
                }
                Some(Difference::Wider { pieces: wider, why }) => {
                    self.out
                        .log(Level::Info, format!("{name}: {why}; of the boards known, only that is read besides."));
                    pieces = wider.into_iter().map(|piece| piece.condition).collect();
                }
                _ => {}
            }
            if state.boards.is_empty() || state.scope.is_none() {
                state.scope = Some(look.clone());
            }
        }
        if let Some(lag) = lag {
            self.report.consistent_as_of(name, lag.as_of.min(started - INDEX_LAG));
        }
        Ok(Ground { filter, look, pieces, reach })
    }
}

impl Ground {
    /// What to ask of a board: all that the filter lets through, or what changed since its cursor and what came into the scope.
    fn question(&self, before: Option<&Board>) -> Jql {
        let jql = self.filter.jql.clone();
        match before {
            None => jql,
            Some(before) => {
                let changed = Jql::default().at_least("updated", before.updated - self.reach).unordered();
                let wanted: Vec<&str> =
                    [changed.as_str()].into_iter().chain(self.pieces.iter().map(String::as_str)).collect();
                jql.wrapped(&wanted.join(" OR "))
            }
        }
    }
}

fn unread(boards: &[(&str, Error)]) -> Failure {
    let ids: Vec<&str> = boards.iter().take(NAMED).map(|(id, _)| *id).collect();
    let first = boards.first().map(|(_, error)| Failure::from(error.clone()));
    let failure = first.unwrap_or_else(|| Failure::transient(String::new()));
    let message = format!(
        "{} board(s) could not be read (IDs {}). The others were read; the next sync tries these again. {}",
        boards.len(),
        ids.join(", "),
        failure.message
    );
    Failure { message, ..failure }
}
