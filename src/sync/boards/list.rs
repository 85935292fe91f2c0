//! One board's list: page by page, from its current address or the deprecated one, and what of it is sent.

use super::BoardResult;
use crate::{
    client::{Error, Kind, Request, classify, jql::Jql},
    codes::{self, Code, Severity},
    jira::{
        paginator::Paginator,
        search::{self, counted},
    },
    protocol::Level,
    record::{Object, splice, time},
    state::{
        BoardCursor,
        cursor::{INDEX_LAG, MINUTE},
    },
    streams::{Boards, ListEndpoint},
    sync::{
        context::SyncContext,
        list_pages::{cursor, pages},
        partitions::Partition,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// How often a board is listed from its beginning because a page token is refused, or because Jira counts more.
const LISTINGS: u32 = 3;
/// What Jira says of such a board, with one status or another (reported by users of other connectors).
const WITHOUT_COLUMNS: &str = "no columns with a mapped status";

/// Reads boards' lists.
pub(super) struct BoardLists<'a> {
    sync: &'a SyncContext,
    stream: &'static str,
    lists: &'a Boards,
    /// A board's list was found at the current address.
    found: AtomicBool,
    /// Lists are at the deprecated address.
    deprecated: AtomicBool,
}

/// What was seen of a board, and what of it was sent.
#[derive(Default)]
struct Seen {
    shown: BTreeSet<u64>,
    sent: BTreeMap<u64, i64>,
    newest: Option<i64>,
    pages: u32,
    /// How many there are, where pages say so.
    total: Option<u64>,
}

/// What is requested of one board.
struct Wanted<'a> {
    board: &'a Partition,
    jql: &'a Jql,
    /// What earlier syncs saw of it.
    cursor: &'a BoardCursor,
}

impl<'a> BoardLists<'a> {
    pub(super) fn new(sync: &'a SyncContext, stream: &'static str, lists: &'a Boards) -> Self {
        Self { sync, stream, lists, found: AtomicBool::new(false), deprecated: AtomicBool::new(false) }
    }

    /// Reads what of a board matches the query, and sends what is new since the cursor. `reach` is how far before a cursor
    /// the next sync begins, by what is known now.
    pub(super) async fn read(
        &self,
        board: &Partition,
        jql: &Jql,
        before: Option<BoardCursor>,
        reach: i64,
    ) -> BoardResult {
        let mut cursor = before.unwrap_or(BoardCursor::at(i64::MIN));
        let wanted = Wanted { board, jql, cursor: &cursor };
        match self.find(&wanted).await {
            Ok(seen) => {
                cursor.recently_sent.extend(seen.sent);
                // Later changes may not be in the index yet.
                let newest = match cfg!(mutant = "board_cursors_reach_the_present") {
                    true => seen.newest.max(Some(self.sync.started() + 60 * INDEX_LAG)),
                    false => seen.newest.map(|newest| newest.min(self.sync.cursor_limit() - INDEX_LAG)),
                };
                cursor.updated = newest.map_or(cursor.updated, |newest| newest.max(cursor.updated));
                // Bounds in JQL have the precision of a minute.
                cursor.prune((cursor.updated.saturating_sub(reach)).div_euclid(MINUTE).saturating_mul(MINUTE));
                BoardResult::Complete((cursor.updated != i64::MIN).then_some(cursor))
            }
            Err(error) => match self.refusal(&error) {
                Some(code) => BoardResult::Skipped(code),
                None => BoardResult::Failed(error),
            },
        }
    }

