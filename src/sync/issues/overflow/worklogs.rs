//! The worklogs that did not fit their issues' pages: one request for each issue, or the site's feed of all worklogs,
//! whichever costs fewer requests. They are left for the end of the pass, because only then that is known.

use crate::{
    client::{Client, Error, Kind, Request, classify},
    jira::{
        bulk,
        issue::{Embedded, Issue, IssueRef},
        paginator::{List, PageCursor, Paginator, Paging},
        worklog_feed::{self, WorklogFeed},
    },
    record::{Object, id_set::IdSet, keys::Keys, page, splice},
    sync::issues::{
        extract::Extraction,
        watermark::BatchId,
        work::{Streams, Work},
    },
};
use futures_util::{StreamExt, stream};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Issues that may wait in the state before the pass stops to fetch their worklogs.
const PENDING: usize = 10_000;
/// By how much the feed lags, and a minute more for clocks that differ. Milliseconds.
const FEED_LAG: i64 = worklog_feed::LAG + 60_000;
/// Parts of the feed that are read at the same time.
const FEED_PARTS: usize = 8;
/// Worklogs of a page.
const PAGE: u32 = 5_000;

#[derive(Default)]
pub(crate) struct WorklogOverflow {
    /// Issues with pending worklogs that may be too fresh for the site's feed.
    fresh: BTreeSet<u64>,
}

impl WorklogOverflow {
    /// Writes the worklogs of an issue whose page has them all; otherwise they are pending.
    pub(crate) fn handle_issue(
        &mut self,
        at: usize,
        batch: BatchId,
        issue: &Issue<'_>,
        started: i64,
        streams: &Streams<'_>,
        work: &mut Work,
    ) {
        let list = Embedded::read(&issue.fields, "worklog", "worklogs");
        streams.report.worklogs(list.total as u64);
        if list.is_whole() {
            write(at, list.items.iter().copied(), &issue.refers, streams);
            return;
        }
        if issue.updated.is_none_or(|updated| updated >= started - FEED_LAG) {
            self.fresh.insert(issue.number);
        }
        if !cfg!(mutant = "pending_worklogs_are_forgotten") {
            work.watermark.postpone_worklogs(batch, issue.number, issue.key());
        }
    }

    /// Fetches what is pending, at the `end` of the pass or when it has become much.
    pub(crate) async fn fetch(
        &mut self,
        end: bool,
        client: &Client,
        started: i64,
        streams: &mut Streams<'_>,
    ) -> Result<(), Error> {
        let Some(at) = streams.worklogs() else { return Ok(()) };
        let pending = &streams.list[at].state.pending_worklogs;
        if pending.is_empty() || (!end && pending.len() < PENDING) {
            return Ok(());
        }
        let pending = pending.clone();
        let fetch = Fetch { at, client, started, streams, pending: &pending };
        match fetch.run(&self.fresh).await {
            Ok(missing) => {
                missing.iter().for_each(|issue| streams.missing(at, issue));
                let stream = &mut streams.list[at];
                stream.state.pending_worklogs = Keys::default();
                self.fresh.clear();
                Ok(())
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                streams.fail(at, error.into());
                Ok(())
            }
        }
    }
}

fn write<'a>(at: usize, worklogs: impl Iterator<Item = &'a str>, issue: &IssueRef, streams: &Streams<'_>) {
    let Extraction::Worklogs(extract) = &streams.list[at].extractor.extraction else { return };
    streams.extract(at, |sink| worklogs.for_each(|raw| extract(raw, issue, sink)));
}

/// One fetch of pending worklogs.
struct Fetch<'a, 's> {
    at: usize,
    client: &'a Client,
    started: i64,
    streams: &'a Streams<'s>,
    pending: &'a Keys,
}

/// The worklogs of one issue.
struct IssueWorklogs {
    issue: IssueRef,
    bodies: Vec<String>,
    is_missing: bool,
}

impl Fetch<'_, '_> {
    /// Returns the issues that are missing by now.
    async fn run(&self, fresh: &BTreeSet<u64>) -> Result<Vec<IssueRef>, Error> {
        let stream = &self.streams.list[self.at];
        // What an earlier sync left was never sent, however old it is, and may still be too fresh for the feed.
        let (mut alone, rest): (BTreeSet<u64>, BTreeSet<u64>) =
            self.pending.ids().partition(|id| stream.inherited_worklogs(*id) || fresh.contains(id));
        // The feed costs two requests for each thousand worklogs of the whole site, and only a pass over all issues knows how
        // many there are.
        let feed = stream.reads_all() && rest.len() > 2 * self.feed_pages();
        if !feed || !self.read_feed(&rest).await? {
            alone.extend(rest);
        }
        let mut missing = Vec::new();
        let mut each = stream::iter(alone.into_iter().map(|id| self.read_issue(id)))
            .buffer_unordered(self.client.gate().limit() + 2);
        while let Some(read) = each.next().await {
            let IssueWorklogs { issue, bodies, is_missing } = read?;
            for body in bodies {
                let page = page::split(&body, "worklogs")
                    .map_err(|why| Error::new(Kind::Malformed, "GET /rest/api/3/issue/{id}/worklog", why))?;
                write(self.at, page.records.iter().map(AsRef::as_ref), &issue, self.streams);
            }
            missing.extend(is_missing.then_some(issue));
        }
        Ok(missing)
    }

