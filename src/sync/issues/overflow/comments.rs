//! The comments of an issue that its page left out, and those that the issue had and does not show any more.

use crate::{
    client::{Error, Request},
    jira::{
        bulk,
        issue::{Embedded, Issue, IssueRef},
        paginator::{List, PageCursor, PageSigns, Paging},
    },
    record::{Object, page},
    sync::issues::{
        extract::{DeletedComment, Extraction},
        request::{COMMENTS_ASKED, MissingComment, ScanRequest, witnesses},
        watermark::BatchId,
        work::{Streams, Work},
    },
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map},
    sync::Arc,
};

const PAGE: i64 = 100;
/// Batches that may wait for the answer about a few missing comments, so that one request serves many.
const WAITING: u64 = 32;

/// The comments of an issue that its page left out, while they are being fetched.
#[derive(Debug, Default)]
struct Rest {
    /// Requests that are outstanding.
    open: u32,
    /// `issue_comments` wants them.
    is_sent: bool,
    /// Those known so far, if `deleted_comments` compares them.
    shown: Option<BTreeSet<u64>>,
}

/// The comments that a pass waits for.
#[derive(Debug, Default)]
pub(crate) struct CommentOverflow {
    rests: HashMap<(BatchId, u64), Rest>,
    missing: BTreeMap<u64, MissingComment>,
    /// The batch of the first of them.
    first_missing: Option<BatchId>,
}

impl CommentOverflow {
    /// Writes the comments that the page has, and requests the others.
    pub(crate) fn handle_issue(
        &mut self,
        at: usize,
        batch: BatchId,
        issue: &Issue<'_>,
        streams: &Streams<'_>,
        work: &mut Work,
    ) {
        let list = Embedded::read(&issue.fields, "comment", "comments");
        write(at, list.items.iter().copied(), &issue.refers, streams);
        if let Some(rest) = self.rest(batch, issue, &list, work) {
            rest.is_sent = true;
        }
    }

    /// Compares an issue's comments with those it had, once all of them are known.
    pub(crate) fn compare_issue(
        &mut self,
        batch: BatchId,
        issue: &Issue<'_>,
        streams: &mut Streams<'_>,
        work: &mut Work,
    ) {
        let list = Embedded::read(&issue.fields, "comment", "comments");
        let shown = ids(list.items.iter().copied());
        remember(issue.number, &shown, streams);
        match self.rest(batch, issue, &list, work) {
            Some(rest) => rest.shown = Some(shown),
            None => self.compare(batch, &issue.refers, &shown, streams, work),
        }
    }

    /// Requests what an issue's page left out of its comments: once, whoever wants them. `None` if that is nothing.
    fn rest(&mut self, batch: BatchId, issue: &Issue<'_>, list: &Embedded<'_>, work: &mut Work) -> Option<&mut Rest> {
        if list.is_whole() != cfg!(mutant = "embedded_lists_are_taken_for_whole") {
            return None;
        }
        let key = (batch, issue.number);
        if let hash_map::Entry::Vacant(entry) = self.rests.entry(key) {
            let rest = entry.insert(Rest::default());
            let after = list.start + list.items.len() as i64;
            for (start, end) in [(0, list.start), (after, list.total)].into_iter().filter(|(start, end)| start < end) {
                work.add(batch, issue, |issue| ScanRequest::Comments {
                    batch,
                    cursor: pages(issue.number, start, end),
                    issue,
                    end,
                });
                rest.open += 1;
            }
        }
        self.rests.get_mut(&key)
    }