    fn refusal(&self, error: &Error) -> Option<&'static Code> {
        if error.detail.contains(WITHOUT_COLUMNS) {
            return Some(&codes::BOARD_WITHOUT_COLUMNS);
        }
        self.lists.current.skip.iter().find(|skip| Some(skip.status) == error.refusal()).map(|skip| skip.code)
    }

    /// "Not found" may be said of the board or of the address of its list: the deprecated address tells them apart.
    async fn find(&self, wanted: &Wanted<'_>) -> Result<Seen, Error> {
        if !self.deprecated.load(Relaxed) {
            match self.complete_list(&self.lists.current, wanted).await {
                Err(error)
                    if matches!(error.kind, Kind::NotFound | Kind::EndpointRemoved) && !self.found.load(Relaxed) => {}
                list => {
                    self.found.fetch_or(list.is_ok(), Relaxed);
                    return list;
                }
            }
        }
        let list = self.complete_list(self.lists.deprecated, wanted).await;
        if list.is_ok() && !self.deprecated.swap(true, Relaxed) {
            let text = format!(
                "{}: this site does not offer {}; reading the boards at {}, which is deprecated.",
                self.stream, self.lists.current.path, self.lists.deprecated.path
            );
            self.sync.out.log(Level::Info, text);
        }
        list
    }

    /// The list, and what it left out. Lists may end early without a warning, and pages skip an issue when another one
    /// leaves: so a list of several pages is listed once more, by IDs, and so is one that is shorter than Jira counts.
    async fn complete_list(&self, endpoint: &ListEndpoint, wanted: &Wanted<'_>) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        self.walk(endpoint, wanted, &wanted.jql.ordered("created"), true, &mut seen).await?;
        let mut lacks = self.lacks(wanted, &seen).await?;
        if seen.pages == 1 && lacks == Some(0) {
            return Ok(seen);
        }
        // Minutes may lie between a list and its count, in which the site did not answer and people went on working.
        for round in 1..=LISTINGS {
            let mut ids = Seen::default();
            let by_ids = ListEndpoint { query: &[("fields", "id")], ..*endpoint };
            let jql = wanted.jql.descending("created");
            self.walk(&by_ids, wanted, &jql, false, &mut ids).await?;
            let shows_more = !ids.shown.is_subset(&seen.shown);
            if shows_more {
                self.walk(endpoint, wanted, &jql, true, &mut seen).await?;
                self.sync.report.skip(self.stream, &codes::SEARCH_ENDED_EARLY);
            }
            if lacks == Some(0) {
                return Ok(seen);
            }
            lacks = self.lacks(wanted, &seen).await?;
            if lacks.is_none_or(|lacks| lacks == 0) || round > 1 && !shows_more {
                break;
            }
        }
        match lacks {
            Some(0) => {}
            None => self.sync.report.skip(self.stream, &codes::COUNT_UNAVAILABLE),
            Some(few) if few <= seen.shown.len() as u64 / search::ESTIMATE => {
                self.sync.report.skip(self.stream, &codes::COUNT_UNVERIFIED);
            }
            Some(many) => {
                self.sync.report.skip(self.stream, &codes::COUNT_MISMATCH);
                if self.sync.report.severity(&codes::COUNT_MISMATCH) == Severity::Fail {
                    let why = format!("the list shows {} issues, and Jira counts {many} more", seen.shown.len());
                    let request = cursor(endpoint, Some(wanted.board), &[]).request();
                    return Err(classify::malformed(&request, why).with_remedy(codes::COUNT_MISMATCH.remedy));
                }
            }
        }
        Ok(seen)
    }

    /// How many issues Jira counts that were not shown; `None` where it does not say.
    async fn lacks(&self, wanted: &Wanted<'_>, seen: &Seen) -> Result<Option<u64>, Error> {
        let shown = seen.shown.len() as u64;
        if seen.total.is_some() {
            return Ok(seen.total.map(|total| total.saturating_sub(shown)));
        }
        let request = Request::get(self.lists.count, &wanted.board.path()).query("jql", wanted.jql.unordered());
        Ok(counted(&self.sync.client, &request).await?.map(|count| count.saturating_sub(shown)))
    }

    /// The list from beginning to end; once more if a page token is refused. What it shows is sent, if `sends`.
    async fn walk(
        &self,
        endpoint: &ListEndpoint,
        wanted: &Wanted<'_>,
        jql: &str,
        sends: bool,
        seen: &mut Seen,
    ) -> Result<(), Error> {
        let mut listings = 0;
        loop {
            let first = cursor(endpoint, Some(wanted.board), &[("jql", jql)]);
            let mut pages = pages(&self.sync.client, endpoint, first);
            match self.read_pages(&mut pages, wanted, sends, seen).await {
                Err(error) if error.kind == Kind::BadRequest && pages.cursor.has_token() => {
                    listings += 1;
                    if listings == LISTINGS {
                        // It is not the board that is refused.
                        return Err(Error { status: None, ..error });
                    }
                    self.sync.report.skip(self.stream, &codes::LISTING_RESTARTED);
                }
                walked => return walked,
            }
        }
    }

    async fn read_pages(
        &self,
        pages: &mut Paginator<'_>,
        wanted: &Wanted<'_>,
        sends: bool,
        seen: &mut Seen,
    ) -> Result<(), Error> {
        loop {
            match pages.next().await {
                Ok(Some(reply)) => {
                    seen.pages += 1;
                    seen.total = pages.cursor.total;
                    for raw in pages.records(&reply.body)? {
                        self.take(&raw, wanted, sends, seen)
                            .map_err(|why| classify::malformed(&pages.cursor.request(), why))?;
                    }
                }
                Ok(None) => return Ok(()),
                Err(error)
                    if error.can_shrink() && !error.detail.contains(WITHOUT_COLUMNS) && pages.cursor.shrink() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends an issue unless this version of it, or a newer one, was sent before.
    fn take(&self, raw: &str, wanted: &Wanted<'_>, sends: bool, seen: &mut Seen) -> Result<(), String> {
        let issue = Object::parse(raw).map_err(|error| error.to_string())?;
        let id: u64 =
            issue.id("id").and_then(|id| id.parse().ok()).ok_or("an issue has no ID, or one that is no number")?;
        let is_new = seen.shown.insert(id);
        if !sends {
            return Ok(());
        }
        let fields = issue.object("fields").unwrap_or_default();
        let json = |name: &str| fields.get(name).map_or("null", |value| value.get());
        match fields.text("updated").and_then(|text| time::parse(&text)) {
            Some(updated) => {
                seen.newest = seen.newest.max(Some(updated));
                let last = wanted.cursor.recently_sent.get(&id).max(seen.sent.get(&id));
                if last.is_some_and(|last| *last >= updated) {
                    return Ok(());
                }
                seen.sent.insert(id, updated);
            }
            // Nothing distinguishes it from what was sent.
            None if !is_new => return Ok(()),
            None => {}
        }
        let added =
            [("boardId", wanted.board.json.as_str()), ("created", json("created")), ("updated", json("updated"))];
        self.sync.out.record(self.stream, |line| splice::splice(line, raw, &added));
        Ok(())
    }
}
