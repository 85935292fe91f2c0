//! One pass over the issues that feeds every selected stream.
//!
//! A single loop owns all state: it keeps requests under way, takes each reply as it comes, lets the extractors write
//! records, and knows by the watermark up to where nothing is outstanding. Replies come in any order; the positions in states
//! follow the order of the listing.

use super::{
    completeness::{Completeness, CompletenessReport},
    listing::Listing,
    overflow::{changelogs::ChangelogOverflow, comments::CommentOverflow, worklogs::WorklogOverflow},
    plan::Plan,
    request::{IssueQuery, ScanRequest},
    stream::{ScanStream, SelectedStream},
    watermark::BatchId,
    work::{Streams, Work},
};
use crate::{
    client::{Error, Kind, Reply},
    codes::{self, Severity},
    jira::{
        bulk,
        paginator::PageCursor,
        search::{self, Search, count},
        windows::{self, Order, Window},
    },
    protocol::{Failure, Level, text},
    record::time,
    sync::{context::SyncContext, sent_ids::SentIds},
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// A checkpoint at least so often, if there is anything new.
const STATE_EVERY: Duration = Duration::from_secs(30);
const STATE_RECORDS: u64 = 4_000;
/// A STATE names at most so many issues or comments for each record that came since the one before.
const REMEMBERED_SHARE: u64 = 8;
/// Batches listed ahead of those being read: a window is listed completely before its issues are read.
const BATCHES_AHEAD: usize = 600;
/// Issues of a window where whole pages are read: what an interrupted pass has to read again.
const WINDOW_OF_PAGES: u64 = 5_000;
/// Issues that can't be read by any means before the pass gives up.
pub(super) const MOST_UNREAD: usize = 20;
/// Tries of a page of one issue, and of one that can be made smaller.
const PAGE_TRIES: [u32; 2] = [5, 2];

/// The result of a task.
#[allow(clippy::large_enum_variant, reason = "nearly all are replies")]
enum Done {
    Reply(ScanRequest, Result<Reply, Error>),
    Checked(Result<CompletenessReport, Error>),
}

pub(super) struct Scan<'a> {
    sync: &'a SyncContext,
    /// Where the IDs of issues are recorded before they are sent.
    pub(super) sent_ids: Option<&'a SentIds<'a>>,
    pub(super) plan: Plan,
    pub(super) query: Arc<IssueQuery>,
    pub(super) streams: Streams<'a>,
    pub(super) work: Work,
    pub(super) listing: Listing,
    /// Batches that may be read, and those whose IDs are not in a state yet.
    batches: VecDeque<(BatchId, Vec<u64>)>,
    unrecorded: Vec<(BatchId, Vec<u64>)>,
    pub(super) changelogs: ChangelogOverflow,
    pub(super) comments: CommentOverflow,
    pub(super) worklogs: WorklogOverflow,
    running: JoinSet<Done>,
    pub(super) unread: Vec<(u64, Error)>,
    /// Issues that Jira counts and no search shows.
    gap: u64,
    /// The projects that were visible before a window that is listed once. One that came meanwhile was not listed, and the
    /// count can't tell if another one went.
    visible_before: Option<BTreeSet<u64>>,
    /// Requests for issues that are under way.
    pub(super) reading: usize,
    pub(super) batch_size: usize,
    pub(super) page_size: u32,
    last_state: Instant,
}

impl<'a> Scan<'a> {
    pub(super) fn new(sync: &'a SyncContext, sent_ids: Option<&'a SentIds<'a>>, mut plan: Plan) -> Self {
        let query = Arc::new(std::mem::take(&mut plan.query));
        let (context, list) = (std::mem::take(&mut plan.extract), std::mem::take(&mut plan.streams));
        let archived = Arc::clone(&plan.archived);
        Self {
            sync,
            sent_ids,
            plan,
            query,
            streams: Streams { out: &sync.out, report: &sync.report, context, archived, list },
            work: Work::default(),
            listing: Listing::default(),
            batches: VecDeque::new(),
            unrecorded: Vec::new(),
            changelogs: ChangelogOverflow::default(),
            comments: CommentOverflow::default(),
            worklogs: WorklogOverflow::default(),
            running: JoinSet::new(),
            unread: Vec::new(),
            gap: 0,
            visible_before: None,
            reading: 0,
            batch_size: bulk::ISSUES,
            page_size: bulk::ISSUES as u32,
            last_state: Instant::now(),
        }
    }

