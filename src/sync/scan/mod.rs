//! One pass over the issues, feeding every selected stream that comes out of them.
//!
//! A single loop owns all state: it keeps requests under way, takes each reply as it comes, cuts records out of it,
//! and remembers by the tracker up to where nothing is outstanding. Replies come in any order; the marks in states
//! follow the order of the listing.

mod check;
mod comments;
mod cut;
pub mod flags;
mod intake;
mod issue;
mod job;
mod listing;
mod rider;
#[cfg(test)]
mod tests;
mod tracker;
mod worklogs;

pub use check::{ESTIMATE, walk};
pub use issue::IssuePage;
pub use job::{Question, ids};
pub use listing::{Order, Window, count, counted, windows};
pub use rider::{Errand, INDEX_LAG, OVERLAP, Rider, overlap};

/// What the fuzz targets reach besides.
#[cfg(fuzzing)]
pub mod exposed {
    pub use super::{cut::*, issue::*};
}

use crate::{
    client::{Client, Error, Kind, jql::Jql},
    codes::Code,
    config::Expand,
    protocol::{Failure, Level},
    streams::Cut,
    sync::{
        emit::Emitter,
        fields::Columns,
        plan::Selected,
        report::Report,
        scope::{Scope, projects::Sieve},
        sight::ledger::Ledger,
    },
};
use check::Checked;
use comments::Comments;
use job::{BULK, History, Job};
use listing::{Listing, Turn};
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
/// Batches listed ahead of those being read: a window is listed in whole before its issues are read.
const AHEAD: usize = 600;
/// Issues of a window: more are cut into several, because one search over 126,000 ended early without a word (reported
/// by users), and a window is what is listed again when that happens.
const WINDOW: u64 = 50_000;
/// The same where whole pages are read: what a broken-off run has to read again.
const WINDOW_OF_PAGES: u64 = 5_000;
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
    /// Which projects to look for beside the listing, if it matters whether they are in sight.
    pub sieve: Option<Sieve>,
    /// What streams that begin now stand for, without projects.
    pub scope: Scope,
    pub question: Question,
    /// Issues to read by their ids, instead of a search.
    pub named: Vec<u64>,
    /// Ids first, then bulk; or whole pages.
    pub ids_first: bool,
    /// Whether ids are cheap enough to list them a second time.
    pub twice: bool,
    pub expands: BTreeSet<Expand>,
    /// Records keep to the ways of Airbyte's connector.
    pub airbyte: bool,
    pub sprint_fields: Vec<String>,
    pub sprint_extra: Vec<String>,
    pub columns: Arc<Columns>,
    /// The server's clock at the start, epoch milliseconds.
    pub started: i64,
    /// Changes older than this before the start are surely at their place in the order.
    pub overlap: i64,
    pub riders: Vec<Rider>,
}

/// What a task brings home.
enum Done {
    Reply(Job, Result<crate::client::Reply, Error>),
    Checked(Result<Checked, Error>),
}

pub struct Scan<'a> {
    client: &'a Client,
    out: &'a Emitter,
    report: &'a Report,
    /// Where issues are noted before they are sent.
    ledger: Option<&'a Ledger<'a>>,
    plan: Plan,
    question: Arc<Question>,
    tracker: Tracker,
    listing: Listing,
    /// Work that completes what was begun: goes first.
    ready: VecDeque<Job>,
    batches: VecDeque<(BatchId, Vec<u64>)>,
    /// Issues whose changelogs did not fit the page.
    histories: BTreeMap<u64, History>,
    /// The batch of the first of them.
    histories_from: Option<BatchId>,
    /// Comments that did not fit the page, and those that are missing.
    comments: Comments,
    running: JoinSet<Done>,
    unread: Vec<(u64, Error)>,
    /// Issues that Jira counts and no search shows.
    gap: u64,
    /// Requests for issues that are under way.
    reading: usize,
    batch_size: usize,
    page_size: u32,
    /// Issues with worklogs left for later that may be too fresh for the site's feed.
    fresh_worklogs: BTreeSet<u64>,
    last_state: Instant,
}

