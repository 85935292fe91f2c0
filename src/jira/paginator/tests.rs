//! Lists whose signs are missing, wrong, or contradict each other.

use super::*;
use serde_json::json;

/// A page of records, the signs set by `signs`.
fn page(records: &[u64], signs: impl FnOnce(&mut PageSigns)) -> PageSigns {
    let mut page = PageSigns { records: records.to_vec(), ..PageSigns::default() };
    signs(&mut page);
    page
}

fn offsets() -> PageCursor {
    PageCursor::new(List::Get(Request::get("/a", &[])), Paging::START_AT, 2)
}

fn tokens() -> PageCursor {
    let list = List::Post { read: Read::SearchJql, body: json!({"jql": "x"}), tries: 5 };
    PageCursor::new(list, Paging::Token, 2)
}

/// Reads five records in pages of two from a list that says of each page what `says` makes of it: the records that came, or
/// the fault.
fn walk(says: impl Fn(&mut PageSigns)) -> Result<Vec<u64>, PagingFault> {
    let (records, mut cursor, mut came) = ([1, 2, 3, 4, 5], offsets(), Vec::new());
    for _ in 0..20 {
        if cursor.is_done() {
            break;
        }
        let start = cursor.start as usize;
        let here = records.get(start..(start + 2).min(records.len())).unwrap_or_default();
        came.extend(here);
        let is_last = start + 2 >= records.len();
        cursor.advance(&page(here, |page| {
            (page.start, page.total, page.is_last) = (Some(start as i64), Some(5), Some(is_last));
            says(page);
        }))?;
    }
    assert!(cursor.is_done(), "it does not end");
    Ok(came)
}

#[test]
fn one_sign_alone_ends_no_list_and_contradictions_end_where_nothing_new_comes() {
    let all = Ok(vec![1, 2, 3, 4, 5]);
    assert_eq!(walk(|_| ()), all);
    assert_eq!(walk(|page| page.is_last = Some(true)), all);
    assert_eq!(walk(|page| page.is_last = Some(false)), all);
    assert_eq!(walk(|page| page.is_last = None), all);
    assert_eq!(walk(|page| page.total = None), all);
    assert_eq!(walk(|page| (page.total, page.is_last) = (None, None)), all);
    assert_eq!(walk(|page| page.total = Some(3)), all);
    assert_eq!(walk(|page| page.total = Some(99)), all, "isLast says that it ends");
}

#[test]
fn a_list_that_only_promises_more_is_broken() {
    let endless = |page: &mut PageSigns| (page.total, page.is_last) = (None, Some(false));
    assert_eq!(walk(endless), Err(PagingFault::OnlyEmptyPages));
    assert_eq!(walk(|page| (page.total, page.is_last) = (Some(99), None)), Err(PagingFault::OnlyEmptyPages));
}

#[test]
fn an_offset_that_is_ignored_is_noticed() {
    let mut cursor = offsets();
    cursor.advance(&page(&[1, 2], |page| (page.start, page.total) = (Some(0), Some(5)))).unwrap();
    let repeated = page(&[1, 2], |page| (page.start, page.total) = (Some(0), Some(5)));
    assert_eq!(cursor.advance(&repeated), Err(PagingFault::OtherStart));
    // A bare list says nothing at all.
    let mut cursor = offsets();
    cursor.advance(&page(&[1, 2], |_| ())).unwrap();
    assert_eq!(cursor.advance(&page(&[1, 2], |_| ())), Err(PagingFault::NothingNew));
    // Records that move up to an earlier page are no fault as long as another one is new.
    let mut cursor = offsets();
    cursor.advance(&page(&[1, 2], |_| ())).unwrap();
    assert_eq!(cursor.advance(&page(&[2, 3], |_| ())), Ok(()));
}

#[test]
fn an_empty_page_that_is_not_the_last_is_stepped_over() {
    let mut cursor = offsets();
    let more = |page: &mut PageSigns| page.is_last = Some(false);
    cursor.advance(&page(&[], more)).unwrap();
    assert_eq!(cursor.start, 2, "the size that was asked for");
    cursor.advance(&page(&[3], more)).unwrap();
    cursor.advance(&page(&[], |page| page.is_last = Some(true))).unwrap();
    assert!(cursor.is_done());
}

#[test]
fn tokens_lead_on_until_there_is_none_and_never_in_a_circle() {
    let with = |token: &str| {
        let token = token.to_owned();
        move |page: &mut PageSigns| page.next_token = Some(token)
    };
    let mut cursor = tokens();
    assert!(!cursor.request().target().contains("Token"));
    cursor.advance(&page(&[1], with("a"))).unwrap();
    cursor.advance(&page(&[2], with("b"))).unwrap();
    assert_eq!(cursor.clone().advance(&page(&[3], with("a"))), Err(PagingFault::RepeatedToken));
    assert_eq!(cursor.clone().advance(&page(&[1, 2], with("c"))), Err(PagingFault::NothingNew));
    assert_eq!(
        cursor.clone().advance(&page(&[3], |page| page.is_last = Some(false))),
        Err(PagingFault::NoWayOn),
        "neither the last page nor a token"
    );
    // A last page with a token: the token decides, until nothing new comes.
    cursor.advance(&page(&[3], |page| (page.next_token, page.is_last) = (Some("c".to_owned()), Some(true)))).unwrap();
    assert!(!cursor.is_done());
    let mut refused = cursor.clone();
    refused.refused(Error::new(Kind::BadRequest, "POST /a", "")).unwrap();
    assert!(refused.is_done());
    cursor.advance(&page(&[], with("d"))).unwrap();
    assert!(cursor.is_done());
}

#[test]
fn a_page_that_is_refused_can_be_asked_for_again() {
    let mut cursor = tokens();
    assert!(cursor.advance(&page(&[1], |page| page.is_last = Some(false))).is_err());
    assert_eq!(cursor.advance(&page(&[1], |page| page.next_token = Some("a".to_owned()))), Ok(()));
}

#[test]
fn a_feed_goes_on_where_its_page_ends() {
    let mut cursor = PageCursor::new(List::Get(Request::get("/a", &[])), Paging::Since, 0).starting_at(10);
    cursor.advance(&page(&[1], |page| page.until = Some(20))).unwrap();
    assert_eq!(cursor.request().target(), "GET /a?since=20");
    assert_eq!(cursor.clone().advance(&page(&[2], |page| page.until = Some(20))), Err(PagingFault::NoWayOn));
    cursor.advance(&page(&[2], |page| page.is_last = Some(true))).unwrap();
    assert!(cursor.is_done());
}

#[test]
fn pages_shrink_to_a_hundred_and_no_further() {
    let mut cursor = PageCursor::new(List::Get(Request::get("/a", &[])), Paging::Token, 5000).shrinking();
    assert!(cursor.shrink() && cursor.size == 500 && cursor.shrink() && cursor.size == 100 && !cursor.shrink());
    assert!(!offsets().shrink());
}
