//! How far a pass has come: the watermark up to which nothing is outstanding, in whatever order the work finishes.

use std::collections::{BTreeMap, VecDeque};

/// A batch of issues: its number in the order of the listing.
pub(super) type BatchId = u64;

/// What is known of a batch once nothing of it is outstanding.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Finished {
    /// Issues sent, with the `updated` they had.
    pub sent: Vec<(u64, i64)>,
    /// Issues whose worklogs did not all fit the page: id and key.
    pub worklogs: BTreeMap<u64, String>,
    /// Issues that were requested by their IDs, found or not.
    pub requested: Vec<u64>,
}

#[derive(Debug, Default)]
struct Batch {
    group: u64,
    open: u32,
    /// Its place in the order is not known, so it never advances the watermark.
    unordered: bool,
    highest: Option<i64>,
    finished: Finished,
}

/// Batches in the order of the listing, which is ascending by the scan's key (`created` or `updated`).
///
/// They come in groups: a group is finished as a whole, once it is closed and nothing of it is outstanding.
#[derive(Debug, Default)]
pub(super) struct Watermark {
    first: BatchId,
    batches: VecDeque<Batch>,
    /// The group that is still open.
    group: u64,
    value: Option<i64>,
}

impl Watermark {
    /// Adds the next batch of the listing, with one piece of work outstanding.
    pub(super) fn add(&mut self) -> BatchId {
        self.batches.push_back(Batch { group: self.group, open: 1, ..Batch::default() });
        self.added() - 1
    }

    /// Adds a batch of issues whose place in the order is not known.
    pub(super) fn add_unordered(&mut self, requested: &[u64]) -> BatchId {
        let finished = Finished { requested: requested.to_vec(), ..Finished::default() };
        self.batches.push_back(Batch { group: self.group, open: 1, unordered: true, finished, ..Batch::default() });
        self.added() - 1
    }

    /// No further batch belongs to the group.
    pub(super) fn close(&mut self) {
        self.group += 1;
    }

    /// How many batches were added so far.
    pub(super) fn added(&self) -> u64 {
        self.first + self.batches.len() as u64
    }

    /// One more piece of work for the batch.
    pub(super) fn open(&mut self, id: BatchId) {
        self.change(id, |batch| batch.open += 1);
    }

    /// One piece of work of the batch is done.
    pub(super) fn done(&mut self, id: BatchId) {
        self.change(id, |batch| batch.open = batch.open.saturating_sub(1));
    }

    /// An issue of the batch was sent. `key` is its place in the order, if it can be relied on.
    pub(super) fn sent(&mut self, id: BatchId, key: Option<i64>, issue: Option<(u64, i64)>) {
        self.change(id, |batch| {
            if !batch.unordered {
                batch.highest = batch.highest.max(key);
            }
            batch.finished.sent.extend(issue);
        });
    }

    pub(super) fn postpone_worklogs(&mut self, id: BatchId, issue: u64, key: String) {
        self.change(id, |batch| {
            batch.finished.worklogs.insert(issue, key);
        });
    }

    /// Takes what is finished, in order.
    pub(super) fn advance(&mut self) -> Finished {
        let mut all = Finished::default();
        while let Some(count) = self.finished_group() {
            for batch in self.batches.drain(..count) {
                self.first += 1;
                self.value = self.value.max(batch.highest);
                all.sent.extend(batch.finished.sent);
                all.worklogs.extend(batch.finished.worklogs);
                all.requested.extend(batch.finished.requested);
            }
        }
        all
    }

    /// How many batches the first group has, if all of them are done.
    fn finished_group(&self) -> Option<usize> {
        let group = self.batches.front().map(|batch| batch.group).filter(|group| *group < self.group)?;
        let batches = || self.batches.iter().take_while(|batch| batch.group == group);
        batches()
            .all(|batch| batch.open == 0 || cfg!(mutant = "the_watermark_passes_outstanding_batches"))
            .then(|| batches().count())
    }

    /// Nothing at or below it is outstanding, except what has the same value.
    pub(super) fn value(&self) -> Option<i64> {
        self.value
    }

    fn change(&mut self, id: BatchId, change: impl FnOnce(&mut Batch)) {
        let place = id.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        if let Some(batch) = place.and_then(|at| self.batches.get_mut(at)) {
            change(batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever order batches finish in, the watermark never passes an outstanding batch, and what was sent comes out
        /// once and only with its batch.
        #[test]
        fn the_watermark_never_passes_what_is_outstanding(
            sizes in prop::collection::vec(1usize..4, 1..20),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        ) {
            let mut watermark = Watermark::default();
            let mut key = 0;
            let mut open: Vec<(BatchId, usize, i64)> = Vec::new();
            for size in &sizes {
                let id = watermark.add();
                watermark.close();
                let lowest = key;
                for _ in 0..*size {
                    watermark.sent(id, Some(key), Some((key as u64, key)));
                    key += 10;
                }
                (1..*size).for_each(|_| watermark.open(id));
                open.push((id, *size, lowest));
            }
            let mut came = Vec::new();
            for pick in order {
                if open.is_empty() { break; }
                let at = pick.index(open.len());
                watermark.done(open[at].0);
                open[at].1 -= 1;
                if open[at].1 == 0 { open.remove(at); }
                came.extend(watermark.advance().sent.into_iter().map(|(id, _)| id));
                let lowest_open = open.iter().map(|(_, _, lowest)| *lowest).min().unwrap_or(i64::MAX);
                prop_assert!(watermark.value().is_none_or(|value| value < lowest_open));
                prop_assert!(came.iter().all(|id| (*id as i64) < lowest_open));
            }
            let distinct: std::collections::BTreeSet<u64> = came.iter().copied().collect();
            prop_assert_eq!(distinct.len(), came.len());
        }
    }

    #[test]
    fn a_group_is_finished_as_a_whole_and_only_when_it_is_closed() {
        let mut watermark = Watermark::default();
        let (first, second) = (watermark.add(), watermark.add());
        watermark.sent(first, Some(10), None);
        watermark.done(first);
        watermark.sent(second, Some(20), None);
        watermark.done(second);
        watermark.advance();
        assert_eq!(watermark.value(), None, "more may belong to it");
        let late = watermark.add_unordered(&[7]);
        watermark.sent(late, Some(5), None);
        watermark.close();
        watermark.advance();
        assert_eq!(watermark.value(), None, "one is outstanding");
        watermark.done(late);
        assert_eq!(watermark.advance().requested, [7]);
        assert_eq!(watermark.value(), Some(20));
    }

    #[test]
    fn a_batch_without_a_place_never_advances_it() {
        let mut watermark = Watermark::default();
        let late = watermark.add_unordered(&[7]);
        watermark.sent(late, Some(5), None);
        watermark.done(late);
        watermark.close();
        watermark.advance();
        assert_eq!(watermark.value(), None);
    }
}
