//! One pass over the issues, feeding every selected stream that comes out of them.
//!
//! A single loop owns all state: it keeps requests under way, takes each reply as it comes, cuts records out of it,
//! and remembers by the tracker up to where nothing is outstanding. Replies come in any order; the marks in states
//! follow the order of the listing.

mod cut;
mod intake;
mod issue;
mod job;
mod listing;
mod rider;
mod tracker;
mod worklogs;

pub use job::Question;
pub use listing::{Order, count};
pub use rider::{INDEX_LAG, OVERLAP, Rider};

use crate::{
    client::{Client, Error, Kind, jql::Jql},
    config::Expand,
    protocol::{Failure, Level},
    streams::Cut,
    sync::{emit::Emitter, filter::Newcomers, report::Report},
};
use job::{BULK, Job};
use listing::{Listing, Window};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};
use tracker::{BatchId, Tracker};

/// A checkpoint at least so often, if there is anything to say.
const STATE_EVERY: Duration = Duration::from_secs(30);
const STATE_RECORDS: u64 = 4_000;
/// Batches listed ahead of those being read.
const AHEAD: usize = 64;
/// Batches that may wait for the changelogs of a few of their issues, so that one request serves many.
const WAITING: u64 = 32;
const HISTORIES: usize = 1_000;
/// Issues that can't be read by any means before the scan gives up.
const UNREAD: usize = 20;

/// What a scan reads and how.
#[derive(Debug)]
pub struct Plan {
    pub order: Order,
    /// Without bounds of the order's own field.
    pub filter: Jql,
    pub question: Question,
    /// Ids first, then bulk; or whole pages.
    pub ids_first: bool,
    pub expands: BTreeSet<Expand>,
    pub sprint_fields: Vec<String>,
    pub sprint_extra: Vec<String>,
    /// All children of these are sent.
    pub newcomers: Newcomers,
    /// The server's clock at the start, epoch milliseconds.
    pub started: i64,
    pub riders: Vec<Rider>,
}

pub struct Scan<'a> {
    client: &'a Client,
    out: &'a Emitter,
    report: &'a Report,
    plan: Plan,
    question: Arc<Question>,
    tracker: Tracker,
    listing: Listing,
    /// Work that completes what was begun: goes first.
    ready: VecDeque<Job>,
    batches: VecDeque<(BatchId, Vec<u64>)>,
    /// Issues whose changelogs did not fit the page.
    histories: BTreeMap<u64, (BatchId, String)>,
    /// The batch of the first of them.
    histories_from: Option<BatchId>,
    running: JoinSet<(Job, Result<crate::client::Reply, Error>)>,
    unread: Vec<(u64, Error)>,
    /// Requests for issues that are under way.
    reading: usize,
    batch_size: usize,
    page_size: u32,
    relisted: Option<Option<i64>>,
    /// Issues with worklogs left for later that may be too fresh for the site's feed.
    fresh_worklogs: BTreeSet<u64>,
    /// Changed issues that may have come into the filter just now.
    newcomers: BTreeSet<u64>,
    last_state: Instant,
}

impl<'a> Scan<'a> {
    pub fn new(client: &'a Client, out: &'a Emitter, report: &'a Report, mut plan: Plan) -> Self {
        let question = Question { fields: Vec::new(), expand: Vec::new(), archived: false };
        let question = Arc::new(std::mem::replace(&mut plan.question, question));
        Self {
            client,
            out,
            report,
            plan,
            question,
            tracker: Tracker::default(),
            listing: Listing::default(),
            ready: VecDeque::new(),
            batches: VecDeque::new(),
            histories: BTreeMap::new(),
            histories_from: None,
            running: JoinSet::new(),
            unread: Vec::new(),
            reading: 0,
            batch_size: BULK,
            page_size: BULK as u32,
            relisted: None,
            fresh_worklogs: BTreeSet::new(),
            newcomers: BTreeSet::new(),
            last_state: Instant::now(),
        }
    }

    /// Reads to the end, or as far as it goes; each stream gets its last state and status. Returns whether all is well.
    pub async fn run(mut self) -> bool {
        let result = self.read().await;
        self.checkpoint(true);
        match result {
            Ok(()) => self.finish(),
            Err(error) => self.abort(&error),
        }
        self.plan.riders.iter().all(|rider| rider.failed.is_none())
    }

