//! Searches cut into windows: ranges of a date of the issues, each with few enough issues to be listed safely.

use super::search::count;
use crate::client::{Client, Error, jql::Jql};

/// Jira is younger than this: 2002-01-01.
const BIRTH: i64 = 1_009_843_200_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// More issues are cut into several windows, because one search over 126,000 ended early without a warning (reported by
/// users), and a window is what is listed again when that happens.
pub const ISSUES: u64 = 50_000;

/// A range of the order that a search follows, `from <= created < to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// The order in which issues are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Everything, by creation: it never changes, so windows and positions stay valid while they are read.
    Created,
    /// What changed, by change. The last window has no upper bound, and windows are read in their order: an issue that
    /// changes every minute must still arrive.
    Updated,
    /// Issues by their IDs.
    ById,
}

impl Order {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Created | Self::ById => "created",
            Self::Updated => "updated",
        }
    }
}

impl Window {
    pub fn jql(&self, filter: &Jql, order: Order) -> Jql {
        let jql = filter.clone();
        let jql = match self.from {
            Some(from) => jql.at_least(order.field(), from),
            None => jql,
        };
        match self.to {
            Some(to) => jql.before(order.field(), to),
            None => jql,
        }
    }

    /// Both halves, the earlier one first; `None` if it is too short to be cut. `now` ends a window without an end.
    pub fn halves(&self, now: i64, shortest: i64) -> Option<[Self; 2]> {
        let (low, high) = (self.from.unwrap_or(BIRTH), self.to.unwrap_or(now));
        if high.saturating_sub(low) < shortest.max(2 * MINUTE) {
            return None;
        }
        let middle = Some((low / 2 + high / 2).div_euclid(MINUTE) * MINUTE);
        Some([Self { from: self.from, to: middle }, Self { from: middle, to: self.to }])
    }
}

/// Cuts everything from `from` on into windows of at most `most` issues, each with its count. The last one is open at its
/// end, so that issues created meanwhile are in it. What Jira does not count is not cut.
pub async fn cut(
    client: &Client,
    filter: &Jql,
    order: Order,
    whole: Window,
    now: i64,
    (total, most): (Option<u64>, u64),
) -> Result<Vec<(Window, Option<u64>)>, Error> {
    let mut windows = Vec::new();
    let mut open = vec![(whole, total)];
    while let Some((window, here)) = open.pop() {
        let many = here.filter(|here| *here > most);
        let (Some(here), Some([left, right])) = (many, window.halves(now, DAY)) else {
            windows.push((window, here));
            continue;
        };
        let Some(count) = count(client, &left.jql(filter, order)).await? else {
            windows.push((window, Some(here)));
            continue;
        };
        // The stack is last in, first out: the earlier half must come out first.
        open.push((right, Some(here.saturating_sub(count))));
        if count > 0 {
            open.push((left, Some(count)));
        }
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Window = Window { from: None, to: None };

    #[test]
    fn halves_meet_and_the_shortest_windows_stay_whole() {
        let now = 1_782_777_000_000;
        let [left, right] = WHOLE.halves(now, DAY).unwrap();
        assert_eq!((left.from, right.to), (None, None));
        assert_eq!(left.to, right.from);
        assert_eq!(left.to.unwrap() % MINUTE, 0);
        assert_eq!(Window { from: Some(now - DAY + 1), to: None }.halves(now, DAY), None);
        assert_eq!(Window { from: Some(now), to: Some(now + MINUTE) }.halves(now, 0), None);
    }
}