impl<'a> Scan<'a> {
    pub fn new(
        client: &'a Client,
        out: &'a Emitter,
        report: &'a Report,
        ledger: Option<&'a Ledger<'a>>,
        mut plan: Plan,
    ) -> Self {
        let question = Question { fields: Vec::new(), expand: Vec::new(), archived: false, keys: false };
        let question = Arc::new(std::mem::replace(&mut plan.question, question));
        Self {
            client,
            out,
            report,
            ledger,
            plan,
            question,
            tracker: Tracker::default(),
            listing: Listing::default(),
            ready: VecDeque::new(),
            batches: VecDeque::new(),
            histories: BTreeMap::new(),
            histories_from: None,
            comments: Comments::default(),
            running: JoinSet::new(),
            unread: Vec::new(),
            gap: 0,
            reading: 0,
            batch_size: BULK,
            page_size: BULK as u32,
            fresh_worklogs: BTreeSet::new(),
            last_state: Instant::now(),
        }
    }

    /// Reads to the end, or as far as it goes. Returns the streams for which all is well; the others have ended.
    pub async fn run(mut self) -> Vec<Selected> {
        let result = self.read().await;
        self.checkpoint(true);
        match result {
            Ok(()) => self.finish(),
            Err(error) => self.abort(&error),
        }
        let whole = self.plan.riders.into_iter().filter(|rider| rider.failed.is_none());
        whole.map(Selected::from).collect()
    }