    async fn read(&mut self) -> Result<(), Error> {
        let from = self.plan.riders.iter().map(Rider::from).min().flatten();
        self.list(from).await?;
        loop {
            if self.out.broken().is_some() || self.alive() == 0 {
                return Ok(());
            }
            self.fill();
            match self.running.join_next().await {
                Some(Ok((job, result))) => self.take(job, result)?,
                // A bug of ours, told as one by whoever started the run.
                Some(Err(ended)) => match ended.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => return Err(Error::new(Kind::Network, "a request", "its task was cancelled")),
                },
                None if self.listing.lost => self.relist().await?,
                None => break,
            }
            self.checkpoint(false);
            self.worklogs(false).await?;
        }
        self.checkpoint(true);
        self.worklogs(true).await
    }

    /// Plans the listing, in windows if there is much to list.
    async fn list(&mut self, from: Option<i64>) -> Result<(), Error> {
        let mut whole = Window { from, to: None, expected: 0 };
        let total = count(self.client, &whole.jql(&self.plan.filter, self.plan.order)).await?;
        whole.expected = total;
        for rider in self.plan.riders.iter().filter(|rider| rider.cut == Cut::Issue) {
            self.out.estimate(rider.stream.name, total);
        }
        let windows = match self.plan.order {
            Order::Created => listing::windows(self.client, &self.plan.filter, from, self.plan.started, total).await?,
            Order::Updated => vec![whole],
        };
        let names: Vec<&str> = self.plan.riders.iter().map(|rider| rider.stream.name).collect();
        let mode = if self.plan.ids_first { "ids first" } else { "whole pages" };
        let since = from.map_or_else(|| "the beginning".to_owned(), crate::record::time::short);
        self.out.log(
            Level::Info,
            format!(
                "Reading about {total} issues for {} by {} from {since} on, {mode}, in {} window(s).",
                names.join(", "),
                self.plan.order.field(),
                windows.len()
            ),
        );
        self.listing = Listing::new(windows);
        Ok(())
    }

    /// The page token was lost or led in circles, or the search ended early: list again from where everything is done.
    async fn relist(&mut self) -> Result<(), Error> {
        let mark = self.tracker.mark();
        let whole = Window { from: None, to: None, expected: 0 };
        let window = self.listing.windows.get(self.listing.window).cloned().unwrap_or(whole);
        let mut first = Window { from: mark.max(window.from), ..window };
        if self.listing.short {
            // Counts are estimates, and issues may be gone: what matters is whether any are left behind the last one.
            first.expected = count(self.client, &first.jql(&self.plan.filter, self.plan.order)).await?;
            if first.expected <= listing::tolerance(window.expected) {
                self.listing.leave_window();
                return Ok(());
            }
        }
        if self.relisted == Some(mark) {
            let detail = if self.listing.short {
                format!("the search ends before about {} issues that it should find", first.expected)
            } else {
                "the page tokens lead in circles even after listing again".to_owned()
            };
            return Err(Error::new(Kind::Malformed, "POST /rest/api/3/search/jql", detail));
        }
        self.relisted = Some(mark);
        let (code, why) = if self.listing.short {
            ("search_ended_early", "the search ended before all was listed; listed again from the last mark")
        } else {
            ("listed_again", "a page token was refused or repeated; listed again from the last mark")
        };
        self.report.skip("issues", code, why);
        let rest = self.listing.windows.iter().skip(self.listing.window + 1).cloned();
        self.listing = Listing::new(std::iter::once(first).chain(rest).collect());
        Ok(())
    }

    fn fill(&mut self) {
        // A few more than may be under way, so that somebody always waits at the gate.
        while self.running.len() < self.client.gate().most() + 2 {
            let Some(job) = self.next() else { return };
            self.reading += usize::from(job.reads_issues());
            let (client, question) = (self.client.clone(), self.question.clone());
            self.running.spawn(async move {
                let result = job.run(&client, &question).await;
                (job, result)
            });
        }
    }

    fn next(&mut self) -> Option<Job> {
        if let Some(job) = self.ready.pop_front() {
            return Some(job);
        }
        let begun = self.tracker.added() - self.batches.len() as u64;
        let waiting_long = self.histories_from.is_some_and(|first| begun > first + WAITING);
        if self.histories.len() >= HISTORIES || waiting_long {
            return self.next_histories();
        }
        if let Some((batch, mut ids)) = self.batches.pop_front() {
            if ids.len() > self.batch_size {
                let rest = ids.split_off(self.batch_size);
                self.tracker.open(batch);
                self.batches.push_front((batch, rest));
            }
            return Some(Job::Issues { batch, ids, again: 0 });
        }
        if !self.listing.under_way && !self.listing.done && !self.listing.lost && self.batches.len() < AHEAD {
            return Some(self.next_listing());
        }
        let nothing_to_come = (self.listing.done || self.listing.lost) && self.reading == 0;
        if nothing_to_come { self.next_histories() } else { None }
    }

    fn next_histories(&mut self) -> Option<Job> {
        let rest = match self.histories.keys().nth(HISTORIES).copied() {
            Some(first) => self.histories.split_off(&first),
            None => BTreeMap::new(),
        };
        let issues = std::mem::replace(&mut self.histories, rest);
        self.histories_from = self.histories.values().map(|(batch, _)| *batch).min();
        (!issues.is_empty()).then(|| Job::Changelogs { issues: Arc::new(issues), token: None })
    }

    fn next_listing(&mut self) -> Job {
        self.listing.under_way = true;
        let window = self.listing.window;
        let jql = self.listing.windows[window].jql(&self.plan.filter, self.plan.order).ordered(self.plan.order.field());
        let token = self.listing.token.clone();
        if self.plan.ids_first {
            Job::Ids { jql, token }
        } else {
            Job::Page { batch: self.tracker.add(), jql, token, size: self.page_size }
        }
    }

    /// Takes over what is finished, and writes states where they are due.
    fn checkpoint(&mut self, now: bool) {
        let finished = self.tracker.advance();
        let mark = self.tracker.mark();
        let due = now || self.last_state.elapsed() >= STATE_EVERY;
        for rider in &mut self.plan.riders {
            rider.advance(&finished, mark, self.plan.started);
            if rider.failed.is_none() && (due || self.out.since_state(rider.stream.name) >= STATE_RECORDS) {
                self.out.state(rider.stream.name, rider.state.to_json());
            }
        }
        if due {
            self.last_state = Instant::now();
        }
    }

    fn alive(&self) -> usize {
        self.plan.riders.iter().filter(|rider| rider.failed.is_none()).count()
    }

    fn finish(&mut self) {
        let gap = (!self.unread.is_empty()).then(|| unread(&self.unread));
        for rider in &mut self.plan.riders {
            if rider.failed.is_some() {
                continue;
            }
            let name = rider.stream.name;
            if let Some(failure) = &gap {
                rider.failed = Some(failure.clone());
                self.out.fail(failure.clone().stream(name));
            } else {
                rider.complete();
            }
            self.out.finish(name, rider.state.to_json(), gap.is_none());
        }
    }

    fn abort(&mut self, error: &Error) {
        for rider in 0..self.plan.riders.len() {
            if self.plan.riders[rider].failed.is_none() {
                self.fail(rider, error.clone().into());
            }
        }
    }

    /// Ends one stream; the others go on.
    fn fail(&mut self, rider: usize, failure: Failure) {
        let rider = &mut self.plan.riders[rider];
        let failure = failure.stream(rider.stream.name);
        rider.failed = Some(failure.clone());
        self.out.fail(failure);
        self.out.finish(rider.stream.name, rider.state.to_json(), false);
    }

    /// Children of an issue that changed before this were sent with an earlier scan. None: send all.
    fn children_from(&self, rider: &Rider, issue: u64) -> Option<i64> {
        if self.newcomers.contains(&issue) { None } else { rider.children_from() }
    }

    fn rider_of(&self, cut: Cut) -> Option<usize> {
        self.plan.riders.iter().position(|rider| rider.cut == cut && rider.failed.is_none())
    }
}

fn unread(issues: &[(u64, Error)]) -> Failure {
    let ids: Vec<String> = issues.iter().take(UNREAD).map(|(id, _)| id.to_string()).collect();
    let first = issues.first().map(|(_, error)| error.to_string()).unwrap_or_default();
    Failure::transient(format!(
        "{} issue(s) could not be read, each asked for alone (ids {}). The others were read; the next sync tries these again. {first}",
        issues.len(),
        ids.join(", ")
    ))
}
