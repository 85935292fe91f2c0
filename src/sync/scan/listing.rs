//! Which issues there are: windows over the order of the scan, and the page tokens that lead through each.

use crate::client::{Client, Error, Read, Request, classify, jql::Jql};
use crate::record::Object;
use serde_json::json;
use std::collections::HashSet;

/// More than this many issues are cut into windows: one search over 126,000 ended early without a word (reported by
/// users), and a window is where a lost page token sets the scan back to.
const WINDOW: u64 = 50_000;
/// Jira is younger than this: 2002-01-01.
const BIRTH: i64 = 1_009_843_200_000;
const DAY: i64 = 86_400_000;

/// A stretch of the order that the scan follows, `from <= created < to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// Issues in it, as Jira estimates.
    pub expected: u64,
}

/// By how much a listing may fall short of the estimate before somebody must look.
pub const fn tolerance(expected: u64) -> u64 {
    if expected / 20 > 10 { expected / 20 } else { 10 }
}

/// How the scan goes through the issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Everything, by creation: it never changes, so windows and positions stay true while the scan runs.
    Created,
    /// What changed, by change. Without an upper bound: an issue that changes every minute must still arrive.
    Updated,
}

impl Order {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Created => "created",
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
}

/// How many issues a query finds, as Jira estimates it.
pub async fn count(client: &Client, jql: &Jql) -> Result<u64, Error> {
    let request = Request::post(Read::ApproximateCount, &json!({"jql": jql.unordered()}));
    let reply = client.call(&request).await?;
    let object = Object::parse(&reply.body).map_err(|error| classify::malformed(&request, error.to_string()))?;
    let count = object.integer("count").and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| classify::malformed(&request, "no member 'count'"))
}

/// Cuts everything from `from` on into windows of bearable size. The last one is open at its end, so that issues
/// created meanwhile are in it.
pub async fn windows(
    client: &Client,
    filter: &Jql,
    from: Option<i64>,
    now: i64,
    total: u64,
) -> Result<Vec<Window>, Error> {
    let mut windows = Vec::new();
    let mut open = vec![(from, None, total)];
    while let Some((from, to, count_here)) = open.pop() {
        let (low, high) = (from.unwrap_or(BIRTH), to.unwrap_or(now));
        if count_here <= WINDOW || high - low < DAY {
            windows.push(Window { from, to, expected: count_here });
            continue;
        }
        let middle = ((low + high) / 2).div_euclid(60_000) * 60_000;
        let left = Window { from, to: Some(middle), expected: 0 };
        let left_count = count(client, &left.jql(filter, Order::Created)).await?;
        // The stack is last in, first out: the earlier half must come out first.
        open.push((Some(middle), to, count_here.saturating_sub(left_count)));
        if left_count > 0 {
            open.push((from, Some(middle), left_count));
        }
    }
    Ok(windows)
}

/// Where the listing stands.
#[derive(Debug, Default)]
pub struct Listing {
    pub windows: Vec<Window>,
    pub window: usize,
    pub token: Option<String>,
    /// A page is being asked for: they come one after the other.
    pub under_way: bool,
    pub done: bool,
    /// The token led astray, or the search ended early; the scan must list again from its mark.
    pub lost: bool,
    /// The search ended early: far fewer issues than estimated.
    pub short: bool,
    tokens: HashSet<String>,
    /// Ids of this page and the last, to drop what Jira repeats.
    recent: [HashSet<u64>; 2],
    /// Distinct ids of the window so far.
    pub listed: u64,
}

impl Listing {
    pub fn new(windows: Vec<Window>) -> Self {
        Self { done: windows.is_empty(), windows, ..Self::default() }
    }

    /// Goes on to the next page, or the next window.
    pub fn advance(&mut self, token: Option<String>) {
        self.under_way = false;
        match token {
            Some(token) if !self.tokens.insert(token.clone()) => self.lost = true,
            Some(token) => self.token = Some(token),
            None => {
                let expected = self.windows.get(self.window).map_or(0, |window| window.expected);
                if self.listed + tolerance(expected) < expected {
                    // Ended without a word, as has been seen: only the count tells.
                    (self.lost, self.short) = (true, true);
                } else {
                    self.leave_window();
                }
            }
        }
    }

    /// Goes on to the next window.
    pub fn leave_window(&mut self) {
        self.token = None;
        self.window += 1;
        self.listed = 0;
        self.tokens.clear();
        self.done = self.window >= self.windows.len();
        (self.lost, self.short) = (false, false);
    }

    /// Drops the ids that this page or the last already had.
    pub fn fresh(&mut self, ids: Vec<u64>) -> Vec<u64> {
        self.recent.swap(0, 1);
        self.recent[1].clear();
        let fresh: Vec<u64> =
            ids.into_iter().filter(|id| !self.recent[0].contains(id) && self.recent[1].insert(*id)).collect();
        self.listed += fresh.len() as u64;
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_token_is_noticed_and_repeated_ids_are_dropped() {
        let mut listing = Listing::new(vec![Window { from: None, to: None, expected: 0 }]);
        listing.advance(Some("a".into()));
        assert!(!listing.lost);
        listing.advance(Some("a".into()));
        assert!(listing.lost);
        assert_eq!(listing.fresh(vec![1, 2, 2]), [1, 2]);
        assert_eq!(listing.fresh(vec![2, 3]), [3]);
        assert_eq!(listing.listed, 3);
    }

    #[test]
    fn windows_are_walked_to_the_end() {
        let window = Window { from: Some(0), to: None, expected: 0 };
        let mut listing = Listing::new(vec![window.clone(), window]);
        listing.advance(None);
        assert!(!listing.done);
        listing.advance(None);
        assert!(listing.done);
        assert!(Listing::new(Vec::new()).done);
    }

    #[test]
    fn a_window_that_ends_far_too_early_is_not_left() {
        for (expected, listed, short) in
            [(100, 100, false), (100, 90, false), (100, 89, true), (10, 0, false), (1_000, 949, true)]
        {
            let mut listing = Listing::new(vec![Window { from: None, to: None, expected }]);
            listing.fresh((0..listed).collect());
            listing.advance(None);
            assert_eq!((listing.short, listing.lost, listing.done), (short, short, !short), "{listed} of {expected}");
        }
    }
}