    pub(crate) fn handle_page(
        &mut self,
        (batch, issue): (BatchId, &Arc<IssueRef>),
        (mut cursor, end): (PageCursor, i64),
        body: &str,
        streams: &mut Streams<'_>,
        work: &mut Work,
    ) -> Result<(), String> {
        let page = page::split(body, "comments")?;
        let key = (batch, issue.number);
        let Some(rest) = self.rests.get_mut(&key) else {
            // Another page of them has failed.
            work.watermark.done(batch);
            return Ok(());
        };
        cursor.advance(&PageSigns::of(&page)).map_err(|fault| fault.to_string())?;
        let is_sent = rest.is_sent;
        if let Some(shown) = &mut rest.shown {
            let more = ids(page.records.iter().map(Cow::as_ref));
            shown.extend(&more);
            remember(issue.number, &more, streams);
        }
        if let (true, Some(at)) = (is_sent, streams.comments()) {
            write(at, page.records.iter().map(Cow::as_ref), issue, streams);
        }
        if !cursor.is_done() && cursor.start < end {
            cursor.size = (end - cursor.start).clamp(1, PAGE) as u32;
            work.ready.push_back(ScanRequest::Comments { batch, issue: Arc::clone(issue), cursor, end });
            return Ok(());
        }
        if let hash_map::Entry::Occupied(mut entry) = self.rests.entry(key) {
            entry.get_mut().open -= 1;
            if entry.get().open == 0
                && let Some(shown) = entry.remove().shown
            {
                self.compare(batch, issue, &shown, streams, work);
            }
        }
        work.watermark.done(batch);
        Ok(())
    }

    /// Collects the comments that an issue had and does not show. They stay remembered until it is clear what became of them.
    fn compare(
        &mut self,
        batch: BatchId,
        issue: &IssueRef,
        shown: &BTreeSet<u64>,
        streams: &Streams<'_>,
        work: &mut Work,
    ) {
        let Some(at) = streams.deleted_comments() else { return };
        let stream = &streams.list[at];
        let Some(remembered) = &stream.state.comments else { return };
        let missing: Vec<u64> = remembered.of(issue.number).iter().filter(|id| !shown.contains(id)).copied().collect();
        let (last_seen_at, witness) = (stream.children_seen_at(), shown.last().copied());
        let issue = Arc::new(issue.clone());
        for id in missing {
            work.watermark.open(batch);
            self.first_missing.get_or_insert(batch);
            match self.missing.entry(id) {
                btree_map::Entry::Occupied(mut entry) => entry.get_mut().batches.push(batch),
                btree_map::Entry::Vacant(entry) => {
                    let issue = Arc::clone(&issue);
                    entry.insert(MissingComment { batches: vec![batch], issue, last_seen_at, witness });
                }
            }
        }
    }

    /// Whether enough comments are missing for a request, or the first of them long enough; `begun` batches are under way or
    /// done.
    pub(crate) fn is_due(&self, begun: u64) -> bool {
        self.missing.len() >= COMMENTS_ASKED || self.first_missing.is_some_and(|first| begun > first + WAITING)
    }

    /// Asks once more for missing comments.
    pub(crate) fn request(&mut self) -> Option<ScanRequest> {
        let rest = match self.missing.keys().nth(COMMENTS_ASKED).copied() {
            Some(first) => self.missing.split_off(&first),
            None => BTreeMap::new(),
        };
        let comments = std::mem::replace(&mut self.missing, rest);
        self.first_missing = self.missing.values().flat_map(|missing| &missing.batches).min().copied();
        (!comments.is_empty()).then(|| ScanRequest::CommentsExist(Arc::new(comments)))
    }

    /// The issue whose comments Jira did not find: missing itself, or it exists, and then they can't be read.
    pub(crate) fn handle_existence(
        &mut self,
        (batch, issue): (BatchId, &IssueRef),
        error: &Error,
        body: &str,
        streams: &mut Streams<'_>,
        work: &mut Work,
    ) -> Result<(), String> {
        if bulk::exists(body)? {
            self.handle_refusal(batch, issue, error, streams, work);
            return Ok(());
        }
        for at in self.abandon(batch, issue, streams, work) {
            streams.missing(at, issue);
        }
        Ok(())
    }

    /// Ends the streams that wait for comments which can't be read.
    pub(crate) fn handle_refusal(
        &mut self,
        batch: BatchId,
        issue: &IssueRef,
        error: &Error,
        streams: &mut Streams<'_>,
        work: &mut Work,
    ) {
        for at in self.abandon(batch, issue, streams, work) {
            streams.fail(at, error.clone().into());
        }
    }

    /// Waits no more for the comments of an issue. Returns the streams that did.
    pub(crate) fn abandon(
        &mut self,
        batch: BatchId,
        issue: &IssueRef,
        streams: &Streams<'_>,
        work: &mut Work,
    ) -> Vec<usize> {
        work.watermark.done(batch);
        let rest = self.rests.remove(&(batch, issue.number)).unwrap_or_default();
        let compares = streams.deleted_comments().filter(|_| rest.shown.is_some());
        let sends = streams.comments().filter(|_| rest.is_sent);
        compares.into_iter().chain(sends).collect()
    }
}

