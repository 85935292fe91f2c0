//! What every part of a pass shares: the streams, the watermark, and the requests that are ready to be sent.

use super::{
    extract::{ExtractContext, Extraction, Sink},
    request::ScanRequest,
    stream::ScanStream,
    watermark::{BatchId, Finished, Watermark},
};
use crate::{
    codes::{self, Code},
    jira::issue::{Issue, IssueRef},
    output::Output,
    protocol::Failure,
    state::Body,
    sync::report::Report,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// The streams of a pass, and where their records go.
pub(super) struct Streams<'a> {
    pub out: &'a Output,
    pub report: &'a Report,
    pub context: ExtractContext,
    /// IDs of the projects that were archived when the run began, by their keys.
    pub archived: Arc<BTreeMap<String, u64>>,
    pub list: Vec<ScanStream>,
}

impl Streams<'_> {
    /// Places of the streams that are still read.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> + use<> {
        let open: Vec<usize> = (0..self.list.len()).filter(|at| self.list[*at].failed.is_none()).collect();
        open.into_iter()
    }

    /// The place of the open stream whose records come out of issues in this way.
    pub(super) fn find(&self, is: impl Fn(&Extraction) -> bool) -> Option<usize> {
        self.open().find(|at| is(&self.list[*at].extractor.extraction))
    }

    pub(super) fn comments(&self) -> Option<usize> {
        self.find(|extraction| matches!(extraction, Extraction::Comments(_)))
    }

    pub(super) fn deleted_comments(&self) -> Option<usize> {
        self.find(|extraction| matches!(extraction, Extraction::DeletedComments(_)))
    }

    pub(super) fn worklogs(&self) -> Option<usize> {
        self.find(|extraction| matches!(extraction, Extraction::Worklogs(_)))
    }

    /// Places of the open streams that read changelogs.
    pub(super) fn changelogs(&self) -> Vec<usize> {
        self.open().filter(|at| matches!(self.list[*at].extractor.extraction, Extraction::Changelog(_))).collect()
    }

    /// Whether an open stream needs the reply: one that failed asks for nothing more.
    pub(super) fn want(&self, request: &ScanRequest) -> bool {
        match request {
            ScanRequest::Ids(_)
            | ScanRequest::Page { .. }
            | ScanRequest::Issues { .. }
            | ScanRequest::Archived { .. } => true,
            ScanRequest::Comments { .. } | ScanRequest::IssueExists { .. } => {
                self.comments().or_else(|| self.deleted_comments()).is_some()
            }
            ScanRequest::CommentsExist(_) => self.deleted_comments().is_some(),
            ScanRequest::Changelogs { .. } => !self.changelogs().is_empty(),
            ScanRequest::PerIssue { stream, .. } => self.list[*stream].failed.is_none(),
        }
    }

    /// Lets an extractor write records of a stream.
    pub(super) fn extract<T>(&self, at: usize, extract: impl FnOnce(&mut Sink<'_>) -> T) -> T {
        let name = self.list[at].stream.name;
        let mut emit = |write: &mut dyn FnMut(&mut Vec<u8>)| self.out.record(name, |line| write(line));
        let mut sink = Sink::new(&mut emit);
        let result = extract(&mut sink);
        let Sink { mismatches, unknown_shapes, .. } = sink;
        mismatches.into_iter().for_each(|field| self.report.schema_mismatch(name, field));
        (0..unknown_shapes).for_each(|_| self.report.skip(name, &codes::UNKNOWN_SHAPE));
        result
    }

    /// Counts what concerns all open streams.
    pub(super) fn skip(&self, code: &'static Code) {
        self.open().for_each(|at| self.report.skip(self.list[at].stream.name, code));
    }

    /// Ends one stream; the others continue.
    pub(super) fn fail(&mut self, at: usize, failure: Failure) {
        if matches!(self.list[at].extractor.extraction, Extraction::Comments(_)) {
            self.checkpoint_deleted_comments();
        }
        let stream = &mut self.list[at];
        let failure = failure.stream(stream.stream.name);
        stream.failed = Some(failure.clone());
        if cfg!(mutant = "an_unfinished_pass_counts_as_finished") {
            stream.complete(i64::MAX);
        }
        self.out.fail(failure);
        self.out.finish(stream.stream.name, stream.state.to_json(), false);
    }

    pub(super) fn checkpoint(&self, at: usize) {
        let stream = &self.list[at];
        self.out.state(stream.stream.name, stream.state.to_json());
    }

    /// The comments that `issue_comments` says it has sent must be in the state of `deleted_comments` before.
    pub(super) fn checkpoint_deleted_comments(&self) {
        if let Some(at) = self.deleted_comments() {
            self.checkpoint(at);
        }
    }

    /// What was requested of an issue is missing. The next sync refetches it, or, if its project is archived, the first one
    /// after that is restored.
    pub(super) fn missing(&mut self, at: usize, issue: &IssueRef) {
        let stream = &mut self.list[at];
        let code = match self.archived.get(issue.project_key()) {
            Some(project) => {
                stream.leave_archived(*project);
                &codes::ARCHIVED_UNREADABLE
            }
            None => {
                stream.refetch_later(issue.number);
                &codes::ISSUE_MISSING
            }
        };
        self.report.skip(stream.stream.name, code);
    }

    /// Whether the issue's project is archived, and nothing could be requested of another issue of it.
    pub(super) fn is_unreadable(&self, at: usize, issue: &IssueRef) -> bool {
        let archived = self.archived.get(issue.project_key());
        archived.is_some_and(|project| self.list[at].state.unread_archived.contains(project))
    }

    /// Takes over what is finished.
    pub(super) fn advance(&mut self, finished: &Finished, watermark: Option<i64>, started: i64) {
        self.list.iter_mut().for_each(|stream| stream.advance(finished, watermark, started));
        if let Some(at) = self.worklogs() {
            let pending = &mut self.list[at].state.pending_worklogs;
            finished.worklogs.iter().for_each(|(id, key)| _ = pending.insert(*id, key));
        }
    }
}

/// What is outstanding.
#[derive(Default)]
pub(super) struct Work {
    pub watermark: Watermark,
    /// Requests that complete what was begun: they go first.
    pub ready: VecDeque<ScanRequest>,
}

impl Work {
    /// A further request for an issue of a batch.
    pub(super) fn add(
        &mut self,
        batch: BatchId,
        issue: &Issue<'_>,
        request: impl FnOnce(Arc<IssueRef>) -> ScanRequest,
    ) {
        self.watermark.open(batch);
        self.ready.push_back(request(Arc::new(issue.refers.clone())));
    }
}
