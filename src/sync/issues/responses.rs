//! Takes the replies of a pass: extracts records, finds what a page left out, and requests it.

use super::{
    extract::Extraction,
    listing::Next,
    overflow::{changelogs, comments},
    request::ScanRequest,
    scan::{MOST_UNREAD, Scan},
    watermark::BatchId,
};
use crate::{
    client::{Error, Kind, Reply, classify},
    jira::{
        bulk,
        issue::{Issue, IssuePage, IssueRef, RawIssue},
        paginator::PageCursor,
        search,
        windows::Order,
    },
    record::page,
};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// How often one issue that Jira could not load is requested again.
const RELOADS: u32 = 3;
/// Issues by which requests grow again after they were cut in halves.
const GROWTH: usize = 10;

impl Scan<'_> {
    pub(super) fn handle(&mut self, request: ScanRequest, result: Result<Reply, Error>) -> Result<(), Error> {
        self.reading -= usize::from(request.reads_issues());
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return self.handle_refusal(request, error),
        };
        let date = reply.date.map(|date| date.timestamp_millis());
        match self.handle_reply(&request, &page::one_line(&reply.body), date) {
            Ok(()) => Ok(()),
            Err(why) => {
                let error = classify::malformed(&request.request(&self.query), why);
                self.handle_refusal(request, error)
            }
        }
    }

    fn handle_reply(&mut self, request: &ScanRequest, body: &str, date: Option<i64>) -> Result<(), String> {
        let (streams, work) = (&mut self.streams, &mut self.work);
        match request {
            ScanRequest::Ids(cursor) => self.handle_ids(cursor, body),
            ScanRequest::Page { batch, cursor } => self.handle_page(*batch, cursor, body),
            ScanRequest::Issues { batch, ids, attempt } => self.handle_issues(*batch, ids, *attempt, body),
            ScanRequest::Archived { batch, missing, cursor } => self.handle_archived(*batch, missing, cursor, body),
            ScanRequest::Comments { batch, issue, cursor, end } => {
                self.comments.handle_page((*batch, issue), (cursor.clone(), *end), body, streams, work)
            }
            ScanRequest::Changelogs { issues, cursor, shown } => {
                changelogs::handle_page(issues, (cursor.clone(), shown.clone()), body, streams, work)
            }
            ScanRequest::PerIssue { stream, of, batch, issue } => {
                if streams.list[*stream].failed.is_none() {
                    let reference = streams.context.reference(issue);
                    streams.extract(*stream, |sink| (of.reply)(body, &reference, sink))?;
                }
                work.watermark.done(*batch);
                Ok(())
            }
            ScanRequest::IssueExists { batch, issue, error } => {
                self.comments.handle_existence((*batch, issue), error, body, streams, work)
            }
            ScanRequest::CommentsExist(missing) => {
                comments::handle_missing(missing, (date, self.plan.started), body, streams, work)
            }
        }
    }

    fn handle_ids(&mut self, cursor: &PageCursor, body: &str) -> Result<(), String> {
        let mut page = IssuePage::parse(body)?;
        let ids = page.issues.iter().map(RawIssue::number).collect::<Result<Vec<_>, _>>()?;
        log_warnings(&page);
        let keys: Vec<String> = match self.sent_ids {
            Some(_) => page.issues.iter().map(RawIssue::key).collect(),
            None => Vec::new(),
        };
        let next = self.listing.advance(cursor.clone(), &search::signs(&mut page, &ids));
        let next = next.map_err(|fault| fault.to_string())?;
        // Written to the state before any of them is read.
        ids.iter().zip(&keys).for_each(|(id, key)| self.record_id(*id, key));
        for id in ids {
            self.listing.take(id);
        }
        self.turn_page(next);
        Ok(())
    }

    fn handle_page(&mut self, batch: BatchId, cursor: &PageCursor, body: &str) -> Result<(), String> {
        let mut page = IssuePage::parse(body)?;
        log_warnings(&page);
        let issues = std::mem::take(&mut page.issues).into_iter().map(Issue::read).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<u64> = issues.iter().map(|issue| issue.number).collect();
        let next = self.listing.advance(cursor.clone(), &search::signs(&mut page, &ids));
        let next = next.map_err(|fault| fault.to_string())?;
        let issues: Vec<_> = issues.iter().map(|issue| (issue, self.listing.take(issue.number))).collect();
        for (issue, is_first) in &issues {
            let is_young = issue.created.is_some_and(|created| created >= self.plan.started);
            self.listing.created_since += u64::from(*is_first && is_young);
            self.listing.place = self.listing.place.max(self.place(issue));
        }
        self.turn_page(next);
        issues.iter().for_each(|(issue, is_first)| self.handle_issue(batch, issue, *is_first));
        self.work.watermark.done(batch);
        self.page_size = (self.page_size + GROWTH as u32).min(bulk::ISSUES as u32);
        Ok(())
    }

    fn turn_page(&mut self, next: Next) {
        if next == Next::Check {
            self.check();
        }
    }

    fn handle_issues(&mut self, batch: BatchId, ids: &[u64], attempt: u32, body: &str) -> Result<(), String> {
        let page = IssuePage::parse(body)?;
        let issues = page.issues.into_iter().map(Issue::read).collect::<Result<Vec<_>, _>>()?;
        let mut missing: HashSet<u64> = ids.iter().copied().collect();
        for issue in issues.iter().filter(|issue| missing.remove(&issue.number)) {
            self.handle_issue(batch, issue, true);
        }
        for id in page.errors.iter().flatten().filter_map(|error| error.id("id")?.parse().ok()) {
            if missing.remove(&id) && !cfg!(mutant = "issues_that_jira_could_not_load_are_passed_over") {
                self.reload(batch, id, attempt);
            }
        }
        if ids.len() >= self.batch_size {
            self.batch_size = (self.batch_size + GROWTH).min(bulk::ISSUES);
        }
        if self.query.archived && !missing.is_empty() {
            let missing = missing.into_iter().collect();
            self.work.ready.push_back(ScanRequest::archived(batch, missing, &self.query));
            return Ok(());
        }
        self.leave_out(missing);
        self.work.watermark.done(batch);
        Ok(())
    }

    /// Issues that no request finds: deleted or hidden since they were listed.
    fn leave_out(&mut self, missing: impl IntoIterator<Item = u64>) {
        let missing: Vec<u64> = missing.into_iter().collect();
        let rechecked = self.streams.list.iter().any(|stream| stream.unconfirmed_missing.is_some());
        self.streams.report.vanished(if rechecked { 0 } else { missing.len() as u64 });
        for at in self.streams.open() {
            missing.iter().for_each(|issue| self.streams.list[at].refetch_later(*issue));
        }
    }

    /// A page of issues that a bulk read left out; what the last page still lacks is missing.
    fn handle_archived(
        &mut self,
        batch: BatchId,
        missing: &BTreeSet<u64>,
        cursor: &PageCursor,
        body: &str,
    ) -> Result<(), String> {
        let (mut page, mut missing, mut cursor) = (IssuePage::parse(body)?, missing.clone(), cursor.clone());
        let issues = std::mem::take(&mut page.issues).into_iter().map(Issue::read).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<u64> = issues.iter().map(|issue| issue.number).collect();
        cursor.advance(&search::signs(&mut page, &ids)).map_err(|fault| fault.to_string())?;
        for issue in issues.iter().filter(|issue| missing.remove(&issue.number)) {
            self.handle_issue(batch, issue, true);
        }
        if cursor.is_done() {
            self.leave_out(missing);
            self.work.watermark.done(batch);
        } else {
            self.work.ready.push_back(ScanRequest::Archived { batch, missing, cursor });
        }
        Ok(())
    }

    /// Jira could not load one issue of many: alone it often can.
    fn reload(&mut self, batch: BatchId, id: u64, attempt: u32) {
        self.work.watermark.open(batch);
        if attempt < RELOADS {
            self.work.ready.push_back(ScanRequest::Issues { batch, ids: vec![id], attempt: attempt + 1 });
        } else {
            // The batch stays open, so the watermark never passes it.
            let error = Error::new(Kind::Server, "POST /rest/api/3/issue/bulkfetch", "listed under issueErrors");
            self.unread.push((id, error));
        }
    }

    /// `is_first`: the pass had no version of it before.
    fn handle_issue(&mut self, batch: BatchId, issue: &Issue<'_>, is_first: bool) {
        if self.sent_ids.is_some() {
            // It may have moved since it was listed.
            self.record_id(issue.number, &issue.key());
        }
        let mut delivered = Vec::new();
        for at in 0..self.streams.list.len() {
            if self.streams.list[at].is_due(issue, is_first) {
                self.extract(at, batch, issue);
                if self.sent_ids.is_some() {
                    delivered.push(self.streams.list[at].stream.name);
                }
            }
        }
        if let Some(sent_ids) = self.sent_ids {
            sent_ids.delivered(issue.number, &delivered, self.plan.order == Order::Updated);
        }
        let settled = self.plan.started - self.plan.overlap;
        // Older ones cannot be in the overlap of the next pass.
        let recent = issue
            .updated
            .filter(|updated| self.plan.order == Order::Updated || *updated >= settled - 2 * self.plan.overlap);
        self.work.watermark.sent(batch, self.place(issue), recent.map(|updated| (issue.number, updated)));
    }

    /// An issue's place in the order of the pass, if it can be relied on.
    fn place(&self, issue: &Issue<'_>) -> Option<i64> {
        match self.plan.order {
            Order::Created => issue.created,
            // One that changed lately may have been listed at an older place: it says nothing about the order. The
            // overlap is how late the index may be.
            Order::Updated => issue.updated.filter(|updated| *updated < self.plan.started - self.plan.overlap),
            Order::ById => None,
        }
    }

    fn extract(&mut self, at: usize, batch: BatchId, issue: &Issue<'_>) {
        let (streams, work) = (&mut self.streams, &mut self.work);
        match &streams.list[at].extractor.extraction {
            Extraction::Issue(extract) => streams.extract(at, |sink| extract(issue, &streams.context, sink)),
            Extraction::Changelog(from) => self.changelogs.handle_issue(at, from, batch, issue, streams, work),
            Extraction::Comments(_) => self.comments.handle_issue(at, batch, issue, streams, work),
            Extraction::DeletedComments(_) => self.comments.compare_issue(batch, issue, streams, work),
            Extraction::Worklogs(_) => {
                self.worklogs.handle_issue(at, batch, issue, self.plan.started, streams, work);
            }
            Extraction::PerIssue(of) => {
                let reference = streams.context.reference(&issue.refers);
                let needs_request = !streams.extract(at, |sink| (of.without_request)(issue, &reference, sink));
                if needs_request && streams.is_unreadable(at, &issue.refers) {
                    streams.missing(at, &issue.refers);
                } else if needs_request {
                    work.add(batch, issue, |issue| ScanRequest::PerIssue { stream: at, of, batch, issue });
                }
            }
        }
    }

    /// A request brought nothing usable: ask for less, list again, skip what is missing, end one stream, or end the pass.
    fn handle_refusal(&mut self, request: ScanRequest, error: Error) -> Result<(), Error> {
        if error.is_fatal() {
            return Err(error);
        }
        let shrinks = error.can_shrink() || error.kind == Kind::BadRequest;
        let (streams, work) = (&mut self.streams, &mut self.work);
        match request {
            ScanRequest::Issues { batch, ids, attempt } if shrinks && ids.len() > 1 => {
                self.batch_size = (ids.len() / 2).max(1);
                let (left, right) = ids.split_at(ids.len() / 2);
                work.watermark.open(batch);
                for half in [right, left] {
                    work.ready.push_front(ScanRequest::Issues { batch, ids: half.to_vec(), attempt });
                }
            }
            ScanRequest::Issues { ids, .. } if shrinks && self.unread.len() < MOST_UNREAD => {
                self.unread.extend(ids.into_iter().map(|id| (id, error.clone())));
            }
            ScanRequest::Page { batch, mut cursor } if error.can_shrink() && cursor.size > 1 => {
                cursor.size /= 2;
                self.page_size = cursor.size;
                work.ready.push_front(ScanRequest::Page { batch, cursor });
            }
            ScanRequest::Ids(cursor) if error.kind == Kind::BadRequest && cursor.has_token() => {
                self.relist(cursor, error);
            }
            ScanRequest::Page { batch, cursor } if error.kind == Kind::BadRequest && cursor.has_token() => {
                work.watermark.done(batch);
                self.relist(cursor, error);
            }
            ScanRequest::Archived { batch, mut missing, .. } if shrinks && missing.len() > 1 => {
                let middle = missing.iter().nth(missing.len() / 2).copied().unwrap_or_default();
                let right = missing.split_off(&middle);
                work.watermark.open(batch);
                for half in [right, missing] {
                    work.ready.push_front(ScanRequest::archived(batch, half, &self.query));
                }
            }
            ScanRequest::Ids(_)
            | ScanRequest::Page { .. }
            | ScanRequest::Issues { .. }
            | ScanRequest::Archived { .. } => return Err(error),
            ScanRequest::Changelogs { issues, cursor, .. } => {
                changelogs::handle_refusal(&issues, &cursor, error, streams, work);
            }
            // An issue that exists has comments, if only none.
            ScanRequest::Comments { batch, issue, .. } if error.kind == Kind::NotFound => {
                work.ready.push_back(ScanRequest::IssueExists { batch, issue, error });
            }
            ScanRequest::Comments { batch, issue, .. } | ScanRequest::IssueExists { batch, issue, .. } => {
                self.comments.handle_refusal(batch, &issue, &error, streams, work);
            }
            ScanRequest::CommentsExist(missing) => comments::handle_missing_refusal(&missing, error, streams, work),
            ScanRequest::PerIssue { stream, of, batch, issue } => {
                let is_missing = error.kind == Kind::NotFound || of.refusal_is_missing && error.kind == Kind::Forbidden;
                self.handle_per_issue_refusal(stream, is_missing, &issue, error);
                self.work.watermark.done(batch);
            }
        }
        Ok(())
    }

    /// Sends nothing for streams that have failed; what the others wait for goes on.
    pub(super) fn abandon(&mut self, request: ScanRequest) {
        match request {
            ScanRequest::PerIssue { batch, .. } => self.work.watermark.done(batch),
            ScanRequest::Comments { batch, issue, .. } | ScanRequest::IssueExists { batch, issue, .. } => {
                self.comments.abandon(batch, &issue, &self.streams, &mut self.work);
            }
            ScanRequest::CommentsExist(missing) => comments::close(&missing, &mut self.work),
            ScanRequest::Changelogs { issues, .. } => {
                issues.values().for_each(|history| self.work.watermark.done(history.batch));
            }
            ScanRequest::Ids(_)
            | ScanRequest::Page { .. }
            | ScanRequest::Issues { .. }
            | ScanRequest::Archived { .. } => {}
        }
    }

    /// A page token was refused: the window is listed again, unless its signs said that it ends.
    fn relist(&mut self, mut cursor: PageCursor, error: Error) {
        let next = match cursor.refused(error) {
            Ok(()) => Next::Check,
            Err(_) => self.listing.broke_off(),
        };
        self.turn_page(next);
    }

    /// What is requested for one issue is not found where the issue is missing, or where the site has it switched off.
    fn handle_per_issue_refusal(&mut self, at: usize, is_missing: bool, issue: &Arc<IssueRef>, error: Error) {
        if self.streams.list[at].failed.is_some() {
            return;
        }
        if is_missing {
            self.streams.missing(at, issue);
        } else {
            self.streams.fail(at, error.into());
        }
    }
}

/// Jira's warnings are experimental; whether something is missing is examined anyway.
fn log_warnings(page: &IssuePage<'_>) {
    for warning in page.warnings.iter().flatten() {
        tracing::warn!("Jira warns about its search: {}", warning.get());
    }
}
