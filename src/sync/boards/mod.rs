//! The issues of each board, read board by board, with a cursor for each.
//!
//! A board's list is requested in order of creation, which never changes, and its cursor moves only when all of it has
//! come. What the scope gained since the last sync is requested together with what changed.

mod list;

use super::{
    context::{ConfiguredStream, SyncContext},
    filter::{self, Filter},
    partitions::{Partition, in_order},
    reach::Reach,
};
use crate::{
    client::{Error, jql::Jql},
    codes::{Code, Severity},
    jira::index_lag,
    protocol::{Failure, Level, SyncMode, text},
    state::{
        BoardCursor, BoardsState, Body, Difference, Scope,
        cursor::{DAY, INDEX_LAG},
    },
    streams::{self, Source, Stream},
};
use futures_util::{StreamExt, stream};
use list::BoardLists;
use std::collections::BTreeSet;

/// Boards that are read at the same time.
const SIDE_BY_SIDE: usize = 8;
const STATE_RECORDS: u64 = 1_000;
/// Boards that fail, all of them named in a message, before the rest is not asked for.
const MOST_FAILED: usize = 20;

/// The result of reading a board.
enum BoardResult {
    /// All of it came: its new cursor, if it has issues.
    Complete(Option<BoardCursor>),
    /// It is skipped, for a reason.
    Skipped(&'static Code),
    Failed(Error),
}

/// What all boards of a sync have in common.
struct BoardContext {
    filter: Filter,
    /// What the filters let through at the beginning.
    scope: Scope,
    /// What the scope gained since the last sync: conditions, one of which each gained issue meets.
    gained: Vec<String>,
    /// Milliseconds before a cursor from which a board is read again.
    reach: i64,
    /// The cursor of all boards, where a state of Airbyte's has no others.
    shared: Option<BoardCursor>,
}

/// Reads the stream to its end.
pub async fn read(
    sync: &SyncContext,
    mut configured: ConfiguredStream<BoardsState>,
    boards: Result<Vec<Partition>, Failure>,
) {
    let result = match (&configured.stream.source, boards) {
        (Source::Boards(lists), Ok(boards)) => read_boards(sync, &mut configured, lists, &in_order(&boards)).await,
        (_, Ok(_)) => Ok(()),
        (_, Err(failure)) => Err(failure),
    };
    let complete = result.is_ok() && sync.report.failure(configured.stream.name).is_none();
    configured.state.complete = complete && configured.state.mode == SyncMode::FullRefresh;
    sync.end(&configured, result);
}

fn number(board: &Partition) -> Option<u64> {
    board.id().parse().ok()
}

async fn read_boards(
    sync: &SyncContext,
    configured: &mut ConfiguredStream<BoardsState>,
    lists: &streams::Boards,
    boards: &[Partition],
) -> Result<(), Failure> {
    let context = context(sync, configured).await?;
    let (name, state) = (configured.stream.name, &mut configured.state);
    let listed: BTreeSet<u64> = boards.iter().filter_map(number).collect();
    state.boards.retain(|id, _| listed.contains(id));
    let work: Vec<(&Partition, Option<BoardCursor>)> = boards
        .iter()
        .filter(|board| state.after.as_ref().is_none_or(|after| board.is_after(after)))
        .map(|board| (board, number(board).and_then(|id| state.boards.get(&id)).or(context.shared.as_ref()).cloned()))
        .collect();
    let reader = &BoardLists::new(sync, name, lists);
    let context = &context;
    let mut reading = stream::iter(work.into_iter().map(|(board, cursor)| async move {
        let jql = context.jql(cursor.as_ref());
        (board, reader.read(board, &jql, cursor, context.reach).await)
    }))
    .buffered(SIDE_BY_SIDE);
    let (mut failed, mut lacks) = (Vec::new(), false);
    while let Some((board, result)) = reading.next().await {
        let id = number(board);
        match result {
            BoardResult::Failed(error) if error.is_fatal() => return Err(error.into()),
            BoardResult::Failed(error) => {
                failed.push((board.id(), error));
                if failed.len() >= MOST_FAILED {
                    break;
                }
            }
            BoardResult::Skipped(code) => {
                sync.report.skip(name, code);
                lacks |= sync.report.severity(code) == Severity::Fail;
                // It lacks what the scope gained, so it is read in full once it can be read.
                state.boards.retain(|known, _| context.gained.is_empty() || Some(*known) != id);
            }
            BoardResult::Complete(cursor) if state.mode == SyncMode::Incremental => state.boards.extend(id.zip(cursor)),
            BoardResult::Complete(_) => {}
        }
        if state.mode == SyncMode::FullRefresh && failed.is_empty() && !lacks {
            state.after = Some(board.name());
        }
        if sync.out.records_since_state(name) >= STATE_RECORDS {
            sync.out.state(name, state.to_json());
        }
    }
    // A board that failed still lacks what the scope gained.
    if state.mode == SyncMode::Incremental && (failed.is_empty() || context.gained.is_empty()) {
        let now = context.filter.current_scope(&sync.client, sync.started()).await?;
        let hidden = context.scope.projects.difference(&now.projects).copied().collect();
        state.scope = Some(context.scope.minus(&hidden));
    }
    if failed.is_empty() { Ok(()) } else { Err(unread(&failed)) }
}

/// Resolves the filters, measures the index, and lists the projects; the state has its beginning afterwards.
async fn context(sync: &SyncContext, configured: &mut ConfiguredStream<BoardsState>) -> Result<BoardContext, Failure> {
    let (client, config, started) = (&sync.client, &sync.config, sync.started());
    let filter = filter::checked(sync, &[configured.stream.name]).await?;
    let scope = filter.current_scope(client, started).await?;
    let (stream, name, state) = (configured.stream, configured.stream.name, &mut configured.state);
    full_read_when_due(sync, stream, state);
    let reach = Reach::new(config).before_cursor(state.index_lag);
    // A lag that can't be measured is no reason to fail.
    let lag = index_lag::measure(client, &filter.jql, started).await.ok();
    let (mut gained, mut shared) = (Vec::new(), None);
    if let Some(airbyte) = state.airbyte.take() {
        shared = state.boards.is_empty().then(|| BoardCursor::at(airbyte.position.lowest()));
        // Airbyte's connector read nothing that is older.
        let configured = config.filters.start_date().map(|moment| moment.epoch_millis());
        let mut scope = scope.clone();
        scope.updated.from = scope.updated.from.max(airbyte.start(configured, started));
        state.scope = Some(scope);
    }
    if state.mode == SyncMode::Incremental {
        state.index_lag = lag.map_or(0, |lag| lag.behind).max(state.index_lag / 2);
        match state.scope.as_ref().map(|before| scope.difference(before)) {
            Some(Difference::Unclear(why)) => {
                sync.out.log(Level::Warn, format!("{name}: {why}, so the stream is read in full."));
                state.boards.clear();
                shared = None;
            }
            Some(Difference::Wider { slices, why }) => {
                sync.out.log(Level::Info, format!("{name}: {why}; of the known boards, reading only what that adds."));
                gained = slices.into_iter().map(|slice| slice.condition).collect();
            }
            _ => {}
        }
        if state.boards.is_empty() || state.scope.is_none() {
            state.scope = Some(scope.clone());
        }
    }
    if let Some(lag) = lag {
        sync.report.consistent_as_of(name, lag.as_of.min(started - INDEX_LAG));
    }
    Ok(BoardContext { filter, scope, gained, reach, shared })
}

/// An issue that a changed filter puts on a board does not change itself, so all boards are re-read in full every N days.
fn full_read_when_due(sync: &SyncContext, stream: &Stream, state: &mut BoardsState) {
    let days = i64::from(sync.config.full_refresh_interval_days);
    if !stream.no_updated_signal || state.mode == SyncMode::FullRefresh || days == 0 {
        return;
    }
    let last = state.last_full_read.unwrap_or(sync.started());
    let begins = state.boards.is_empty() && state.airbyte.is_none();
    if sync.started() - last >= days * DAY && !begins {
        sync.out.log(Level::Info, sync.report.full_read_reason(stream.name, last, days));
        let (scope, index_lag) = (state.scope.take(), state.index_lag);
        *state = BoardsState { scope, index_lag, ..BoardsState::new(state.mode) };
        state.last_full_read = Some(sync.started());
    } else {
        state.last_full_read = Some(if begins { sync.started() } else { last });
    }
}

impl BoardContext {
    /// What to request of a board: all that the filters let through, or what changed since its cursor and what the scope
    /// gained.
    fn jql(&self, cursor: Option<&BoardCursor>) -> Jql {
        let jql = self.filter.jql.clone();
        let Some(cursor) = cursor else { return jql };
        let changed = Jql::default().at_least("updated", cursor.updated - self.reach).unordered();
        let wanted: Vec<&str> = [changed.as_str()].into_iter().chain(self.gained.iter().map(String::as_str)).collect();
        jql.wrapped(&wanted.join(" OR "))
    }
}

fn unread(boards: &[(&str, Error)]) -> Failure {
    let ids: Vec<&str> = boards.iter().map(|(id, _)| *id).collect();
    let first = boards.first().map(|(_, error)| Failure::from(error.clone()));
    let failure = first.unwrap_or_else(|| Failure::transient(String::new()));
    let count = text::count(boards.len(), "board");
    let others = match boards.len() {
        MOST_FAILED => "The boards after them were not asked for",
        _ => "The others were read",
    };
    let message = format!(
        "{count} could not be read (IDs {}). {others}; the next sync tries these again. {}",
        ids.join(", "),
        failure.message
    );
    Failure { message, ..failure }
}