fn pages(issue: u64, start: i64, end: i64) -> PageCursor {
    let request = Request::get("/rest/api/3/issue/{id}/comment", &[&issue.to_string()]).query("orderBy", "created");
    let size = (end - start).clamp(1, PAGE);
    PageCursor::new(List::Get(request), Paging::START_AT, size as u32).starting_at(start)
}

fn write<'a>(at: usize, comments: impl Iterator<Item = &'a str>, issue: &IssueRef, streams: &Streams<'_>) {
    let Extraction::Comments(extract) = &streams.list[at].extractor.extraction else { return };
    streams.extract(at, |sink| comments.for_each(|raw| extract(raw, issue, sink)));
}

/// Remembers comments before they are sent.
fn remember(issue: u64, shown: &BTreeSet<u64>, streams: &mut Streams<'_>) {
    if let Some(at) = streams.deleted_comments()
        && let Some(remembered) = &mut streams.list[at].state.comments
    {
        remembered.add(issue, shown);
    }
}

/// The IDs of comments; one without a numeric ID can't be remembered.
fn ids<'a>(comments: impl IntoIterator<Item = &'a str>) -> BTreeSet<u64> {
    let id = |raw: &str| Object::parse(raw).ok()?.id("id")?.parse().ok();
    comments.into_iter().filter_map(id).collect()
}

/// Reports which of the missing comments are deleted. `date` is the server's clock, epoch milliseconds.
pub(in crate::sync::issues) fn handle_missing(
    comments: &BTreeMap<u64, MissingComment>,
    (date, started): (Option<i64>, i64),
    body: &str,
    streams: &mut Streams<'_>,
    work: &mut Work,
) -> Result<(), String> {
    let page = page::split(body, "values")?;
    if page.is_last == Some(false) || page.total.is_some_and(|total| total > page.records.len() as i64) {
        return Err("it holds fewer comments than it counts".to_owned());
    }
    let existing = ids(page.records.iter().map(Cow::as_ref));
    let witnesses = witnesses(comments);
    if !witnesses.is_empty() && witnesses.is_disjoint(&existing) {
        return Err("it does not even hold comments that issues have just shown".to_owned());
    }
    // The server's clock has seconds only.
    let detected_at = date.unwrap_or_default().max(started) + 1_000;
    for (id, missing) in comments.iter().filter(|(id, _)| !existing.contains(id)) {
        let Some(at) = streams.deleted_comments() else { break };
        let Extraction::DeletedComments(extract) = &streams.list[at].extractor.extraction else { break };
        let issue = &*missing.issue;
        let comment = DeletedComment { id: *id, issue, last_seen_at: missing.last_seen_at, detected_at };
        streams.extract(at, |sink| extract(&comment, sink));
        if let Some(remembered) = &mut streams.list[at].state.comments {
            remembered.remove(issue.number, *id);
        }
    }
    close(comments, work);
    Ok(())
}

/// What could not be asked is asked in halves, down to one; then nothing is known about it.
pub(in crate::sync::issues) fn handle_missing_refusal(
    comments: &Arc<BTreeMap<u64, MissingComment>>,
    error: Error,
    streams: &mut Streams<'_>,
    work: &mut Work,
) {
    match streams.deleted_comments() {
        Some(_) if error.can_shrink() && comments.len() > 1 => {
            let mut left = (**comments).clone();
            let middle = left.keys().nth(left.len() / 2).copied();
            let right = middle.map(|middle| left.split_off(&middle)).unwrap_or_default();
            for half in [right, left] {
                work.ready.push_front(ScanRequest::CommentsExist(Arc::new(half)));
            }
            return;
        }
        Some(at) => streams.fail(at, error.into()),
        None => {}
    }
    close(comments, work);
}

pub(in crate::sync::issues) fn close(comments: &BTreeMap<u64, MissingComment>, work: &mut Work) {
    comments.values().flat_map(|missing| &missing.batches).for_each(|batch| work.watermark.done(*batch));
}
