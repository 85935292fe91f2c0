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
    /// Issues that were asked for by name, there or not.
    pub named: Vec<u64>,
}

#[derive(Debug, Default)]
struct Batch {
    group: u64,
    open: u32,
    /// It has no place in the order, so it moves no mark.
    unordered: bool,
    highest: Option<i64>,
    finished: Finished,
}

/// Batches in the order of the listing, which is ascending by the scan's key (`created` or `updated`).
///
/// They come in groups: a group is finished as a whole, once it is closed and nothing of it is outstanding.
#[derive(Debug, Default)]
pub struct Tracker {
    first: BatchId,
    batches: VecDeque<Batch>,
    /// The group that is still open.
    group: u64,
    mark: Option<i64>,
}

impl Tracker {
    /// Adds the next batch of the listing, with one piece of work outstanding.
    pub fn add(&mut self) -> BatchId {
        self.batches.push_back(Batch { group: self.group, open: 1, ..Batch::default() });
        self.added() - 1
    }

    /// Adds a batch of issues whose place in the order is not known.
    pub fn add_unordered(&mut self, named: &[u64]) -> BatchId {
        let finished = Finished { named: named.to_vec(), ..Finished::default() };
        self.batches.push_back(Batch { group: self.group, open: 1, unordered: true, finished, ..Batch::default() });
        self.added() - 1
    }

    /// No further batch belongs to the group.
    pub fn close(&mut self) {
        self.group += 1;
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
            if !batch.unordered {
                batch.highest = batch.highest.max(key);
            }
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
        while let Some(count) = self.finished_group() {
            for batch in self.batches.drain(..count) {
                self.first += 1;
                self.mark = self.mark.max(batch.highest);
                all.sent.extend(batch.finished.sent);
                all.worklogs.extend(batch.finished.worklogs);
                all.named.extend(batch.finished.named);
            }
        }
        all
    }

    /// How many batches the group at the front has, if all of them are done.
    fn finished_group(&self) -> Option<usize> {
        let group = self.batches.front().map(|batch| batch.group).filter(|group| *group < self.group)?;
        let batches = || self.batches.iter().take_while(|batch| batch.group == group);
        batches().all(|batch| batch.open == 0).then(|| batches().count())
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
                tracker.close();
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

    #[test]
    fn a_group_is_finished_as_a_whole_and_only_when_it_is_closed() {
        let mut tracker = Tracker::default();
        let (first, second) = (tracker.add(), tracker.add());
        tracker.sent(first, Some(10), None);
        tracker.done(first);
        tracker.sent(second, Some(20), None);
        tracker.done(second);
        tracker.advance();
        assert_eq!(tracker.mark(), None, "more may belong to it");
        let late = tracker.add_unordered(&[7]);
        tracker.sent(late, Some(5), None);
        tracker.close();
        tracker.advance();
        assert_eq!(tracker.mark(), None, "one is outstanding");
        tracker.done(late);
        assert_eq!(tracker.advance().named, [7]);
        assert_eq!(tracker.mark(), Some(20));
    }

    #[test]
    fn a_batch_without_a_place_moves_no_mark() {
        let mut tracker = Tracker::default();
        let late = tracker.add_unordered(&[7]);
        tracker.sent(late, Some(5), None);
        tracker.done(late);
        tracker.close();
        tracker.advance();
        assert_eq!(tracker.mark(), None);
    }
}