    /// Reads to the end, or as far as possible. Returns the streams that were read completely; the others have ended.
    pub(super) async fn run(mut self) -> Vec<SelectedStream> {
        let result = self.read().await;
        self.checkpoint(true);
        match result {
            Ok(()) => self.finish(),
            Err(error) => self.streams.open().for_each(|at| self.streams.fail(at, error.clone().into())),
        }
        let complete = self.streams.list.into_iter().filter(|stream| stream.failed.is_none());
        complete.map(ScanStream::into_selected).collect()
    }

    async fn read(&mut self) -> Result<(), Error> {
        if self.plan.order == Order::ById {
            let ids = std::mem::take(&mut self.plan.ids);
            self.listing = Listing::new(Vec::new());
            ids.iter().for_each(|id| self.record_id(*id, ""));
            self.queue_unordered(&ids, true);
            self.release(true);
        } else {
            if !self.plan.list_twice
                && let Some(projects) = &self.plan.projects
            {
                self.visible_before = Some(projects.searchable(&self.sync.client).await?);
            }
            let from = self.streams.list.iter().map(ScanStream::from).min().flatten();
            self.list(from).await?;
        }
        loop {
            if self.streams.out.broken().is_some() || self.streams.open().next().is_none() {
                return Ok(());
            }
            self.fill();
            match self.running.join_next().await {
                Some(Ok(Done::Reply(request, result))) => self.handle(request, result)?,
                Some(Ok(Done::Checked(report))) => self.handle_completeness(report?),
                // A bug of ours; whoever started the run reports it as one.
                Some(Err(ended)) => match ended.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => return Err(Error::new(Kind::Network, "a request", "its task was cancelled")),
                },
                None if self.recheck_missing().await? => {}
                None => break,
            }
            self.checkpoint(false);
            self.fetch_worklogs(false).await?;
        }
        self.checkpoint(true);
        self.fetch_worklogs(true).await
    }

    async fn fetch_worklogs(&mut self, end: bool) -> Result<(), Error> {
        self.worklogs.fetch(end, &self.sync.client, self.plan.started, &mut self.streams).await
    }

    /// Plans the listing, in windows if there is much to list.
    async fn list(&mut self, from: Option<i64>) -> Result<(), Error> {
        let whole = Window { from, to: None };
        let total = count(&self.sync.client, &whole.jql(&self.plan.filter, self.plan.order)).await?;
        for stream in &self.streams.list {
            if let Some(total) = total
                && stream.stream.issues().is_some_and(|issues| issues.is_whole_issue())
            {
                self.streams.out.estimate(stream.stream.name, total);
            }
        }
        let about = total.map_or("an unknown number of".to_owned(), |total| format!("about {total}"));
        let most = if self.plan.ids_first { windows::ISSUES } else { WINDOW_OF_PAGES };
        let (order, now) = (self.plan.order, self.plan.started);
        let windows = windows::cut(&self.sync.client, &self.plan.filter, order, whole, now, (total, most)).await?;
        let names: Vec<&str> = self.streams.list.iter().map(|stream| stream.stream.name).collect();
        let what = match from {
            None => "full read".to_owned(),
            Some(from) => format!("read from {} on", time::short(from)),
        };
        let windows_count = text::count(windows.len(), "window");
        self.streams.out.log(
            Level::Info,
            format!("{}: {what}, {about} issues (by {}, {windows_count}).", names.join(", "), order.field()),
        );
        self.listing = Listing::new(windows);
        Ok(())
    }

    /// Records an issue that will be sent.
    pub(super) fn record_id(&self, id: u64, key: &str) {
        if let Some(sent_ids) = self.sent_ids {
            sent_ids.record(id, key);
        }
    }

    /// Issues without a place in the order; each batch is a group of its own if `alone`.
    fn queue_unordered(&mut self, ids: &[u64], alone: bool) {
        for batch in ids.chunks(bulk::ISSUES) {
            let id = self.work.watermark.add_unordered(batch);
            if alone {
                self.work.watermark.close();
            }
            self.unrecorded.push((id, batch.to_vec()));
        }
    }

    /// Lets batches be read once a state has their IDs. Such a state holds every ID, so it is written the more rarely the
    /// more there are: its cost stays in proportion to the issues that are read.
    fn release(&mut self, is_last: bool) {
        if self.sent_ids.is_none_or(|sent_ids| sent_ids.checkpoint_if_due(is_last)) {
            self.batches.extend(self.unrecorded.drain(..));
        }
    }

    fn fill(&mut self) {
        // A few more than may be under way, so that one always waits at the gate.
        while self.running.len() < self.sync.client.gate().limit() + 2 {
            let Some(request) = self.next() else { return };
            self.reading += usize::from(request.reads_issues());
            let (client, query) = (self.sync.client.clone(), Arc::clone(&self.query));
            self.running.spawn(async move {
                let result = request.send(&client, &query).await;
                Done::Reply(request, result)
            });
        }
    }

    fn next(&mut self) -> Option<ScanRequest> {
        while let Some(request) = self.work.ready.pop_front() {
            if self.streams.want(&request) {
                return Some(request);
            }
            self.abandon(request);
        }
        let begun = self.work.watermark.added() - (self.batches.len() + self.unrecorded.len()) as u64;
        if self.changelogs.is_due(begun) {
            return self.changelogs.request();
        }
        if self.comments.is_due(begun) {
            return self.comments.request();
        }
        if let Some((batch, mut ids)) = self.batches.pop_front() {
            if ids.len() > self.batch_size {
                let rest = ids.split_off(self.batch_size);
                self.work.watermark.open(batch);
                self.batches.push_front((batch, rest));
            }
            return Some(ScanRequest::Issues { batch, ids, attempt: 0 });
        }
        let listed_enough = self.batches.len() >= BATCHES_AHEAD && self.unrecorded.is_empty();
        if !self.listing.under_way && !self.listing.done && !listed_enough {
            return Some(self.next_page());
        }
        let nothing_to_come = self.listing.done && self.reading == 0;
        if nothing_to_come { self.changelogs.request().or_else(|| self.comments.request()) } else { None }
    }

    fn next_page(&mut self) -> ScanRequest {
        self.listing.under_way = true;
        let mut cursor = self.listing.cursor.take().unwrap_or_else(|| self.first_page());
        if self.plan.ids_first {
            ScanRequest::Ids(cursor)
        } else {
            cursor.size = self.page_size;
            ScanRequest::Page { batch: self.work.watermark.add(), cursor }
        }
    }

    fn first_page(&self) -> PageCursor {
        let order = self.plan.order;
        let jql = self.listing.rest().jql(&self.plan.filter, order).ordered(order.field());
        if self.plan.ids_first {
            return search::ids(self.query.archived, &jql, self.query.keys);
        }
        let (fields, expand) = (&self.query.fields, &self.query.expand);
        let search = Search { jql: &jql, fields, expand, archived: self.query.archived, reconcile: &[] };
        search.cursor(self.page_size, PAGE_TRIES[usize::from(self.page_size > 1)])
    }

    /// A window is listed: whether completely is checked while others are read.
    pub(super) fn check(&mut self) {
        self.listing.under_way = true;
        if self.listing.attempts() > 0 {
            self.streams.skip(&codes::LISTING_RESTARTED);
        }
        let (window, expected) = self.listing.window();
        let check = Completeness {
            client: self.sync.client.clone(),
            filter: self.plan.filter.clone(),
            projects: self.plan.projects.clone(),
            order: self.plan.order,
            window,
            expected,
            created_since: self.listing.created_since,
            archived: self.query.archived,
            keys: self.query.keys,
            list_twice: self.plan.list_twice && !self.listing.ids.is_empty(),
            now: self.plan.started,
            known: self.listing.ids.iter().copied().collect(),
        };
        self.running.spawn(async move { Done::Checked(check.check().await) });
    }

    /// The window is checked: what its listing left out is read too, and with IDs first, all of it is read now.
    fn handle_completeness(&mut self, report: CompletenessReport) {
        if let Some(visible) = &report.visible_projects
            && !cfg!(mutant = "projects_hidden_while_a_window_is_listed_stay_in_the_scope")
        {
            // Before the watermark passes their issues.
            let before = self.visible_before.replace(visible.clone());
            let meanwhile = before.map(|before| visible & &before);
            self.apply_visibility(meanwhile.as_ref().unwrap_or(visible));
        }
        if !report.found.is_empty() {
            self.streams.skip(&codes::SEARCH_ENDED_EARLY);
        }
        if report.tolerated_gap > 0 {
            self.streams.skip(&codes::COUNT_UNVERIFIED);
        }
        if report.is_uncounted {
            self.streams.skip(&codes::COUNT_UNAVAILABLE);
        }
        if report.gap > 0 {
            self.streams.skip(&codes::COUNT_MISMATCH);
            tracing::warn!("Jira counts {} issues more than its search shows.", report.gap);
            if self.streams.report.severity(&codes::COUNT_MISMATCH) == Severity::Fail {
                self.gap += report.gap;
                // It stays open for ever, so the watermark never passes the window.
                self.work.watermark.add_unordered(&[]);
            }
        }
        report.found.iter().for_each(|(id, key)| self.record_id(*id, key));
        let found: Vec<u64> = report.found.into_iter().map(|(id, _)| id).collect();
        // Before the others: their watermark must not pass it.
        self.queue_unordered(&found, self.plan.ids_first);
        if self.plan.ids_first {
            for batch in std::mem::take(&mut self.listing.ids).chunks(bulk::ISSUES) {
                let id = self.work.watermark.add();
                self.work.watermark.close();
                self.unrecorded.push((id, batch.to_vec()));
            }
        } else {
            self.work.watermark.close();
        }
        self.listing.leave_window();
        self.release(self.listing.done);
    }

    /// Asks once more for issues that were requested by their IDs and are missing, after listing the projects again: one that is
    /// not visible leaves the scope before its issues count as deleted. False if there are none.
    async fn recheck_missing(&mut self) -> Result<bool, Error> {
        let missing = self.streams.list.iter_mut().filter_map(|stream| stream.unconfirmed_missing.take());
        let missing: BTreeSet<u64> = missing.flatten().collect();
        if missing.is_empty() {
            return Ok(false);
        }
        if let Some(projects) = &self.plan.projects {
            let visible = projects.searchable(&self.sync.client).await?;
            self.apply_visibility(&visible);
        }
        self.queue_unordered(&missing.into_iter().collect::<Vec<u64>>(), true);
        self.release(true);
        Ok(true)
    }

    /// These projects are visible.
    fn apply_visibility(&mut self, visible: &BTreeSet<u64>) {
        let streams = self.streams.list.iter_mut();
        let dropped = streams.map(|stream| stream.apply_visibility(visible, &self.plan.bounds)).max().unwrap_or(0);
        if dropped > 0 {
            let (projects, verb) = (text::count(dropped, "project"), text::agree(dropped, "matches", "match"));
            let text = format!(
                "{projects} of an earlier sync no longer {verb} the filters, or cannot be seen any more. Once visible again, \
                 such a project is read in full."
            );
            self.streams.out.log(Level::Info, text);
        }
    }

    /// When the sync began, by the most cautious clock so far: a reply that comes later may correct the plan's.
    fn started(&self) -> i64 {
        self.plan.started.min(self.sync.cursor_limit())
    }

    /// Takes over what is finished, and writes states where they are due.
    fn checkpoint(&mut self, now: bool) {
        let finished = self.work.watermark.advance();
        let started = self.started();
        self.streams.advance(&finished, self.work.watermark.value(), started);
        let due = now || self.last_state.elapsed() >= STATE_EVERY;
        // The stream that remembers comments has its STATE at the same time as the one that sends them.
        let comments: Vec<usize> =
            [self.streams.comments(), self.streams.deleted_comments()].into_iter().flatten().collect();
        let comments_due = self.has_enough_for_a_state(&comments);
        for at in self.streams.open() {
            let full = if comments.contains(&at) { comments_due } else { self.has_enough_for_a_state(&[at]) };
            if due || full {
                self.streams.checkpoint(at);
            }
        }
        if due {
            self.last_state = Instant::now();
        }
    }

    /// Whether streams that have their STATE at the same time sent enough since their last one: the more a state names, the
    /// rarer it is written, so that all of them together stay a fixed share of the records.
    fn has_enough_for_a_state(&self, streams: &[usize]) -> bool {
        let streams = streams.iter().map(|at| &self.streams.list[*at]);
        let (records, remembered) = streams.fold((0, 0), |(records, remembered), stream| {
            let since = self.streams.out.records_since_state(stream.stream.name);
            (records + since, remembered + stream.state.remembered() as u64)
        });
        records >= STATE_RECORDS.max(remembered / REMEMBERED_SHARE)
    }

    fn finish(&mut self) {
        let failure = match (self.unread.is_empty(), self.gap) {
            (false, _) => Some(unread(&self.unread)),
            (true, 0) => None,
            (true, gap) => Some(not_shown(gap)),
        };
        let started = self.started();
        for at in self.streams.open() {
            match &failure {
                Some(failure) => self.streams.fail(at, failure.clone()),
                None => self.streams.list[at].complete(started),
            }
        }
    }
}

fn unread(issues: &[(u64, Error)]) -> Failure {
    let ids: Vec<String> = issues.iter().take(MOST_UNREAD).map(|(id, _)| id.to_string()).collect();
    let first = issues.first().map(|(_, error)| error.to_string()).unwrap_or_default();
    let count = text::count(issues.len(), "issue");
    Failure::transient(format!(
        "{count} could not be read, even one by one (IDs {}). The others were read; the next sync tries these again. {first}",
        ids.join(", ")
    ))
}

fn not_shown(gap: u64) -> Failure {
    let count = text::count(gap, "issue");
    Failure::transient(format!(
        "Jira counts {count} more than its search shows, however small the date ranges that are searched. What the search shows \
         was read; the next sync tries again. If this persists, ask Atlassian support to rebuild the search index of the site."
    ))
}
