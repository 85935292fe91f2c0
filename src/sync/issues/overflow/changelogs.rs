//! Changelogs that did not fit their issues' pages: fetched in bulk, once for all streams that read them.

use crate::{
    client::Error,
    jira::{
        bulk,
        issue::{Embedded, Issue},
        paginator::{PageCursor, PageSigns},
    },
    record::{Object, page, splice},
    sync::issues::{
        extract::{Extraction, FromChangelog, HistoryContext},
        request::{History, ScanRequest},
        watermark::BatchId,
        work::{Streams, Work},
    },
};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

/// Batches that may wait for the changelogs of a few of their issues, so that one request serves many.
const WAITING: u64 = 32;

#[derive(Default)]
pub(crate) struct ChangelogOverflow {
    waiting: BTreeMap<u64, History>,
    /// The batch of the first of them.
    first: Option<BatchId>,
}

impl ChangelogOverflow {
    /// Writes the records of one stream from an issue's changelog, or remembers the issue for later.
    pub(crate) fn handle_issue(
        &mut self,
        at: usize,
        from: &FromChangelog,
        batch: BatchId,
        issue: &Issue<'_>,
        streams: &Streams<'_>,
        work: &mut Work,
    ) {
        let Ok(remembered) = from.remember.map(|remember| remember(issue)).transpose() else {
            streams.extract(at, |sink| sink.unknown_shape());
            return;
        };
        let remembered = remembered.unwrap_or_default();
        let list = Embedded::read(&issue.top, "changelog", "histories");
        if list.is_whole() {
            let context = HistoryContext { id: &issue.refers.id, key: &issue.refers.key, remembered: &remembered };
            streams.extract(at, |sink| {
                for raw in &list.items {
                    match Object::parse(raw) {
                        Ok(entry) => (from.entry)(raw, &entry, &context, sink),
                        Err(_) => sink.unknown_shape(),
                    }
                }
            });
            return;
        }
        let history = match self.waiting.entry(issue.number) {
            Entry::Occupied(entry) => entry.into_mut(),
            // One request serves all streams.
            Entry::Vacant(entry) => {
                work.watermark.open(batch);
                self.first.get_or_insert(batch);
                entry.insert(History { batch, issue: issue.refers.clone(), remembered: BTreeMap::new() })
            }
        };
        if !remembered.is_empty() {
            history.remembered.insert(streams.list[at].stream.name, remembered);
        }
    }

    /// Whether enough issues wait for a request, or the first of them long enough; `begun` batches are under way or done.
    pub(crate) fn is_due(&self, begun: u64) -> bool {
        self.waiting.len() >= bulk::CHANGELOGS || self.first.is_some_and(|first| begun > first + WAITING)
    }

    /// The request for what waits.
    pub(crate) fn request(&mut self) -> Option<ScanRequest> {
        let rest = match self.waiting.keys().nth(bulk::CHANGELOGS).copied() {
            Some(first) => self.waiting.split_off(&first),
            None => BTreeMap::new(),
        };
        let issues = std::mem::replace(&mut self.waiting, rest);
        self.first = self.waiting.values().map(|history| history.batch).min();
        (!issues.is_empty()).then(|| changelogs(issues))
    }
}

fn changelogs(issues: BTreeMap<u64, History>) -> ScanRequest {
    let cursor = bulk::changelogs(issues.keys().copied());
    ScanRequest::Changelogs { issues: Arc::new(issues), cursor, shown: BTreeSet::new() }
}

/// Writes the records of a page. An issue that no page shows is missing: each has more entries than its own page had.
pub(in crate::sync::issues) fn handle_page(
    issues: &Arc<BTreeMap<u64, History>>,
    (mut cursor, mut shown): (PageCursor, BTreeSet<u64>),
    body: &str,
    streams: &mut Streams<'_>,
    work: &mut Work,
) -> Result<(), String> {
    let page = page::split(body, "issueChangeLogs")?;
    let mut histories: Vec<(u64, Vec<&RawValue>)> = Vec::new();
    for raw in &page.records {
        let object = Object::parse(raw).map_err(|error| error.to_string())?;
        let number: u64 =
            object.id("issueId").and_then(|id| id.parse().ok()).ok_or("a changelog has no numeric issueId")?;
        histories.push((number, object.list("changeHistories").ok_or("a changelog has no changeHistories")?));
    }
    cursor.advance(&PageSigns::of(&page)).map_err(|fault| fault.to_string())?;
    let nothing = BTreeSet::new();
    for at in streams.changelogs() {
        let Extraction::Changelog(from) = &streams.list[at].extractor.extraction else { continue };
        streams.extract(at, |sink| {
            for (number, entries) in &histories {
                let Some(history) = issues.get(number) else { continue };
                let remembered = history.remembered.get(streams.list[at].stream.name).unwrap_or(&nothing);
                let id = splice::quoted(&number.to_string());
                let context = HistoryContext { id: &id, key: &history.issue.key, remembered };
                for raw in entries {
                    (from.entry)(raw.get(), &Object::parse(raw.get()).unwrap_or_default(), &context, sink);
                }
            }
        });
    }
    shown.extend(histories.iter().map(|(number, _)| number));
    if !cursor.is_done() {
        work.ready.push_back(ScanRequest::Changelogs { issues: Arc::clone(issues), cursor, shown });
        return Ok(());
    }
    for (number, history) in issues.iter() {
        for at in streams.changelogs().into_iter().filter(|_| !shown.contains(number)) {
            streams.missing(at, &history.issue);
        }
        work.watermark.done(history.batch);
    }
    Ok(())
}

/// Asks in halves for what was too much, or ends the streams that read changelogs.
pub(in crate::sync::issues) fn handle_refusal(
    issues: &Arc<BTreeMap<u64, History>>,
    cursor: &PageCursor,
    error: Error,
    streams: &mut Streams<'_>,
    work: &mut Work,
) {
    if error.can_shrink() && issues.len() > 1 && !cursor.has_token() {
        let mut left = (**issues).clone();
        let middle = left.keys().nth(left.len() / 2).copied();
        let right = middle.map(|middle| left.split_off(&middle)).unwrap_or_default();
        work.ready.push_front(changelogs(right));
        work.ready.push_front(changelogs(left));
        return;
    }
    for at in streams.changelogs() {
        streams.fail(at, error.clone().into());
    }
    issues.values().for_each(|history| work.watermark.done(history.batch));
}
