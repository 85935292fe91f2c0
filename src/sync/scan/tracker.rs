//! How far the scan has come: the mark up to which nothing is outstanding, whatever order the work finishes in.

use std::collections::{BTreeMap, VecDeque};

/// A batch of issues on its way: its number in the order of the listing.
pub type BatchId = u64;

/// What a batch leaves behind once nothing of it is outstanding.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Issues sent, with the `updated` they had.
    pub sent: Vec<(u64, i64)>,
    /// Issues whose worklogs did not all fit the page: id and key.
    pub worklogs: BTreeMap<u64, String>,
}

#[derive(Debug, Default)]
struct Batch {
    open: u32,
    highest: Option<i64>,
    finished: Finished,
}

/// Batches in the order of the listing, which is ascending by the scan's key (`created` or `updated`).
#[derive(Debug, Default)]
pub struct Tracker {
    first: BatchId,
    batches: VecDeque<Batch>,
    mark: Option<i64>,
}

impl Tracker {
    /// Adds the next batch of the listing, with one piece of work outstanding.
    pub fn add(&mut self) -> BatchId {
        self.batches.push_back(Batch { open: 1, ..Batch::default() });
        self.added() - 1
    }

    /// How many batches were added so far.
    pub fn added(&self) -> u64 {
        self.first + self.batches.len() as u64
    }

    /// One more piece of work for the batch.
    pub fn open(&mut self, id: BatchId) {
        self.change(id, |batch| batch.open += 1);
    }

    /// One piece of work of the batch is done.
    pub fn done(&mut self, id: BatchId) {
        self.change(id, |batch| batch.open = batch.open.saturating_sub(1));
    }

    /// An issue of the batch was sent. `key` is its place in the order, if it can be relied on.
    pub fn sent(&mut self, id: BatchId, key: Option<i64>, issue: Option<(u64, i64)>) {
        self.change(id, |batch| {
            batch.highest = batch.highest.max(key);
            batch.finished.sent.extend(issue);
        });
    }

    pub fn postpone_worklogs(&mut self, id: BatchId, issue: u64, key: String) {
        self.change(id, |batch| {
            batch.finished.worklogs.insert(issue, key);
        });
    }

    /// Takes what is finished from the front.
    pub fn advance(&mut self) -> Finished {
        let mut all = Finished::default();
        while self.batches.front().is_some_and(|batch| batch.open == 0) {
            if let Some(batch) = self.batches.pop_front() {
                self.first += 1;
                self.mark = self.mark.max(batch.highest);
                all.sent.extend(batch.finished.sent);
                all.worklogs.extend(batch.finished.worklogs);
            }
        }
        all
    }

    /// Nothing at or below it is outstanding, except what shares its very value.
    pub fn mark(&self) -> Option<i64> {
        self.mark
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
        /// Whatever order batches finish in, the mark never passes an outstanding batch, and what was sent comes out
        /// once and only with its batch.
        #[test]
        fn the_mark_never_passes_what_is_outstanding(
            sizes in prop::collection::vec(1usize..4, 1..20),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        ) {
            let mut tracker = Tracker::default();
            let mut key = 0;
            let mut open: Vec<(BatchId, usize, i64)> = Vec::new();
            for size in &sizes {
                let id = tracker.add();
                let lowest = key;
                for _ in 0..*size {
                    tracker.sent(id, Some(key), Some((key as u64, key)));
                    key += 10;
                }
                (1..*size).for_each(|_| tracker.open(id));
                open.push((id, *size, lowest));
            }
            let mut came = Vec::new();
            for pick in order {
                if open.is_empty() { break; }
                let at = pick.index(open.len());
                tracker.done(open[at].0);
                open[at].1 -= 1;
                if open[at].1 == 0 { open.remove(at); }
                came.extend(tracker.advance().sent.into_iter().map(|(id, _)| id));
                let lowest_open = open.iter().map(|(_, _, lowest)| *lowest).min().unwrap_or(i64::MAX);
                prop_assert!(tracker.mark().is_none_or(|mark| mark < lowest_open));
                prop_assert!(came.iter().all(|id| (*id as i64) < lowest_open));
            }
            let distinct: std::collections::BTreeSet<u64> = came.iter().copied().collect();
            prop_assert_eq!(distinct.len(), came.len());
        }
    }
}