    fn reference(&self, id: u64) -> IssueRef {
        let key = splice::quoted(&self.pending.key(id).unwrap_or_default());
        IssueRef { number: id, id: splice::quoted(&id.to_string()), key, updated: "null".to_owned() }
    }

    /// All worklogs of one issue.
    async fn read_issue(&self, id: u64) -> Result<IssueWorklogs, Error> {
        let request = Request::get("/rest/api/3/issue/{id}/worklog", &[&id.to_string()]);
        let cursor = PageCursor::new(List::Get(request), Paging::START_AT, PAGE);
        let mut pages = Paginator::new(self.client, cursor, Box::new(|body| page::split(body, "worklogs")));
        let mut read = IssueWorklogs { issue: self.reference(id), bodies: Vec::new(), is_missing: false };
        loop {
            match pages.next().await {
                Ok(Some(reply)) => read.bodies.push(reply.body),
                Ok(None) => return Ok(read),
                Err(error) if error.kind == Kind::NotFound && !self.issue_exists(id).await? => {
                    return Ok(IssueWorklogs { is_missing: true, ..read });
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn issue_exists(&self, id: u64) -> Result<bool, Error> {
        let request = bulk::issue_exists(id);
        let reply = self.client.call(&request).await?;
        bulk::exists(&reply.body).map_err(|why| classify::malformed(&request, why))
    }

    /// Reads the site's feed and keeps the worklogs of these issues. False if it is longer than asking for each issue.
    async fn read_feed(&self, issues: &BTreeSet<u64>) -> Result<bool, Error> {
        let mut feed = WorklogFeed::new(self.client, worklog_feed::UPDATED, 0);
        let first = feed.next().await?.unwrap_or_default();
        // The whole site's, which can be millions.
        let mut ids = IdSet::default();
        first.iter().for_each(|entry| ids.insert(entry.id));
        if let Some(next) = feed.since() {
            let budget = AtomicUsize::new(issues.len() / 2);
            // Each page names the next one, so a feed is slow to follow: several parts of the remaining time are read side by
            // side.
            let parts = (self.feed_pages() / 2).clamp(1, FEED_PARTS);
            let step = ((self.started - next) / parts as i64).max(1);
            let parts = (0..parts as i64)
                .map(|part| (next + part * step, (part + 1 < parts as i64).then_some(next + (part + 1) * step)));
            let shared = Mutex::new(&mut ids);
            let mut parts = stream::iter(parts.map(|(since, end)| self.read_part(since, end, &budget, &shared)))
                .buffer_unordered(FEED_PARTS);
            while let Some(is_whole) = parts.next().await {
                if !is_whole? {
                    return Ok(false);
                }
            }
        }
        let mut rest = ids.iter();
        let lists = std::iter::from_fn(|| {
            let some: Vec<u64> = rest.by_ref().take(bulk::WORKLOGS).collect();
            (!some.is_empty()).then(|| bulk::worklogs(&some))
        });
        let mut replies = stream::iter(
            lists.map(|request| async move { self.client.call(&request).await.map(|reply| (request, reply)) }),
        )
        .buffer_unordered(self.client.gate().limit() + 2);
        while let Some(result) = replies.next().await {
            let (request, reply) = result?;
            let page = page::split(&reply.body, "").map_err(|why| classify::malformed(&request, why))?;
            for raw in &page.records {
                let issue = Object::parse(raw).ok().and_then(|worklog| worklog.id("issueId")?.parse::<u64>().ok());
                let issue = issue.ok_or_else(|| classify::malformed(&request, "a worklog has no numeric issueId"))?;
                if issues.contains(&issue) {
                    write(self.at, std::iter::once(raw.as_ref()), &self.reference(issue), self.streams);
                }
            }
        }
        Ok(true)
    }

    /// Adds the IDs from `since` on, until a page reaches `end`. False if the budget of pages is used up.
    async fn read_part(
        &self,
        since: i64,
        end: Option<i64>,
        budget: &AtomicUsize,
        ids: &Mutex<&mut IdSet>,
    ) -> Result<bool, Error> {
        let mut feed = WorklogFeed::new(self.client, worklog_feed::UPDATED, since);
        while feed.since().is_some_and(|since| end.is_none_or(|end| since < end)) {
            if budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
                return Ok(false);
            }
            let page = feed.next().await?;
            let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
            page.into_iter().flatten().for_each(|entry| ids.insert(entry.id));
        }
        Ok(true)
    }

    /// Pages that the feed of the whole site has at least: the pass has seen how many worklogs there are.
    fn feed_pages(&self) -> usize {
        usize::try_from(self.streams.report.worklogs_seen()).unwrap_or(usize::MAX) / worklog_feed::PAGE + 1
    }
}
