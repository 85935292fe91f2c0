//! The comments of an issue that its page left out, and those that the issue had and does not show any more.

use super::{
    BatchId, Job, STATE_RECORDS, Scan, WAITING, cut,
    issue::{Embedded, Issue, IssueRef},
    job,
};
use crate::{
    client::{Error, Read, Request},
    record::{Object, page, splice, time},
    streams::Cut,
};
use serde_json::json;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map},
    sync::Arc,
};

/// Missing comments a request asks for. It takes 1,000 ids (Jira REST v3: "Get comments by IDs"); the others are witnesses.
const ASKED: usize = 900;
const WITNESSES: usize = 100;

/// The comments of an issue that its page left out, on their way.
#[derive(Debug, Default)]
pub struct Rest {
    /// Requests that are outstanding.
    open: u32,
    /// They are sent.
    pub told: bool,
    /// Those known so far, if they are compared.
    shown: Option<BTreeSet<u64>>,
}

/// A comment that its issue does not show any more.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The batches that wait for the answer.
    batches: Vec<BatchId>,
    issue: Arc<IssueRef>,
    /// It was there at this time.
    after: Option<i64>,
    /// A comment that the issue shows.
    witness: Option<u64>,
}

/// The comments that a scan waits for.
#[derive(Debug, Default)]
pub struct Comments {
    rests: HashMap<(BatchId, u64), Rest>,
    missing: BTreeMap<u64, Missing>,
    /// The batch of the first of them.
    missing_from: Option<BatchId>,
}

impl Comments {
    /// Whether enough are missing for a request, or the first of them long enough; `begun` batches are under way or done.
    pub fn wait_too_long(&self, begun: u64) -> bool {
        self.missing.len() >= ASKED || self.missing_from.is_some_and(|first| begun > first + WAITING)
    }

    /// Asks for missing comments once more.
    pub fn ask(&mut self) -> Option<Job> {
        let rest = match self.missing.keys().nth(ASKED).copied() {
            Some(first) => self.missing.split_off(&first),
            None => BTreeMap::new(),
        };
        let comments = std::mem::replace(&mut self.missing, rest);
        self.missing_from = self.missing.values().flat_map(|missing| &missing.batches).min().copied();
        (!comments.is_empty()).then(|| Job::Missing { comments: Arc::new(comments) })
    }
}

/// Bulk reads leave out what is gone or hidden. If even what issues have just shown is not there, that means nothing.
pub fn request(comments: &BTreeMap<u64, Missing>) -> Request {
    let ids: Vec<u64> = comments.keys().copied().chain(witnesses(comments)).collect();
    Request::post(Read::CommentList, &json!({"ids": ids})).tries(if comments.len() > 1 { 2 } else { 5 })
}

fn witnesses(comments: &BTreeMap<u64, Missing>) -> BTreeSet<u64> {
    comments.values().filter_map(|missing| missing.witness).take(WITNESSES).collect()
}

/// The ids of comments; one without a numeric id can't be remembered.
fn ids<'a>(comments: impl IntoIterator<Item = &'a str>) -> BTreeSet<u64> {
    let id = |raw: &str| Object::parse(raw).ok()?.id("id")?.parse().ok();
    comments.into_iter().filter_map(id).collect()
}

