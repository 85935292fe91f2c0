//! One board's list: page by page, from where it is now or where it was before, and what of it is sent.

use super::{Board, Came};
use crate::{
    client::{Error, Kind, classify},
    codes::{self, Code},
    protocol::Level,
    record::{Object, splice, time},
    streams::{self, Table},
    sync::{
        run::Run,
        scan::INDEX_LAG,
        table::{Pages, Parent},
    },
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// Times that a board is listed from its beginning because a page token is refused.
const LISTINGS: u32 = 3;
/// Bounds in JQL count by the minute.
const MINUTE: i64 = 60_000;
/// What Jira says of such a board, with one status or another (reported by users of other connectors).
const WITHOUT_COLUMNS: &str = "no columns with a mapped status";

/// Reads boards' lists.
pub struct Lists<'a> {
    run: &'a Run,
    stream: &'static str,
    lists: &'a streams::Boards,
    /// Some board's list was found where lists are now.
    found: AtomicBool,
    /// Lists are where they were before.
    before: AtomicBool,
}

/// What was sent of a board.
#[derive(Default)]
struct Sent {
    issues: BTreeMap<u64, i64>,
    newest: Option<i64>,
}

impl<'a> Lists<'a> {
    pub fn new(run: &'a Run, stream: &'static str, lists: &'a streams::Boards) -> Self {
        Self { run, stream, lists, found: AtomicBool::new(false), before: AtomicBool::new(false) }
    }

    /// Reads what of a board meets the query, and sends what is new since `known`. `reach` is how far before a cursor the next
    /// sync begins, by what is known now.
    pub async fn read(&self, board: &Parent, jql: &str, known: Option<Board>, (reach, started): (i64, i64)) -> Came {
        let mut known = known.unwrap_or(Board::at(i64::MIN));
        match self.find(board, jql, &known).await {
            Ok(sent) => {
                known.seen.extend(sent.issues);
                // Later changes may not be in the index yet.
                let newest = sent.newest.map(|newest| newest.min(started - INDEX_LAG));
                known.updated = newest.map_or(known.updated, |newest| newest.max(known.updated));
                known.prune((known.updated.saturating_sub(reach)).div_euclid(MINUTE).saturating_mul(MINUTE));
                Came::Whole((known.updated != i64::MIN).then_some(known))
            }
            Err(error) => match self.refusal(&error) {
                Some(code) => Came::Refused(code),
                None => Came::Failed(error),
            },
        }
    }

    fn refusal(&self, error: &Error) -> Option<&'static Code> {
        if error.detail.contains(WITHOUT_COLUMNS) {
            return Some(&codes::BOARD_WITHOUT_COLUMNS);
        }
        self.lists.now.skip.iter().find(|skip| Some(skip.status) == error.status).map(|skip| skip.code)
    }

    /// "Not found" may be said of the board or of the place of its list: what it was before tells.
    async fn find(&self, board: &Parent, jql: &str, known: &Board) -> Result<Sent, Error> {
        if !self.before.load(Relaxed) {
            match self.walk(&self.lists.now, board, jql, known).await {
                Err(error) if matches!(error.kind, Kind::NotFound | Kind::Gone) && !self.found.load(Relaxed) => {}
                walked => {
                    self.found.fetch_or(walked.is_ok(), Relaxed);
                    return walked;
                }
            }
        }
        let walked = self.walk(self.lists.before, board, jql, known).await;
        if walked.is_ok() && !self.before.swap(true, Relaxed) {
            let text = format!(
                "{}: this site does not answer at {}; the lists are read at {}, which is deprecated.",
                self.stream, self.lists.now.path, self.lists.before.path
            );
            self.run.out.log(Level::Info, text);
        }
        walked
    }

    /// The list from beginning to end; once more if a page token is refused.
    async fn walk(&self, table: &Table, board: &Parent, jql: &str, known: &Board) -> Result<Sent, Error> {
        let (mut sent, mut listings) = (Sent::default(), 0);
        loop {
            let mut pages = Pages::new(&self.run.client, table, Some(board), 0);
            pages.more = Some(("jql", jql));
            match self.pages(&mut pages, board, known, &mut sent).await {
                Err(error) if error.kind == Kind::BadRequest && pages.token.is_some() => {
                    listings += 1;
                    if listings == LISTINGS {
                        // It is not the board that is refused.
                        return Err(Error { status: None, ..error });
                    }
                    self.run.report.skip(self.stream, &codes::LISTED_AGAIN);
                }
                walked => return walked.map(|()| sent),
            }
        }
    }

    async fn pages(&self, pages: &mut Pages<'_>, board: &Parent, known: &Board, sent: &mut Sent) -> Result<(), Error> {
        loop {
            match pages.next().await {
                Ok(Some(body)) => {
                    for raw in pages.records(&body)? {
                        self.take(&raw, board, known, sent)
                            .map_err(|why| classify::malformed(&pages.request(), why))?;
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) if error.can_shrink() && !error.detail.contains(WITHOUT_COLUMNS) && pages.shrink() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends an issue unless this version of it, or a newer one, was sent before.
    fn take(&self, raw: &str, board: &Parent, known: &Board, sent: &mut Sent) -> Result<(), String> {
        let issue = Object::parse(raw).map_err(|error| error.to_string())?;
        let id: u64 =
            issue.id("id").and_then(|id| id.parse().ok()).ok_or("an issue has no id, or one that is no number")?;
        let fields = issue.object("fields").unwrap_or_default();
        let json = |name: &str| fields.get(name).map_or("null", |value| value.get());
        if let Some(updated) = fields.text("updated").and_then(|text| time::parse(&text)) {
            sent.newest = sent.newest.max(Some(updated));
            let last = known.seen.get(&id).max(sent.issues.get(&id));
            if last.is_some_and(|last| *last >= updated) {
                return Ok(());
            }
            sent.issues.insert(id, updated);
        }
        let added = [("boardId", board.json.as_str()), ("created", json("created")), ("updated", json("updated"))];
        self.run.out.record(self.stream, |line| splice::splice(line, raw, &added));
        Ok(())
    }
}
