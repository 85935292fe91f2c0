//! The worklogs that did not fit their issues' pages: one request for each issue, or the site's feed of all worklogs,
//! whichever asks less. They are left for the end, because only then it is known which that is.

use super::{Scan, cut, issue::IssueRef, job};
use crate::{
    client::{Error, Kind, Read, Request, classify},
    codes,
    record::{Object, page, splice},
    streams::Cut,
    sync::feed::{self, Feed},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Issues that may wait in the state before the scan stops to fetch their worklogs.
const PENDING: usize = 10_000;
/// How far the feed is behind, and a minute more for clocks that differ.
pub(super) const FEED_LAG: i64 = feed::BEHIND + 60_000;
const UPDATED: &str = "/rest/api/3/worklog/updated";
const FEED_CHAINS: usize = 8;

impl Scan<'_> {
    /// Fetches what is pending, at the `end` of the scan or when it has become much.
    pub(super) async fn worklogs(&mut self, end: bool) -> Result<(), Error> {
        let Some(at) = self.rider_of(Cut::Worklogs) else { return Ok(()) };
        let pending = &self.plan.riders[at].state.pending;
        if pending.is_empty() || (!end && pending.len() < PENDING) {
            return Ok(());
        }
        let pending = pending.clone();
        let result = self.fetch(at, &pending).await;
        match result {
            Ok(gone) => {
                let rider = &mut self.plan.riders[at];
                gone.into_iter().for_each(|issue| rider.owe(issue));
                rider.state.pending.clear();
                self.fresh_worklogs.clear();
                Ok(())
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                self.fail(at, error.into());
                Ok(())
            }
        }
    }

    /// Returns the issues that went meanwhile.
    async fn fetch(&self, at: usize, pending: &BTreeMap<u64, String>) -> Result<Vec<u64>, Error> {
        let mut gone = Vec::new();
        let rider = &self.plan.riders[at];
        // What an earlier run left was never sent, however old it is, and may be too fresh for the feed still.
        let (mut alone, rest): (BTreeMap<u64, String>, BTreeMap<u64, String>) = pending
            .clone()
            .into_iter()
            .partition(|(id, _)| rider.inherits_worklogs(*id) || self.fresh_worklogs.contains(id));
        // The feed costs two requests for each thousand worklogs of the whole site, of which only a scan of all knows how many
        // there are.
        let feed = rider.reads_all() && rest.len() > 2 * self.feed_pages();
        if !feed || !self.fetch_feed(at, &rest).await? {
            alone.extend(rest);
        }
        let mut each = stream::iter(alone.iter().map(|(id, key)| self.fetch_issue(*id, key)))
            .buffer_unordered(self.client.gate().most() + 2);
        while let Some(result) = each.next().await {
            let (issue, bodies, is_gone) = result?;
            gone.extend(is_gone.then_some(issue.number));
            for body in bodies {
                let page = page::split(&body, "worklogs")
                    .map_err(|why| Error::new(Kind::Malformed, "GET /rest/api/3/issue/{id}/worklog", why))?;
                for raw in &page.records {
                    cut::child(self.out, rider.stream.name, raw, &issue);
                }
            }
        }
        Ok(gone)
    }

    /// All worklogs of one issue, page by page; and whether it went meanwhile.
    async fn fetch_issue(&self, id: u64, key: &str) -> Result<(IssueRef, Vec<String>, bool), Error> {
        let issue = refers(id, key);
        let mut bodies = Vec::new();
        let mut start = 0;
        loop {
            let request = Request::get("/rest/api/3/issue/{id}/worklog", &[&id.to_string()])
                .query("startAt", start.to_string())
                .query("maxResults", "5000");
            let reply = match self.client.call(&request).await {
                Err(error) if error.kind == Kind::NotFound && !self.is_there(id).await? => {
                    self.report.skip("issue_worklogs", &codes::ISSUE_GONE);
                    return Ok((issue, bodies, true));
                }
                reply => reply?,
            };
            let page = page::split(&reply.body, "worklogs").map_err(|why| classify::malformed(&request, why))?;
            start += page.records.len() as i64;
            let end = page.records.is_empty() || page.total.is_some_and(|total| start >= total);
            drop(page);
            bodies.push(reply.body);
            if end {
                return Ok((issue, bodies, false));
            }
        }
    }

    /// Whether an issue is there, of which Jira said that it is not.
    async fn is_there(&self, id: u64) -> Result<bool, Error> {
        let request = job::still(id);
        let reply = self.client.call(&request).await?;
        job::is_there(&reply.body).map_err(|why| classify::malformed(&request, why))
    }

    /// Reads the site's feed and keeps the worklogs of pending issues. False if it is longer than asking each issue.
    async fn fetch_feed(&self, at: usize, pending: &BTreeMap<u64, String>) -> Result<bool, Error> {
        let mut feed = Feed::new(self.client, UPDATED, 0);
        let first = feed.next().await?.unwrap_or_default();
        let mut ids: BTreeSet<u64> = first.into_iter().map(|entry| entry.id).collect();
        if let Some(next) = feed.since {
            let budget = AtomicUsize::new(pending.len() / 2);
            // A page names the next one, so each chain is slow: several of them share the time that is left.
            let chains = (self.feed_pages() / 2).clamp(1, FEED_CHAINS);
            let step = ((self.plan.started - next) / chains as i64).max(1);
            let chains = (0..chains as i64)
                .map(|part| (next + part * step, (part + 1 < chains as i64).then_some(next + (part + 1) * step)));
            let mut chains = stream::iter(chains.map(|(since, end)| self.feed_chain(since, end, &budget)))
                .buffer_unordered(FEED_CHAINS);
            while let Some(chain) = chains.next().await {
                match chain? {
                    Some(more) => ids.extend(more),
                    None => return Ok(false),
                }
            }
        }
        let ids: Vec<u64> = ids.into_iter().collect();
        let lists = ids.chunks(feed::PAGE).map(|ids| Request::post(Read::WorklogList, &json!({"ids": ids})));
        let mut replies = stream::iter(
            lists.map(|request| async move { self.client.call(&request).await.map(|reply| (request, reply)) }),
        )
        .buffer_unordered(self.client.gate().most() + 2);
        while let Some(result) = replies.next().await {
            let (request, reply) = result?;
            let page = page::split(&reply.body, "").map_err(|why| classify::malformed(&request, why))?;
            for raw in &page.records {
                let issue = Object::parse(raw).ok().and_then(|worklog| worklog.id("issueId")?.parse::<u64>().ok());
                let issue = issue.ok_or_else(|| classify::malformed(&request, "a worklog has no numeric issueId"))?;
                if let Some(key) = pending.get(&issue) {
                    cut::child(self.out, self.plan.riders[at].stream.name, raw, &refers(issue, key));
                }
            }
        }
        Ok(true)
    }

    /// Ids from `since` on, until a page reaches `end`. None if the budget of pages is used up.
    async fn feed_chain(&self, since: i64, end: Option<i64>, budget: &AtomicUsize) -> Result<Option<Vec<u64>>, Error> {
        let (mut feed, mut ids) = (Feed::new(self.client, UPDATED, since), Vec::new());
        while feed.since.is_some_and(|since| end.is_none_or(|end| since < end)) {
            if budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
                return Ok(None);
            }
            ids.extend(feed.next().await?.into_iter().flatten().map(|entry| entry.id));
        }
        Ok(Some(ids))
    }

    /// Pages that the feed of the whole site has at least: the scan has seen how many worklogs there are.
    fn feed_pages(&self) -> usize {
        usize::try_from(self.report.worklogs_seen()).unwrap_or(usize::MAX) / feed::PAGE + 1
    }
}

fn refers(id: u64, key: &str) -> IssueRef {
    IssueRef { number: id, id: splice::quoted(&id.to_string()), key: splice::quoted(key), updated: "null".to_owned() }
}