impl Scan<'_> {
    /// Asks for what an issue's page left out of its comments: once, whoever wants them. None if that is nothing.
    pub(super) fn rest_of_comments(
        &mut self,
        batch: BatchId,
        issue: &Issue<'_>,
        list: &Embedded<'_>,
    ) -> Option<&mut Rest> {
        if list.is_whole() {
            return None;
        }
        let key = (batch, issue.number);
        if let hash_map::Entry::Vacant(entry) = self.comments.rests.entry(key) {
            entry.insert(Rest::default());
            let behind = list.start + list.items.len() as i64;
            for (start, end) in [(0, list.start), (behind, list.total)].into_iter().filter(|(start, end)| start < end) {
                self.later(batch, |issue| Job::Comments { batch, issue, start, end }, issue);
                self.comments.rests.entry(key).and_modify(|rest| rest.open += 1);
            }
        }
        self.comments.rests.get_mut(&key)
    }

    /// Compares an issue's comments with those it had, once all of them are known.
    pub(super) fn compare_all_comments(&mut self, batch: BatchId, issue: &Issue<'_>) {
        let list = Embedded::read(issue.fields.object("comment"), "comments");
        let shown = ids(list.items.iter().copied());
        self.remember(issue.number, &shown);
        match self.rest_of_comments(batch, issue, &list) {
            Some(rest) => rest.shown = Some(shown),
            None => self.compare_comments(batch, &issue.refers, shown),
        }
    }

    pub(super) fn take_comments(
        &mut self,
        batch: BatchId,
        issue: &Arc<IssueRef>,
        start: i64,
        end: i64,
        body: &str,
    ) -> Result<(), String> {
        let page = page::split(body, "comments")?;
        let key = (batch, issue.number);
        let Some(rest) = self.comments.rests.get_mut(&key) else {
            // Another page of them has failed.
            self.tracker.done(batch);
            return Ok(());
        };
        let told = rest.told;
        if let Some(shown) = &mut rest.shown {
            let more = ids(page.records.iter().map(Cow::as_ref));
            shown.extend(&more);
            self.remember(issue.number, &more);
        }
        if let (true, Some(at)) = (told, self.rider_of(Cut::Comments)) {
            let rider = &self.plan.riders[at];
            for raw in &page.records {
                cut::child(self.out, rider.stream.name, raw, issue);
            }
        }
        let next = start + page.records.len() as i64;
        if !page.records.is_empty() && next < end {
            self.ready.push_back(Job::Comments { batch, issue: issue.clone(), start: next, end });
            return Ok(());
        }
        if let hash_map::Entry::Occupied(mut entry) = self.comments.rests.entry(key) {
            entry.get_mut().open -= 1;
            if entry.get().open == 0
                && let Some(shown) = entry.remove().shown
            {
                self.compare_comments(batch, issue, shown);
            }
        }
        self.tracker.done(batch);
        Ok(())
    }

    /// Remembers comments before they are sent.
    fn remember(&mut self, issue: u64, shown: &BTreeSet<u64>) {
        if let Some(at) = self.rider_of(Cut::DeletedComments)
            && let Some(known) = &mut self.plan.riders[at].state.comments
        {
            known.add(issue, shown);
        }
    }

    /// Looks for the comments that an issue had and does not show. They stay known until it is clear what became of them.
    fn compare_comments(&mut self, batch: BatchId, issue: &IssueRef, shown: BTreeSet<u64>) {
        let Some(at) = self.rider_of(Cut::DeletedComments) else { return };
        let after = self.plan.riders[at].remembered_from();
        let Some(known) = &self.plan.riders[at].state.comments else { return };
        let missing: Vec<u64> = known.of(issue.number).iter().filter(|id| !shown.contains(id)).copied().collect();
        let (witness, issue) = (shown.last().copied(), Arc::new(issue.clone()));
        for id in missing {
            self.tracker.open(batch);
            self.comments.missing_from.get_or_insert(batch);
            match self.comments.missing.entry(id) {
                btree_map::Entry::Occupied(mut entry) => entry.get_mut().batches.push(batch),
                btree_map::Entry::Vacant(entry) => {
                    entry.insert(Missing { batches: vec![batch], issue: issue.clone(), after, witness });
                }
            }
        }
    }

    /// Tells which of the missing comments are gone.
    pub(super) fn take_missing(
        &mut self,
        comments: &BTreeMap<u64, Missing>,
        date: Option<i64>,
        body: &str,
    ) -> Result<(), String> {
        let page = page::split(body, "values")?;
        if page.is_last == Some(false) || page.total.is_some_and(|total| total > page.records.len() as i64) {
            return Err("it holds fewer comments than it counts".to_owned());
        }
        let there = ids(page.records.iter().map(Cow::as_ref));
        let witnesses = witnesses(comments);
        if !witnesses.is_empty() && witnesses.is_disjoint(&there) {
            return Err("it does not even hold comments that issues have just shown".to_owned());
        }
        // The server's clock has seconds only.
        let before = date.unwrap_or_default().max(self.plan.started) + 1_000;
        for (id, missing) in comments {
            if !there.contains(id) {
                self.tell_missing(*id, missing, before);
            }
        }
        self.close_missing(comments);
        Ok(())
    }

    fn tell_missing(&mut self, id: u64, missing: &Missing, before: i64) {
        let Some(at) = self.rider_of(Cut::DeletedComments) else { return };
        let rider = &mut self.plan.riders[at];
        let moment = |at: i64| splice::quoted(&time::format(at));
        let members = [
            ("id", &*splice::quoted(&id.to_string())),
            ("issueId", &missing.issue.id),
            ("issueKey", &missing.issue.key),
            ("goneAfter", &missing.after.map_or_else(|| "null".to_owned(), moment)),
            ("goneBefore", &moment(before)),
            ("evidence", "\"comparison\""),
        ];
        cut::made(self.out, rider.stream.name, &members);
        if let Some(known) = &mut rider.state.comments {
            known.remove(missing.issue.number, id);
        }
    }

    fn close_missing(&mut self, comments: &BTreeMap<u64, Missing>) {
        comments.values().flat_map(|missing| &missing.batches).for_each(|batch| self.tracker.done(*batch));
    }

    /// The issue whose comments Jira did not find: gone itself, or there, and then they are missing.
    pub(super) fn take_still(
        &mut self,
        batch: BatchId,
        issue: &IssueRef,
        error: &Error,
        body: &str,
    ) -> Result<(), String> {
        if job::is_there(body)? {
            self.refused_comments(batch, issue, error);
            return Ok(());
        }
        for at in self.leave_comments(batch, issue) {
            self.left_out(at, issue.number);
        }
        Ok(())
    }

    /// Ends the streams that wait for comments which can't be read.
    pub(super) fn refused_comments(&mut self, batch: BatchId, issue: &IssueRef, error: &Error) {
        for at in self.leave_comments(batch, issue) {
            self.fail(at, error.clone().into());
        }
    }

    /// Waits no more for the comments of an issue. Returns the streams that did.
    fn leave_comments(&mut self, batch: BatchId, issue: &IssueRef) -> Vec<usize> {
        self.tracker.done(batch);
        let rest = self.comments.rests.remove(&(batch, issue.number)).unwrap_or_default();
        let wanted = [(Cut::DeletedComments, rest.shown.is_some()), (Cut::Comments, rest.told)];
        wanted.into_iter().filter(|(_, wants)| *wants).filter_map(|(cut, _)| self.rider_of(cut)).collect()
    }

    /// What could not be asked is asked for in halves, down to one; then nothing is known about it.
    pub(super) fn refused_missing(&mut self, comments: &Arc<BTreeMap<u64, Missing>>, error: Error) {
        match self.rider_of(Cut::DeletedComments) {
            Some(_) if error.can_shrink() && comments.len() > 1 => {
                let mut left = (**comments).clone();
                let middle = left.keys().nth(left.len() / 2).copied();
                let right = middle.map(|middle| left.split_off(&middle)).unwrap_or_default();
                for half in [right, left] {
                    self.ready.push_front(Job::Missing { comments: Arc::new(half) });
                }
                return;
            }
            Some(at) => self.fail(at, error.into()),
            None => {}
        }
        self.close_missing(comments);
    }

    /// Whether a STATE is due of the comments. What remembers them has its STATE at the same time, so they are the rarer the
    /// more is remembered.
    pub(super) fn comments_are_due(&self) -> bool {
        let riders = [Cut::Comments, Cut::DeletedComments].into_iter().filter_map(|cut| self.rider_of(cut));
        let riders: Vec<_> = riders.map(|at| &self.plan.riders[at]).collect();
        let remembered =
            riders.iter().filter_map(|rider| rider.state.comments.as_ref()).map(|known| known.len() as u64);
        let most = STATE_RECORDS.max(remembered.sum::<u64>() / 8);
        riders.iter().map(|rider| self.out.since_state(rider.stream.name)).sum::<u64>() >= most
    }

    /// What the stream of comments says it has sent must be known before.
    pub(super) fn tell_remembered(&self) {
        if let Some(at) = self.rider_of(Cut::DeletedComments) {
            let rider = &self.plan.riders[at];
            self.out.state(rider.stream.name, rider.state.to_json());
        }
    }
}
