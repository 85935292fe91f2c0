//! The listing of a pass: its windows, and the pages of each.

use crate::jira::{
    paginator::{PageCursor, PageSigns, PagingFault},
    windows::Window,
};
use std::collections::HashSet;

/// How often a window is listed before its check has to do with what came.
const ATTEMPTS: u32 = 3;

/// What follows a page of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next page, or the first one again.
    Page,
    /// Nothing: the window's completeness is to be checked.
    Check,
}

/// Where the listing stands: the window, and the place in its pages.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// With the number of issues in each, as Jira counted them.
    windows: Vec<(Window, Option<u64>)>,
    window: usize,
    /// Pages of the window, or of what remained of it when its listing broke off.
    pub cursor: Option<PageCursor>,
    /// A page is being requested, or the window is being checked: they come one after the other.
    pub under_way: bool,
    pub done: bool,
    attempts: u32,
    /// Distinct IDs of the window so far, and the same in the order in which they came.
    known: HashSet<u64>,
    pub ids: Vec<u64>,
    /// The last place in the order that was read, where whole issues are read.
    pub place: Option<i64>,
    /// Issues of the window that were created since the pass began, where whole issues are read.
    pub created_since: u64,
}

impl Listing {
    pub(super) fn new(windows: Vec<(Window, Option<u64>)>) -> Self {
        Self { done: windows.is_empty(), windows, ..Self::default() }
    }

    /// The window, and how many issues Jira counted in it.
    pub(super) fn window(&self) -> (Window, Option<u64>) {
        self.windows.get(self.window).cloned().unwrap_or((Window { from: None, to: None }, None))
    }

    /// The window, or what remains of it after its listing broke off.
    pub(super) fn rest(&self) -> Window {
        let (window, _) = self.window();
        Window { from: self.place.max(window.from), ..window }
    }

    /// Takes a page's signs: what follows it.
    pub(super) fn advance(&mut self, mut cursor: PageCursor, signs: &PageSigns) -> Result<Next, PagingFault> {
        match cursor.advance(signs) {
            Ok(()) if cursor.is_done() => Ok(Next::Check),
            Ok(()) => {
                self.under_way = false;
                self.cursor = Some(cursor);
                Ok(Next::Page)
            }
            Err(PagingFault::NoWayOn) => Err(PagingFault::NoWayOn),
            Err(_) => Ok(self.broke_off()),
        }
    }

    /// The page token was refused, or the pages led in a circle.
    pub(super) fn broke_off(&mut self) -> Next {
        self.cursor = None;
        self.attempts += 1;
        if self.attempts < ATTEMPTS {
            self.under_way = false;
            Next::Page
        } else {
            Next::Check
        }
    }

    /// How often the window's listing broke off.
    pub(super) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Takes the ID of a listed issue. False if the window had it before.
    pub(super) fn take(&mut self, id: u64) -> bool {
        let is_first = self.known.insert(id);
        if is_first {
            self.ids.push(id);
        }
        is_first
    }

    /// Continues with the next window.
    pub(super) fn leave_window(&mut self) {
        self.window += 1;
        let windows = std::mem::take(&mut self.windows);
        let done = self.window >= windows.len();
        *self = Self { windows, window: self.window, done, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jira::search;

    const WHOLE: Window = Window { from: None, to: None };

    #[test]
    fn a_token_that_comes_twice_starts_the_window_again_but_not_for_ever() {
        let mut listing = Listing::new(vec![(WHOLE, Some(0))]);
        let mut page = 0;
        let mut next = |listing: &mut Listing| {
            let cursor = listing.cursor.take().unwrap_or_else(|| search::ids(false, "x", false));
            page += 1;
            let signs = PageSigns { records: vec![page], next_token: Some("a".into()), ..PageSigns::default() };
            listing.advance(cursor, &signs).unwrap()
        };
        for _ in 1..ATTEMPTS {
            assert_eq!(next(&mut listing), Next::Page);
            assert_eq!(next(&mut listing), Next::Page);
            assert!(listing.cursor.is_none(), "from the beginning");
        }
        assert_eq!(next(&mut listing), Next::Page);
        assert_eq!(next(&mut listing), Next::Check);
    }

    #[test]
    fn ids_are_taken_once_in_their_order() {
        let mut listing = Listing::new(vec![(WHOLE, Some(0))]);
        let taken = [1, 3, 3, 2].map(|id| listing.take(id));
        assert_eq!(taken, [true, true, false, true]);
        assert_eq!(listing.ids, [1, 3, 2]);
    }

    #[test]
    fn windows_are_walked_to_the_end() {
        let mut listing = Listing::new(vec![(WHOLE, Some(0)), (WHOLE, Some(0))]);
        assert!(listing.take(1));
        listing.leave_window();
        assert!(!listing.done && listing.ids.is_empty());
        listing.leave_window();
        assert!(listing.done);
        assert!(Listing::new(Vec::new()).done);
    }

    #[test]
    fn a_listing_that_broke_off_resumes_where_it_was_and_never_before_its_window() {
        let mut listing = Listing::new(vec![(Window { from: Some(100), to: Some(900) }, Some(0))]);
        assert_eq!(listing.rest().from, Some(100));
        listing.place = Some(50);
        assert_eq!(listing.rest().from, Some(100));
        listing.place = Some(500);
        assert_eq!(listing.rest(), Window { from: Some(500), to: Some(900) });
    }
}
