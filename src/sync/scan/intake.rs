//! Takes the replies of a scan: cuts records, finds what a page left out, and asks for it.

use super::{
    BULK, BatchId, HISTORIES, History, Job, Order, Scan, Turn, UNREAD,
    cut::{self, Teller},
    flags,
    issue::{Embedded, Issue, IssuePage, IssueRef, RawIssue},
    worklogs::FEED_LAG,
};
use crate::{
    client::{Error, Kind, Reply, classify},
    codes,
    record::{Object, page, splice},
    streams::Cut,
    sync::emit::Emitter,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashSet, btree_map::Entry},
    sync::Arc,
};

/// What changelogs tell.
const TOLD: [Cut; 3] = [Cut::Changelogs, Cut::Keys, Cut::DeletedAttachments];

/// Cuts what a stream wants out of a changelog entry.
fn told_by(cut: Cut) -> fn(&Emitter, &str, &str, &Teller<'_>) {
    match cut {
        Cut::Keys => cut::moves,
        Cut::DeletedAttachments => cut::deleted_attachments,
        _ => cut::history,
    }
}

impl Scan<'_> {
    pub(super) fn take(&mut self, job: Job, result: Result<Reply, Error>) -> Result<(), Error> {
        self.reading -= usize::from(job.reads_issues());
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return self.refused(job, error),
        };
        match self.read_reply(&job, &page::one_line(&reply.body), reply.date.map(|date| date.timestamp_millis())) {
            Ok(()) => Ok(()),
            Err(why) => {
                let error = classify::malformed(&job.request(&self.question), why);
                self.refused(job, error)
            }
        }
    }

    fn read_reply(&mut self, job: &Job, body: &str, date: Option<i64>) -> Result<(), String> {
        match job {
            Job::Ids { .. } => self.take_ids(body),
            Job::Page { batch, .. } => self.take_page(*batch, body),
            Job::Issues { batch, ids, again } => self.take_issues(*batch, ids, *again, body),
            Job::Comments { batch, issue, start, end } => self.take_comments(*batch, issue, *start, *end, body),
            Job::Changelogs { issues, .. } => self.take_changelogs(issues, body),
            Job::Votes { batch, issue } => self.take_one(Cut::Votes, *batch, issue, body),
            Job::Watchers { batch, issue } => self.take_one(Cut::Watchers, *batch, issue, body),
            Job::Properties { batch, issue } => self.take_properties(*batch, issue, body),
            Job::RemoteLinks { batch, issue } => {
                self.take_list(Cut::RemoteLinks, *batch, issue, &page::split(body, "")?.records);
                Ok(())
            }
            Job::FeatureFlags { batch, issue } => {
                self.take_list(Cut::FeatureFlags, *batch, issue, &flags::split(body)?);
                Ok(())
            }
            Job::Still { batch, issue, error } => self.take_still(*batch, issue, error, body),
            Job::Missing { comments } => self.take_missing(comments, date, body),
        }
    }

    fn take_ids(&mut self, body: &str) -> Result<(), String> {
        let mut page = IssuePage::parse(body)?;
        let token = page.next_token()?;
        let ids = page.issues.iter().map(RawIssue::number).collect::<Result<Vec<_>, _>>()?;
        self.heed(&page);
        if self.ledger.is_some() {
            // Told once the window is checked, which is before any of it is read.
            page.issues.iter().zip(&ids).for_each(|(raw, id)| self.note(*id, &raw.key()));
        }
        self.listing.take(ids);
        self.turn_page(token);
        Ok(())
    }

    fn take_page(&mut self, batch: BatchId, body: &str) -> Result<(), String> {
        let mut page = IssuePage::parse(body)?;
        let token = page.next_token()?;
        self.heed(&page);
        let issues = page.issues.into_iter().map(Issue::read).collect::<Result<Vec<_>, _>>()?;
        let fresh = |issue: &&Issue<'_>| issue.created.is_some_and(|created| created >= self.plan.started);
        let fresh = issues.iter().filter(fresh).filter(|issue| !self.listing.has(issue.number)).count();
        self.listing.fresh += fresh as u64;
        self.listing.take(issues.iter().map(|issue| issue.number));
        self.listing.place = self.listing.place.max(issues.iter().filter_map(|issue| self.place(issue)).max());
        self.turn_page(token);
        if self.ledger.is_some() {
            issues.iter().for_each(|issue| self.note(issue.number, &issue.key()));
            self.tell();
        }
        issues.iter().for_each(|issue| self.take_issue(batch, issue));
        self.tracker.done(batch);
        self.page_size = (self.page_size + 10).min(BULK as u32);
        Ok(())
    }

    fn turn_page(&mut self, token: Option<String>) {
        if self.listing.advance(token) == Turn::Check {
            self.check();
        }
    }

    /// What Jira warns of, it says in experimental form only; whether something is missing is looked into anyway.
    fn heed(&self, page: &IssuePage<'_>) {
        for warning in page.warnings.iter().flatten() {
            tracing::warn!("Jira warns about its search: {}", warning.get());
        }
    }

    fn take_issues(&mut self, batch: BatchId, ids: &[u64], again: u32, body: &str) -> Result<(), String> {
        let page = IssuePage::parse(body)?;
        let issues = page.issues.into_iter().map(Issue::read).collect::<Result<Vec<_>, _>>()?;
        let mut missing: HashSet<u64> = ids.iter().copied().collect();
        for issue in &issues {
            missing.remove(&issue.number);
            self.take_issue(batch, issue);
        }
        for id in page.errors.iter().flatten().filter_map(|error| error.id("id")?.parse().ok()) {
            if missing.remove(&id) {
                self.ask_again(batch, id, again);
            }
        }
        // Neither there nor in error: deleted or hidden since it was listed.
        let asked_again = self.plan.riders.iter().any(|rider| rider.absent.is_some());
        self.report.vanished(if asked_again { 0 } else { missing.len() as u64 });
        for rider in self.plan.riders.iter_mut().filter(|rider| rider.failed.is_none()) {
            missing.iter().for_each(|issue| rider.owe(*issue));
        }
        self.tracker.done(batch);
        if ids.len() >= self.batch_size {
            self.batch_size = (self.batch_size + 10).min(BULK);
        }
        Ok(())
    }

    /// Jira could not load one issue of many: alone it often can.
    fn ask_again(&mut self, batch: BatchId, id: u64, again: u32) {
        self.tracker.open(batch);
        if again < 3 {
            self.ready.push_back(Job::Issues { batch, ids: vec![id], again: again + 1 });
        } else {
            // The batch stays open, so no mark passes it.
            self.unread
                .push((id, Error::new(Kind::Server, "POST /rest/api/3/issue/bulkfetch", "listed under issueErrors")));
        }
    }

    fn take_issue(&mut self, batch: BatchId, issue: &Issue<'_>) {
        if self.ledger.is_some() {
            // It may have moved since it was listed.
            self.note(issue.number, &issue.key());
        }
        let mut went = 0;
        for at in 0..self.plan.riders.len() {
            if self.plan.riders[at].is_due(issue) {
                self.cut(at, batch, issue);
                went += 1;
            }
        }
        if let Some(ledger) = self.ledger {
            ledger.went(issue.number, went);
        }
        let settled = self.plan.started - self.plan.overlap;
        // Older ones cannot be in the overlap of the next scan.
        let recent = issue
            .updated
            .filter(|updated| self.plan.order == Order::Updated || *updated >= settled - 2 * self.plan.overlap);
        self.tracker.sent(batch, self.place(issue), recent.map(|updated| (issue.number, updated)));
    }

    /// An issue's place in the order of the scan, if it can be relied on.
    fn place(&self, issue: &Issue<'_>) -> Option<i64> {
        match self.plan.order {
            Order::Created => issue.created,
            // One that changed lately may have been listed at an older place: it says nothing about the order. The
            // overlap is how late the index may be.
            Order::Updated => issue.updated.filter(|updated| *updated < self.plan.started - self.plan.overlap),
            Order::Named => None,
        }
    }

    fn cut(&mut self, at: usize, batch: BatchId, issue: &Issue<'_>) {
        let rider = &self.plan.riders[at];
        let (out, name) = (self.out, rider.stream.name);
        match rider.cut {
            Cut::Issue => {
                for field in cut::issue(out, name, issue, &self.plan.expands, &self.plan.columns, self.plan.airbyte) {
                    self.report.misfit(name, field);
                }
            }
            Cut::Comments => {
                let list = Embedded::read(issue.fields.object("comment"), "comments");
                cut::children(out, name, &list, &issue.refers);
                self.rest_of_comments(batch, issue, &list).into_iter().for_each(|rest| rest.told = true);
            }
            Cut::DeletedComments => self.compare_all_comments(batch, issue),
            Cut::Worklogs => {
                let list = Embedded::read(issue.fields.object("worklog"), "worklogs");
                self.report.worklogs(list.total as u64);
                if list.is_whole() {
                    cut::children(out, name, &list, &issue.refers);
                } else {
                    if issue.updated.is_none_or(|updated| updated >= self.plan.started - FEED_LAG) {
                        self.fresh_worklogs.insert(issue.number);
                    }
                    self.tracker.postpone_worklogs(batch, issue.number, issue.key());
                }
            }
            Cut::Changelogs | Cut::Keys | Cut::DeletedAttachments => {
                let wanted = self.rider_of(Cut::DeletedAttachments).is_some();
                let attachments = if wanted { cut::attachments(issue) } else { BTreeSet::new() };
                let list = Embedded::read(issue.top.object("changelog"), "histories");
                if list.is_whole() {
                    let teller = Teller { id: &issue.refers.id, key: &issue.refers.key, attachments: &attachments };
                    for entry in &list.items {
                        told_by(rider.cut)(out, name, entry, &teller);
                    }
                } else if let Entry::Vacant(entry) = self.histories.entry(issue.number) {
                    // One request serves all streams.
                    entry.insert(History { batch, key: issue.refers.key.clone(), attachments });
                    self.tracker.open(batch);
                    self.histories_from.get_or_insert(batch);
                }
            }
            Cut::Transitions => {
                let refers = self.refers(&issue.refers);
                for raw in issue.top.list("transitions").unwrap_or_default() {
                    cut::dated_child(out, name, raw.get(), &refers);
                }
            }
            Cut::Votes => self.people(at, batch, issue, "votes", "votes", "voters"),
            Cut::Watchers => self.people(at, batch, issue, "watches", "watchCount", "watchers"),
            Cut::Properties => self.later(batch, |issue| Job::Properties { batch, issue }, issue),
            Cut::RemoteLinks => self.later(batch, |issue| Job::RemoteLinks { batch, issue }, issue),
            Cut::FeatureFlags => self.later(batch, |issue| Job::FeatureFlags { batch, issue }, issue),
            Cut::Attachments => {
                for raw in issue.fields.list("attachment").unwrap_or_default() {
                    cut::dated_child(out, name, raw.get(), &issue.refers);
                }
            }
            Cut::Links => cut::links(out, name, issue),
            Cut::Sprints => cut::sprints(out, name, issue, &self.plan.sprint_fields, &self.plan.sprint_extra),
        }
    }

    /// Votes and watchers: their people are asked for only where there are any.
    fn people(&mut self, at: usize, batch: BatchId, issue: &Issue<'_>, field: &str, count: &str, people: &str) {
        let Some(counts) = issue.fields.object(field) else { return };
        if counts.integer(count).unwrap_or(0) == 0 {
            cut::nobody(
                self.out,
                self.plan.riders[at].stream.name,
                issue.field(field),
                people,
                &self.refers(&issue.refers),
            );
        } else if self.plan.riders[at].cut == Cut::Votes {
            self.later(batch, |issue| Job::Votes { batch, issue }, issue);
        } else {
            self.later(batch, |issue| Job::Watchers { batch, issue }, issue);
        }
    }

    /// What a child that is asked for by itself says of its issue.
    fn refers<'i>(&self, issue: &'i IssueRef) -> Cow<'i, IssueRef> {
        if self.plan.airbyte { Cow::Owned(issue.by_key()) } else { Cow::Borrowed(issue) }
    }

    pub(super) fn later(&mut self, batch: BatchId, job: impl FnOnce(Arc<IssueRef>) -> Job, issue: &Issue<'_>) {
        self.tracker.open(batch);
        self.ready.push_back(job(Arc::new(issue.refers.clone())));
    }

    fn take_changelogs(&mut self, issues: &Arc<BTreeMap<u64, History>>, body: &str) -> Result<(), String> {
        let page = page::split(body, "issueChangeLogs")?;
        let mut entries = Vec::new();
        for raw in &page.records {
            let object = Object::parse(raw).map_err(|error| error.to_string())?;
            let number: u64 =
                object.id("issueId").and_then(|id| id.parse().ok()).ok_or("a changelog has no numeric issueId")?;
            entries.push((number, object.list("changeHistories").ok_or("a changelog has no changeHistories")?));
        }
        for at in TOLD.into_iter().filter_map(|cut| self.rider_of(cut)) {
            let rider = &self.plan.riders[at];
            for (number, histories) in &entries {
                let Some(History { key, attachments, .. }) = issues.get(number) else { continue };
                let teller = Teller { id: &splice::quoted(&number.to_string()), key, attachments };
                for raw in histories {
                    told_by(rider.cut)(self.out, rider.stream.name, raw.get(), &teller);
                }
            }
        }
        match page.next_token {
            Some(token) => self.ready.push_back(Job::Changelogs { issues: issues.clone(), token: Some(token) }),
            None => issues.values().for_each(|history| self.tracker.done(history.batch)),
        }
        Ok(())
    }

    fn take_one(&mut self, cut: Cut, batch: BatchId, issue: &IssueRef, body: &str) -> Result<(), String> {
        Object::parse(body).map_err(|error| error.to_string())?;
        if let Some(at) = self.rider_of(cut) {
            cut::dated_child(self.out, self.plan.riders[at].stream.name, body, &self.refers(issue));
        }
        self.tracker.done(batch);
        Ok(())
    }

    fn take_properties(&mut self, batch: BatchId, issue: &IssueRef, body: &str) -> Result<(), String> {
        let object = Object::parse(body).map_err(|error| error.to_string())?;
        if let Some(at) = self.rider_of(Cut::Properties) {
            let properties = object.object("properties").unwrap_or_default();
            cut::properties(self.out, self.plan.riders[at].stream.name, &properties, &self.refers(issue));
        }
        self.tracker.done(batch);
        Ok(())
    }

    fn take_list(&mut self, cut: Cut, batch: BatchId, issue: &IssueRef, records: &[Cow<'_, str>]) {
        if let Some(at) = self.rider_of(cut) {
            let refers = self.refers(issue);
            for raw in records {
                cut::dated_child(self.out, self.plan.riders[at].stream.name, raw, &refers);
            }
        }
        self.tracker.done(batch);
    }

    /// A request brought nothing usable: ask for less, list again, skip what is gone, end one stream, or end the scan.
    fn refused(&mut self, job: Job, error: Error) -> Result<(), Error> {
        if error.is_fatal() {
            return Err(error);
        }
        let shrinks = error.can_shrink() || error.kind == Kind::BadRequest;
        match job {
            Job::Issues { batch, ids, again } if shrinks && ids.len() > 1 => {
                self.batch_size = (ids.len() / 2).max(1);
                let (left, right) = ids.split_at(ids.len() / 2);
                self.tracker.open(batch);
                for half in [right, left] {
                    self.ready.push_front(Job::Issues { batch, ids: half.to_vec(), again });
                }
                Ok(())
            }
            Job::Issues { ids, .. } if shrinks && self.unread.len() < UNREAD => {
                self.unread.extend(ids.into_iter().map(|id| (id, error.clone())));
                Ok(())
            }
            Job::Page { size, batch, jql, token } if error.can_shrink() && size > 1 => {
                self.page_size = size / 2;
                self.ready.push_front(Job::Page { batch, jql, token, size: size / 2 });
                Ok(())
            }
            Job::Ids { token: Some(_), .. } | Job::Page { token: Some(_), .. } if error.kind == Kind::BadRequest => {
                if let Job::Page { batch, .. } = job {
                    self.tracker.done(batch);
                }
                if self.listing.lost() == Turn::Check {
                    self.check();
                }
                Ok(())
            }
            Job::Ids { .. } | Job::Page { .. } | Job::Issues { .. } => Err(error),
            Job::Changelogs { issues, token } if error.can_shrink() && issues.len() > 1 && token.is_none() => {
                let mut left = (*issues).clone();
                let right =
                    left.keys().nth(left.len() / 2).copied().map(|middle| left.split_off(&middle)).unwrap_or_default();
                for half in [right, left] {
                    self.ready.push_front(Job::Changelogs { issues: Arc::new(half), token: None });
                }
                Ok(())
            }
            Job::Changelogs { issues, .. } => {
                debug_assert!(issues.len() <= HISTORIES);
                for cut in TOLD {
                    self.refused_child(cut, Vec::new(), error.clone())?;
                }
                issues.values().for_each(|history| self.tracker.done(history.batch));
                Ok(())
            }
            // Its comments can't be gone without it.
            Job::Comments { batch, issue, .. } if error.kind == Kind::NotFound => {
                self.ready.push_back(Job::Still { batch, issue, error });
                Ok(())
            }
            Job::Comments { batch, issue, .. } | Job::Still { batch, issue, .. } => {
                self.refused_comments(batch, &issue, &error);
                Ok(())
            }
            Job::Missing { comments } => {
                self.refused_missing(&comments, error);
                Ok(())
            }
            Job::Votes { batch, issue } => self.refused_or_gone(Cut::Votes, batch, &issue, error),
            Job::Watchers { batch, issue } => self.refused_or_gone(Cut::Watchers, batch, &issue, error),
            Job::Properties { batch, issue } => self.refused_or_gone(Cut::Properties, batch, &issue, error),
            Job::RemoteLinks { batch, issue } => self.refused_or_gone(Cut::RemoteLinks, batch, &issue, error),
            Job::FeatureFlags { batch, issue } => {
                // That the site has them is known; some projects may keep theirs to themselves.
                let kind = if error.kind == Kind::Forbidden { Kind::NotFound } else { error.kind };
                self.refused_or_gone(Cut::FeatureFlags, batch, &issue, Error { kind, ..error })
            }
        }
    }

    pub(super) fn left_out(&mut self, rider: usize, issue: u64) {
        let rider = &mut self.plan.riders[rider];
        rider.owe(issue);
        self.report.skip(rider.stream.name, &codes::ISSUE_GONE);
    }

    /// What is asked of one issue is not found where the issue is gone, or where the site has it switched off.
    fn refused_or_gone(&mut self, cut: Cut, batch: BatchId, issue: &IssueRef, error: Error) -> Result<(), Error> {
        if error.kind != Kind::NotFound {
            return self.refused_child(cut, vec![batch], error);
        }
        if let Some(at) = self.rider_of(cut) {
            self.left_out(at, issue.number);
        }
        self.tracker.done(batch);
        Ok(())
    }

    /// Ends the stream. A bulk read answers without what is gone, so 404 is no answer to it either.
    fn refused_child(&mut self, cut: Cut, batches: Vec<BatchId>, error: Error) -> Result<(), Error> {
        if let Some(at) = self.rider_of(cut) {
            self.fail(at, error.into());
        }
        batches.into_iter().for_each(|batch| self.tracker.done(batch));
        Ok(())
    }
}
