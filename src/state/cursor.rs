//! How far a cursor may be trusted: the search index's lag, the overlap that makes up for it, and what was sent within it.
//!
//! All times are epoch milliseconds.

use crate::{config::OVERLAP_MINUTES, record::keys::Keys};
use std::collections::BTreeMap;

pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

/// An issue changed this long ago is surely in Jira's search index ("normally within seconds", Jira REST v3: "Search
/// and reconcile"). Cursors never come closer to the present.
pub const INDEX_LAG: i64 = if cfg!(mutant = "cursors_reach_the_present") { -60 * MINUTE } else { MINUTE };
/// Each incremental sync begins at least this long before its cursor, for changes that reached the index late.
pub const OVERLAP: i64 = OVERLAP_MINUTES as i64 * MINUTE;

/// At most so many issues sent lately are remembered, so that the overlap does not send them again.
const RECENTLY_SENT: usize = 500;

/// How far back a sync reaches when the index was seen to lag by `index_lag`, at most `longest`.
pub fn overlap(index_lag: i64, longest: i64) -> i64 {
    #[cfg(mutant = "no_overlap")]
    return 0;
    #[allow(unreachable_code, reason = "a mutant returns before")]
    index_lag.saturating_mul(2).min(longest).max(OVERLAP)
}

/// Issues sent lately, by ID, with the `updated` they had.
pub type RecentlySent = BTreeMap<u64, i64>;

/// Forgets what lies before `from`, and the oldest if there are too many.
pub fn prune(sent: &mut RecentlySent, from: i64) {
    sent.retain(|_, updated| *updated >= from);
    if sent.len() > RECENTLY_SENT {
        let mut entries: Vec<(i64, u64)> = sent.iter().map(|(id, updated)| (*updated, *id)).collect();
        entries.sort_unstable();
        let newest = entries.split_off(entries.len() - RECENTLY_SENT);
        *sent = newest.into_iter().map(|(updated, id)| (id, updated)).collect();
    }
}

/// Forgets issues that are not among those sent any more, because they were reported as deleted.
pub fn prune_deleted(sent: &mut RecentlySent, sent_ids: Option<&Keys>) {
    if let Some(sent_ids) = sent_ids {
        sent.retain(|id, _| sent_ids.contains(*id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_sent_lately_stays_bounded_and_keeps_the_newest(times in prop::collection::vec(0i64..10_000, 0..1200)) {
            let mut sent: RecentlySent = times.iter().enumerate().map(|(id, time)| (id as u64, *time)).collect();
            prune(&mut sent, 100);
            let newest = times.iter().copied().max().unwrap_or(0);
            prop_assert!(newest < 100 || sent.values().any(|time| *time == newest));
            prop_assert!(sent.values().all(|time| *time >= 100));
            prop_assert!(sent.len() <= RECENTLY_SENT);
        }
    }
}
