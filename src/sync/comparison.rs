//! How the pass over the issues and the comparison of IDs meet: the streams ask what they have to read again, the comparison
//! says when.

use super::{filter::Filter, sent_ids::SentIds};
use crate::{client::Error, protocol::Failure, state::IssuesState, streams::Stream};
use std::collections::BTreeSet;

/// A stream that was read, with its state.
pub struct ComparedStream<'a> {
    pub stream: &'static Stream,
    pub state: &'a mut IssuesState,
    /// Since when it read what changed, epoch milliseconds; `None` if it read anything else.
    pub changed_since: Option<i64>,
}

/// What follows once the streams were read, by whoever compares IDs; nothing, where no stream wants that.
pub trait Comparison {
    /// The IDs of the issues sent, if they are tracked.
    fn sent_ids(&self) -> Option<&SentIds<'_>>;

    /// Whether no stream wants a comparison.
    fn is_empty(&self) -> bool;

    /// Why a stream has to be read in full, if so: issues became visible while it was not read. `last_snapshot` is the last
    /// one whose newly visible issues the stream has.
    fn missed(&self, last_snapshot: Option<i64>) -> Option<&'static str>;

    /// Takes an ID snapshot. Issues that it shows and that were never sent, or that changed and were hidden while that was
    /// read, go into the `refetch` of the streams' states. Returns whether there are any.
    /// `begun` are the streams of this sync, those that have failed since included.
    fn observe(
        &self,
        filter: &Filter,
        streams: Vec<ComparedStream<'_>>,
        begun: &BTreeSet<&'static str>,
    ) -> impl Future<Output = Result<bool, Error>>;

    /// Reports what was deleted, and ends the streams of deletions.
    fn close(&self, filter: &Filter) -> impl Future<Output = ()>;

    /// Ends the streams of deletions with a failure.
    fn fail(&self, failure: &Failure);
}
