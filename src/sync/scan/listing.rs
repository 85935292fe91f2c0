//! Which issues there are: windows over the order of the scan, and the page tokens that lead through each.

use crate::client::{Client, Error, Read, Request, classify, jql::Jql};
use crate::record::Object;
use serde_json::json;
use std::collections::HashSet;

/// Jira is younger than this: 2002-01-01.
const BIRTH: i64 = 1_009_843_200_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How often a window is listed before the check of it has to make do with what came.
const ATTEMPTS: u32 = 3;

/// A stretch of the order that the scan follows, `from <= created < to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// How the scan goes through the issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Everything, by creation: it never changes, so windows and positions stay true while the scan runs.
    Created,
    /// What changed, by change. The last window has no upper bound, and windows are read in their order: an issue that
    /// changes every minute must still arrive.
    Updated,
    /// Issues that are known by their ids.
    Named,
}

impl Order {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Created | Self::Named => "created",
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

/// How many issues a query finds, as Jira estimates it.
pub async fn count(client: &Client, jql: &Jql) -> Result<u64, Error> {
    counted(client, &Request::post(Read::ApproximateCount, &json!({"jql": jql.unordered()}))).await
}

/// The count that this request asks for.
pub async fn counted(client: &Client, request: &Request) -> Result<u64, Error> {
    let reply = client.call(request).await?;
    let object = Object::parse(&reply.body).map_err(|error| classify::malformed(request, error.to_string()))?;
    let count = object.integer("count").and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| classify::malformed(request, "no member 'count'"))
}

/// Cuts everything from `from` on into windows of at most `most` issues. The last one is open at its end, so that issues
/// created meanwhile are in it.
pub async fn windows(
    client: &Client,
    filter: &Jql,
    order: Order,
    whole: Window,
    now: i64,
    (total, most): (u64, u64),
) -> Result<Vec<(Window, u64)>, Error> {
    let mut windows = Vec::new();
    let mut open = vec![(whole, total)];
    while let Some((window, here)) = open.pop() {
        let Some([left, right]) = window.halves(now, DAY).filter(|_| here > most) else {
            windows.push((window, here));
            continue;
        };
        let count = count(client, &left.jql(filter, order)).await?;
        // The stack is last in, first out: the earlier half must come out first.
        open.push((right, here.saturating_sub(count)));
        if count > 0 {
            open.push((left, count));
        }
    }
    Ok(windows)
}

/// What a page of a listing leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The next page, or the first one again.
    Page,
    /// Nothing: the window is to be checked.
    Check,
}

/// Where the listing stands.
#[derive(Debug, Default)]
pub struct Listing {
    /// With the issues in each, as Jira counted them.
    pub windows: Vec<(Window, u64)>,
    window: usize,
    pub token: Option<String>,
    /// What the tokens lead through.
    chain: Option<Window>,
    /// A page is being asked for, or the window is being checked: they come one after the other.
    pub under_way: bool,
    pub done: bool,
    tokens: HashSet<String>,
    attempts: u32,
    /// Distinct ids of the window so far, and the same in the order in which they came.
    known: HashSet<u64>,
    pub ids: Vec<u64>,
    /// The last place in the order that was read, where whole issues are.
    pub place: Option<i64>,
    /// Issues of the window that were created since the scan began, where whole issues are read.
    pub fresh: u64,
}

impl Listing {
    pub fn new(windows: Vec<(Window, u64)>) -> Self {
        Self { done: windows.is_empty(), windows, ..Self::default() }
    }

    /// The window, and what Jira counted in it.
    pub fn window(&self) -> (Window, u64) {
        self.windows.get(self.window).cloned().unwrap_or((Window { from: None, to: None }, 0))
    }

    /// What to ask for: the window, or what is left of it after its listing broke off. A token belongs to its query.
    pub fn query(&mut self) -> Window {
        if self.token.is_none() {
            let (window, _) = self.window();
            self.chain = Some(Window { from: self.place.max(window.from), ..window });
        }
        self.chain.clone().unwrap_or_else(|| self.window().0)
    }

    /// Goes on to the next page.
    pub fn advance(&mut self, token: Option<String>) -> Turn {
        match token {
            Some(token) if self.tokens.insert(token.clone()) => {
                self.under_way = false;
                self.token = Some(token);
                Turn::Page
            }
            Some(_) => self.lost(),
            None => Turn::Check,
        }
    }

    /// The page token was refused or led in circles.
    pub fn lost(&mut self) -> Turn {
        self.token = None;
        self.tokens.clear();
        self.attempts += 1;
        if self.attempts < ATTEMPTS {
            self.under_way = false;
            Turn::Page
        } else {
            Turn::Check
        }
    }

    /// How often the window was listed in vain.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Takes the ids of a page; those that the window had before are dropped.
    pub fn take(&mut self, ids: impl IntoIterator<Item = u64>) {
        self.ids.extend(ids.into_iter().filter(|id| self.known.insert(*id)));
    }

    /// Whether the window had this issue already.
    pub fn has(&self, id: u64) -> bool {
        self.known.contains(&id)
    }

    /// Goes on to the next window.
    pub fn leave_window(&mut self) {
        self.window += 1;
        let windows = std::mem::take(&mut self.windows);
        let done = self.window >= windows.len();
        *self = Self { windows, window: self.window, done, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Window = Window { from: None, to: None };

    #[test]
    fn a_token_that_comes_twice_starts_the_window_again_but_not_for_ever() {
        let mut listing = Listing::new(vec![(WHOLE, 0)]);
        for _ in 1..ATTEMPTS {
            assert_eq!(listing.advance(Some("a".into())), Turn::Page);
            assert_eq!((listing.advance(Some("a".into())), &listing.token), (Turn::Page, &None));
        }
        assert_eq!(listing.advance(Some("a".into())), Turn::Page);
        assert_eq!(listing.advance(Some("a".into())), Turn::Check);
    }

    #[test]
    fn ids_are_taken_once_in_their_order() {
        let mut listing = Listing::new(vec![(WHOLE, 0)]);
        listing.take([1, 3, 3]);
        listing.take([3, 2]);
        assert_eq!(listing.ids, [1, 3, 2]);
    }

    #[test]
    fn windows_are_walked_to_the_end() {
        let mut listing = Listing::new(vec![(WHOLE, 0), (WHOLE, 0)]);
        listing.take([1]);
        listing.leave_window();
        assert!(!listing.done && listing.ids.is_empty());
        listing.leave_window();
        assert!(listing.done);
        assert!(Listing::new(Vec::new()).done);
    }

    #[test]
    fn what_broke_off_goes_on_where_it_was_and_never_before_its_window() {
        let mut listing = Listing::new(vec![(Window { from: Some(100), to: Some(900) }, 0)]);
        assert_eq!(listing.query().from, Some(100));
        listing.place = Some(50);
        assert_eq!(listing.query().from, Some(100));
        listing.place = Some(500);
        assert_eq!(listing.query(), Window { from: Some(500), to: Some(900) });
        listing.token = Some("a".into());
        listing.place = Some(600);
        assert_eq!(listing.query().from, Some(500), "a token belongs to its query");
    }

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
