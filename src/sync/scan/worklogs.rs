//! The worklogs that did not fit their issues' pages: one request for each issue, or the site's feed of all worklogs,
//! whichever asks less. They are left for the end, because only then it is known which that is.

use super::{Scan, cut, issue::IssueRef};
use crate::{
    client::{Error, Kind, Read, Request, classify},
    record::{Object, page, splice},
    streams::Cut,
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Issues that may wait in the state before the scan stops to fetch their worklogs.
const PENDING: usize = 10_000;
const FEED_PAGE: usize = 1_000;

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
            Ok(()) => {
                self.plan.riders[at].state.pending.clear();
                Ok(())
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                self.fail(at, error.into());
                Ok(())
            }
        }
    }

    async fn fetch(&self, at: usize, pending: &BTreeMap<u64, String>) -> Result<(), Error> {
        let rider = &self.plan.riders[at];
        // What an earlier run left pending was never sent, however old it is.
        let inherited = rider.inherited_worklogs(pending);
        let from = if self.plan.whole_children || inherited { None } else { rider.children_from() };
        // The feed costs two requests for each thousand worklogs of the whole site; the scan has seen how many there are.
        let feed_pages = usize::try_from(self.report.worklogs_seen()).unwrap_or(usize::MAX) / FEED_PAGE + 1;
        if pending.len() > 2 * feed_pages && self.fetch_feed(at, pending, from).await? {
            return Ok(());
        }
        let mut each = stream::iter(pending.iter().map(|(id, key)| self.fetch_issue(*id, key)))
            .buffer_unordered(self.client.gate().most() + 2);
        while let Some(result) = each.next().await {
            let (issue, bodies) = result?;
            for body in bodies {
                let page = page::split(&body, "worklogs")
                    .map_err(|why| Error::new(Kind::Malformed, "GET /rest/api/3/issue/{id}/worklog", why))?;
                for raw in page.records.iter().filter(|raw| cut::is_new(raw, from)) {
                    cut::child(self.out, rider.stream.name, raw, &issue);
                }
            }
        }
        Ok(())
    }

    /// All worklogs of one issue, page by page.
    async fn fetch_issue(&self, id: u64, key: &str) -> Result<(IssueRef, Vec<String>), Error> {
        let issue = refers(id, key);
        let mut bodies = Vec::new();
        let mut start = 0;
        loop {
            let request = Request::get("/rest/api/3/issue/{id}/worklog", &[&id.to_string()])
                .query("startAt", start.to_string())
                .query("maxResults", "5000");
            let reply = match self.client.call(&request).await {
                Err(error) if error.kind == Kind::NotFound => {
                    self.report.skip(
                        "issue_worklogs",
                        "issue_gone",
                        "the issue was deleted or hidden while it was read",
                    );
                    return Ok((issue, bodies));
                }
                reply => reply?,
            };
            let page = page::split(&reply.body, "worklogs").map_err(|why| classify::malformed(&request, why))?;
            start += page.records.len() as i64;
            let end = page.records.is_empty() || page.total.is_some_and(|total| start >= total);
            drop(page);
            bodies.push(reply.body);
            if end {
                return Ok((issue, bodies));
            }
        }
    }

    /// Reads the site's feed and keeps the worklogs of pending issues. False if it is longer than asking each issue.
    async fn fetch_feed(&self, at: usize, pending: &BTreeMap<u64, String>, from: Option<i64>) -> Result<bool, Error> {
        let mut ids: BTreeSet<u64> = BTreeSet::new();
        let mut since = from.unwrap_or(0);
        let mut pages = 0;
        loop {
            let request = Request::get("/rest/api/3/worklog/updated", &[]).query("since", since.to_string());
            let reply = self.client.call(&request).await?;
            let wrong = |why: &str| classify::malformed(&request, why);
            let page = page::split(&reply.body, "values").map_err(|why| wrong(&why))?;
            for raw in &page.records {
                let id = Object::parse(raw).ok().and_then(|entry| entry.id("worklogId")?.parse().ok());
                ids.insert(id.ok_or_else(|| wrong("an entry has no worklogId"))?);
            }
            let object = Object::parse(&reply.body).map_err(|error| wrong(&error.to_string()))?;
            if object.get("lastPage").is_some_and(|last| last.get() == "true") {
                break;
            }
            // Not the address in `nextPage`: it may name another host.
            let until = object.integer("until").filter(|until| *until > since);
            since = until.ok_or_else(|| wrong("not the last page, but `until` does not move on"))?;
            pages += 1;
            if 2 * pages > pending.len() {
                return Ok(false);
            }
        }
        let ids: Vec<u64> = ids.into_iter().collect();
        let lists = ids.chunks(FEED_PAGE).map(|ids| Request::post(Read::WorklogList, &json!({"ids": ids})));
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
}

fn refers(id: u64, key: &str) -> IssueRef {
    IssueRef { number: id, id: splice::quoted(&id.to_string()), key: splice::quoted(key), updated: "null".to_owned() }
}
