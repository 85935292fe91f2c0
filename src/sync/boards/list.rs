//! One board's list: page by page, from where it is now or where it was before, and what of it is sent.

use super::{Board, Came};
use crate::{
    client::{Error, Kind, Request, classify, jql::Jql},
    codes::{self, Code, Severity},
    protocol::Level,
    record::{Object, splice, time},
    streams::{self, Table},
    sync::{
        run::Run,
        scan::{ESTIMATE, INDEX_LAG, counted},
        table::{Pages, Parent},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
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

/// What is asked of one board.
struct Asked<'a> {
    board: &'a Parent,
    jql: &'a Jql,
    /// What earlier syncs saw of it.
    known: &'a Board,
}

impl<'a> Lists<'a> {
    pub fn new(run: &'a Run, stream: &'static str, lists: &'a streams::Boards) -> Self {
        Self { run, stream, lists, found: AtomicBool::new(false), before: AtomicBool::new(false) }
    }

    /// Reads what of a board meets the query, and sends what is new since `known`. `reach` is how far before a cursor the next
    /// sync begins, by what is known now.
    pub async fn read(&self, board: &Parent, jql: &Jql, known: Option<Board>, (reach, started): (i64, i64)) -> Came {
        let mut known = known.unwrap_or(Board::at(i64::MIN));
        let asked = Asked { board, jql, known: &known };
        match self.find(&asked).await {
            Ok(seen) => {
                known.seen.extend(seen.sent);
                // Later changes may not be in the index yet.
                let newest = seen.newest.map(|newest| newest.min(started - INDEX_LAG));
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
    async fn find(&self, asked: &Asked<'_>) -> Result<Seen, Error> {
        if !self.before.load(Relaxed) {
            match self.whole(&self.lists.now, asked).await {
                Err(error) if matches!(error.kind, Kind::NotFound | Kind::Gone) && !self.found.load(Relaxed) => {}
                whole => {
                    self.found.fetch_or(whole.is_ok(), Relaxed);
                    return whole;
                }
            }
        }
        let whole = self.whole(self.lists.before, asked).await;
        if whole.is_ok() && !self.before.swap(true, Relaxed) {
            let text = format!(
                "{}: this site does not answer at {}; the lists are read at {}, which is deprecated.",
                self.stream, self.lists.now.path, self.lists.before.path
            );
            self.run.out.log(Level::Info, text);
        }
        whole
    }

    /// The list, and what it left out. Lists may end early without a word, and pages skip an issue when another one leaves: so
    /// one that came in several pages is looked at once more, by ids, and so is one that is shorter than Jira counts.
    async fn whole(&self, table: &Table, asked: &Asked<'_>) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        self.walk(table, asked, &asked.jql.ordered("created"), true, &mut seen).await?;
        let lacks = self.lacks(asked, &seen).await?;
        if seen.pages == 1 && lacks == Some(0) {
            return Ok(seen);
        }
        let mut ids = Seen::default();
        let by_ids = Table { query: &[("fields", "id")], ..*table };
        let jql = asked.jql.descending("created");
        self.walk(&by_ids, asked, &jql, false, &mut ids).await?;
        if !ids.shown.is_subset(&seen.shown) {
            self.walk(table, asked, &jql, true, &mut seen).await?;
            self.run.report.skip(self.stream, &codes::SEARCH_ENDED_EARLY);
        }
        if lacks == Some(0) {
            return Ok(seen);
        }
        match self.lacks(asked, &seen).await?.unwrap_or(0) {
            0 => {}
            few if few <= seen.shown.len() as u64 / ESTIMATE => {
                self.run.report.skip(self.stream, &codes::COUNT_DOUBTED);
            }
            many => {
                self.run.report.skip(self.stream, &codes::COUNT_DIFFERS);
                if self.run.report.severity(&codes::COUNT_DIFFERS) == Severity::Fail {
                    let why = format!("the list shows {} issues, and Jira counts {many} more", seen.shown.len());
                    let request = Pages::new(&self.run.client, table, Some(asked.board), 0).request();
                    return Err(classify::malformed(&request, why).with_remedy(codes::COUNT_DIFFERS.remedy));
                }
            }
        }
        Ok(seen)
    }

    /// How many issues Jira counts that were not shown; `None` where it can't be asked.
    async fn lacks(&self, asked: &Asked<'_>, seen: &Seen) -> Result<Option<u64>, Error> {
        let shown = seen.shown.len() as u64;
        if seen.total.is_some() {
            return Ok(seen.total.map(|total| total.saturating_sub(shown)));
        }
        let request = Request::get(self.lists.count, &asked.board.path()).query("jql", asked.jql.unordered());
        match counted(&self.run.client, &request).await {
            Ok(count) => Ok(Some(count.saturating_sub(shown))),
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The list from beginning to end; once more if a page token is refused. What it shows is sent, unless `sends` says no.
    async fn walk(
        &self,
        table: &Table,
        asked: &Asked<'_>,
        jql: &str,
        sends: bool,
        seen: &mut Seen,
    ) -> Result<(), Error> {
        let mut listings = 0;
        loop {
            let mut pages = Pages::new(&self.run.client, table, Some(asked.board), 0);
            pages.more = Some(("jql", jql));
            match self.pages(&mut pages, asked, sends, seen).await {
                Err(error) if error.kind == Kind::BadRequest && pages.token.is_some() => {
                    listings += 1;
                    if listings == LISTINGS {
                        // It is not the board that is refused.
                        return Err(Error { status: None, ..error });
                    }
                    self.run.report.skip(self.stream, &codes::LISTED_AGAIN);
                }
                walked => return walked,
            }
        }
    }

    async fn pages(&self, pages: &mut Pages<'_>, asked: &Asked<'_>, sends: bool, seen: &mut Seen) -> Result<(), Error> {
        loop {
            match pages.next().await {
                Ok(Some(body)) => {
                    seen.pages += 1;
                    seen.total = pages.total;
                    for raw in pages.records(&body)? {
                        self.take(&raw, asked, sends, seen)
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
    fn take(&self, raw: &str, asked: &Asked<'_>, sends: bool, seen: &mut Seen) -> Result<(), String> {
        let issue = Object::parse(raw).map_err(|error| error.to_string())?;
        let id: u64 =
            issue.id("id").and_then(|id| id.parse().ok()).ok_or("an issue has no id, or one that is no number")?;
        let is_new = seen.shown.insert(id);
        if !sends {
            return Ok(());
        }
        let fields = issue.object("fields").unwrap_or_default();
        let json = |name: &str| fields.get(name).map_or("null", |value| value.get());
        match fields.text("updated").and_then(|text| time::parse(&text)) {
            Some(updated) => {
                seen.newest = seen.newest.max(Some(updated));
                let last = asked.known.seen.get(&id).max(seen.sent.get(&id));
                if last.is_some_and(|last| *last >= updated) {
                    return Ok(());
                }
                seen.sent.insert(id, updated);
            }
            // Nothing tells it from what was sent.
            None if !is_new => return Ok(()),
            None => {}
        }
        let added =
            [("boardId", asked.board.json.as_str()), ("created", json("created")), ("updated", json("updated"))];
        self.run.out.record(self.stream, |line| splice::splice(line, raw, &added));
        Ok(())
    }
}
