//! A board's list counts as whole only if a second look and Jira's count agree.

use super::{NEW, STREAM, read, rows, shown, state};
use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal};
use jira_simulator::{Edit, Timeline, TimelineEvent};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

fn counts(output: &Output, code: &str) -> bool {
    output.logs().iter().any(|log| log.contains(code))
}

fn assert_whole(site: &Site, output: &Output) {
    let mut destination = Destination::default();
    destination.load(output);
    assert_equal(site, &destination, &[STREAM]);
}

#[test]
fn a_list_that_ends_early_without_a_word_is_noticed() {
    let site = Site::new(300, 521, "");
    let first = AtomicBool::new(true);
    // The first list of one board, since the boards are listed side by side in any order.
    let proxy = Proxy::new(&site.host(), move |asked| {
        let lists = asked.path.starts_with(&format!("{NEW}1/issue?"));
        if lists && first.swap(false, Ordering::Relaxed) { Verdict::Change(ended_early) } else { Verdict::Pass }
    });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    assert!(counts(&output, "search_ended_early"), "{:?}", output.logs());
    assert_whole(&site, &output);
}

/// A page without its second half that says that it is the last.
fn ended_early(mut page: Value) -> Value {
    let issues = page["issues"].as_array_mut().expect("a list");
    assert!(issues.len() > 1, "nothing to leave out");
    issues.truncate(issues.len() / 2);
    page["isLast"] = true.into();
    page.as_object_mut().expect("a page").remove("nextPageToken");
    page
}

/// Pages that are counted from the beginning move up when an issue leaves, and the one that slips between two of them is not shown.
#[test]
fn an_issue_that_leaves_while_its_board_is_listed_hides_no_other() {
    let site = Site::new(400, 522, "[search]\npaging = \"offset\"\n");
    let mut issues = site.truth("issues");
    issues.sort_by_key(|issue| issue["fields"]["created"].as_str().map(str::to_owned));
    let id = |at: usize| issues[at]["id"].as_str().expect("a text").to_owned();
    // One of the oldest, at each request.
    let events = (1..40).map(|number| (number, TimelineEvent::Edit(Edit::Delete { issue: id(number as usize) })));
    site.set_timeline(Timeline { step: Duration::from_millis(1), events: events.collect() });
    let output = read(&site, json!({"max_concurrency": 1}), None).good();
    assert!(counts(&output, "search_ended_early"), "{:?}", output.logs());
    assert!(rows(&output).is_superset(&shown(&site, |_, _| true)));
}

/// The site may not answer for minutes between a list and its count, in which people go on working: Jira counts more than the
/// list and the second look had.
#[test]
fn a_list_is_looked_at_again_while_that_shows_more() {
    let site = Site::new(300, 524, "");
    let turn = AtomicUsize::new(0);
    let proxy = Proxy::new(&site.host(), move |asked| {
        let lists = asked.path.starts_with(&format!("{NEW}1/issue?"));
        match lists.then(|| turn.fetch_add(1, Ordering::Relaxed)) {
            Some(0) => Verdict::Change(ended_early),
            Some(1) => Verdict::Answer(200, "{\"issues\":[],\"isLast\":true}".into()),
            _ => Verdict::Pass,
        }
    });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    assert!(!counts(&output, "count_mismatch"), "{:?}", output.logs());
    assert_whole(&site, &output);
}

#[test]
fn a_board_that_shows_fewer_than_jira_counts_fails_and_the_others_go_on() {
    let site = Site::new(120, 523, "");
    let proxy = Proxy::new(&site.host(), |asked| match asked.path.starts_with(&format!("{NEW}1/issue/approximate")) {
        true => Verdict::Answer(200, "{\"count\":9999}".into()),
        false => Verdict::Pass,
    });
    let output = read(&site, json!({"domain": proxy.host()}), None);
    assert_eq!((output.code, output.statuses(STREAM).last()), (Some(1), Some(&"INCOMPLETE")));
    let error = &output.errors()[0];
    assert!(error.contains("(IDs 1)") && error.contains("Jira counts") && error.contains("on_skip_codes"), "{error}");
    assert_eq!(rows(&output), shown(&site, |_, _| true), "what it shows is read");
    assert!(state(&output)["boards"].get("1").is_none() && state(&output)["boards"].get("2").is_some());
    let members = json!({"domain": proxy.host(), "on_skip_codes": {"count_mismatch": "warn"}});
    assert!(state(&read(&site, members, None).good())["boards"].get("1").is_some(), "taken as it is");
}

/// A count is an estimate.
#[test]
fn a_count_that_is_slightly_off_is_checked_and_logged() {
    let site = Site::new(120, 524, "");
    let there = shown(&site, |board, _| board == 1).len();
    assert!(there >= 20, "{there}");
    let count = format!("{{\"count\":{}}}", there + 1);
    let proxy =
        Proxy::new(&site.host(), move |asked| match asked.path.starts_with(&format!("{NEW}1/issue/approximate")) {
            true => Verdict::Answer(200, count.clone()),
            false => Verdict::Pass,
        });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    assert!(counts(&output, "count_unverified"), "{:?}", output.logs());
    assert_whole(&site, &output);
}

#[test]
fn lists_that_cannot_be_counted_are_read_twice() {
    let site = Site::new(60, 525, "");
    let proxy = Proxy::new(&site.host(), |asked| match asked.path.contains("/approximate-count?") {
        true => Verdict::Answer(404, "{\"errorMessages\":[\"null for uri\"]}".into()),
        false => Verdict::Pass,
    });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    assert_whole(&site, &output);
    let (asked, boards) = (proxy.asked(), site.truth("boards").len());
    let lists = |ids: bool| {
        let list = |path: &&str| path.starts_with(NEW) && !path.contains("approximate");
        asked
            .iter()
            .map(|asked| asked.path.as_str())
            .filter(list)
            .filter(|path| path.contains("fields=id&") == ids)
            .count()
    };
    assert_eq!((lists(false), lists(true)), (boards, boards));
}