    async fn read(&mut self) -> Result<(), Error> {
        if self.plan.order == Order::Named {
            let named = std::mem::take(&mut self.plan.named);
            self.listing = Listing::new(Vec::new());
            self.queue_unordered(&named, true);
        } else {
            let from = self.plan.riders.iter().map(Rider::from).min().flatten();
            self.list(from).await?;
        }
        loop {
            if self.out.broken().is_some() || self.alive() == 0 {
                return Ok(());
            }
            self.fill();
            match self.running.join_next().await {
                Some(Ok(Done::Reply(job, result))) => self.take(job, result)?,
                Some(Ok(Done::Checked(checked))) => self.take_checked(checked?),
                // A bug of ours, told as one by whoever started the run.
                Some(Err(ended)) => match ended.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => return Err(Error::new(Kind::Network, "a request", "its task was cancelled")),
                },
                None if self.ask_twice().await? => {}
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
        let whole = Window { from, to: None };
        let total = count(self.client, &whole.jql(&self.plan.filter, self.plan.order)).await?;
        for rider in self.plan.riders.iter().filter(|rider| rider.cut == Cut::Issue) {
            self.out.estimate(rider.stream.name, total);
        }
        let most = if self.plan.ids_first { WINDOW } else { WINDOW_OF_PAGES };
        let (order, now) = (self.plan.order, self.plan.started);
        let windows = listing::windows(self.client, &self.plan.filter, order, whole, now, (total, most)).await?;
        let names: Vec<&str> = self.plan.riders.iter().map(|rider| rider.stream.name).collect();
        let mode = if self.plan.ids_first { "ids first" } else { "whole pages" };
        let since = from.map_or_else(|| "the beginning".to_owned(), crate::record::time::short);
        self.out.log(
            Level::Info,
            format!(
                "Reading about {total} issues for {} by {} from {since} on, {mode}, in {} window(s).",
                names.join(", "),
                order.field(),
                windows.len()
            ),
        );
        self.listing = Listing::new(windows);
        Ok(())
    }

    /// Counts what concerns all streams on board.
    fn skip(&self, code: &'static Code) {
        for rider in self.plan.riders.iter().filter(|rider| rider.failed.is_none()) {
            self.report.skip(rider.stream.name, code);
        }
    }

    /// Notes an issue that will be sent.
    fn note(&self, id: u64, key: &str) {
        if let Some(ledger) = self.ledger {
            ledger.note(id, key);
        }
    }

    /// Tells what was noted, before it is sent.
    fn tell(&self) {
        if let Some(ledger) = self.ledger {
            ledger.tell();
        }
    }

    /// Issues without a place in the order; each batch is a group of its own if `alone`.
    fn queue_unordered(&mut self, ids: &[u64], alone: bool) {
        for batch in ids.chunks(BULK) {
            let id = self.tracker.add_unordered(batch);
            if alone {
                self.tracker.close();
            }
            self.batches.push_back((id, batch.to_vec()));
        }
    }

    fn fill(&mut self) {
        // A few more than may be under way, so that somebody always waits at the gate.
        while self.running.len() < self.client.gate().most() + 2 {
            let Some(job) = self.next() else { return };
            self.reading += usize::from(job.reads_issues());
            let (client, question) = (self.client.clone(), self.question.clone());
            self.running.spawn(async move {
                let result = job.run(&client, &question).await;
                Done::Reply(job, result)
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
        if self.comments.wait_too_long(begun) {
            return self.comments.ask();
        }
        if let Some((batch, mut ids)) = self.batches.pop_front() {
            if ids.len() > self.batch_size {
                let rest = ids.split_off(self.batch_size);
                self.tracker.open(batch);
                self.batches.push_front((batch, rest));
            }
            return Some(Job::Issues { batch, ids, again: 0 });
        }
        if !self.listing.under_way && !self.listing.done && self.batches.len() < AHEAD {
            return Some(self.next_listing());
        }
        let nothing_to_come = self.listing.done && self.reading == 0;
        if nothing_to_come { self.next_histories().or_else(|| self.comments.ask()) } else { None }
    }

    fn next_histories(&mut self) -> Option<Job> {
        let rest = match self.histories.keys().nth(HISTORIES).copied() {
            Some(first) => self.histories.split_off(&first),
            None => BTreeMap::new(),
        };
        let issues = std::mem::replace(&mut self.histories, rest);
        self.histories_from = self.histories.values().map(|history| history.batch).min();
        (!issues.is_empty()).then(|| Job::Changelogs { issues: Arc::new(issues), token: None })
    }

    fn next_listing(&mut self) -> Job {
        self.listing.under_way = true;
        let order = self.plan.order;
        let jql = self.listing.query().jql(&self.plan.filter, order).ordered(order.field());
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
        let comments = self.comments_are_due();
        for rider in &mut self.plan.riders {
            rider.advance(&finished, mark, self.plan.started);
            let full = match rider.cut {
                Cut::Comments | Cut::DeletedComments => comments,
                _ => self.out.since_state(rider.stream.name) >= STATE_RECORDS,
            };
            if rider.failed.is_none() && (due || full) {
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
        let gap = match (self.unread.is_empty(), self.gap) {
            (false, _) => Some(unread(&self.unread)),
            (true, 0) => None,
            (true, gap) => Some(unfound(gap)),
        };
        for at in 0..self.plan.riders.len() {
            match &gap {
                _ if self.plan.riders[at].failed.is_some() => {}
                Some(failure) => self.fail(at, failure.clone()),
                None => self.plan.riders[at].complete(),
            }
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
        if self.plan.riders[rider].cut == Cut::Comments {
            self.tell_remembered();
        }
        let rider = &mut self.plan.riders[rider];
        let failure = failure.stream(rider.stream.name);
        rider.failed = Some(failure.clone());
        self.out.fail(failure);
        self.out.finish(rider.stream.name, rider.state.to_json(), false);
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

fn unfound(gap: u64) -> Failure {
    Failure::transient(format!(
        "Jira counts {gap} issue(s) more than its search shows, however small the windows in which it is asked. What the search shows \
         was read; the next sync looks again. If it stays, ask Atlassian support to rebuild the search index of the site."
    ))
}
