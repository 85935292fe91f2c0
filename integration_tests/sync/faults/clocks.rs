//! Clocks that lie: one reply's `Date` moves no cursor past what is read, and the disagreement is reported.

use crate::support::{Destination, Output, Site, assert_holds};
use jira_simulator::Edit;
use serde_json::Value;
use std::time::Duration;

const STREAMS: [&str; 3] = ["issues", "issue_comments", "deleted_issues"];

fn next(site: &Site, destination: &mut Destination) -> Output {
    let output = site.read(&STREAMS, "incremental", Some(&destination.state())).good();
    destination.load(&output);
    output
}

/// The simulator's clock is this machine's, so that a reply that is ahead is ahead of both.
fn synced(seed: u64) -> (Site, Destination) {
    let site = Site::new(60, seed, "");
    let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    site.advance_clock(Duration::from_millis((machine as i64 - site.now()).max(0) as u64));
    let mut destination = Destination::default();
    next(&site, &mut destination);
    (site, destination)
}

fn cursor(destination: &Destination) -> i64 {
    let state = destination.state();
    let states = state.as_array().into_iter().flatten();
    let of = |name: &str| states.clone().find(|state| state["stream"]["stream_descriptor"]["name"] == name);
    let cursor: Value = of("issues").expect("a state")["stream"]["stream_state"]["position"]["cursor"].clone();
    crate::support::time::parse(cursor.as_str().expect("a cursor")).expect("a time")
}

#[test]
fn one_reply_that_is_ahead_loses_nothing() {
    for route in ["/rest/api/3/myself", "/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch"] {
        let (site, mut destination) = synced(951);
        site.change(&format!("[[fault]]\nroute = \"{route}\"\nkind = \"clock\"\nseconds = 7200"));
        let output = next(&site, &mut destination);
        assert!(cursor(&destination) <= site.now(), "{route}");
        assert_eq!(
            output.logs().iter().any(|log| log.contains("disagree about the time")),
            route.ends_with("myself"),
            "{route}: {:?}",
            output.logs()
        );
        site.change("");
        let issues = site.truth("issues");
        let id = issues[0]["id"].as_str().expect("an ID").to_owned();
        site.edit(Edit::AddComment { issue: id, text: None, restricted: false }).expect("an edit");
        site.advance_clock(Duration::from_secs(300));
        next(&site, &mut destination);
        assert_holds(&site, &destination, &STREAMS[..2]);
    }
}

/// The first search is the second witness where `/myself` and the next reply agree on a time that is ahead.
#[test]
fn a_search_that_is_behind_the_other_replies_counts() {
    let (site, mut destination) = synced(952);
    let fast = |route: &str| format!("[[fault]]\nroute = \"{route}\"\nkind = \"clock\"\nseconds = 7200\n");
    site.change(&[fast("/rest/api/3/myself"), fast("/rest/api/3/serverInfo")].concat());
    next(&site, &mut destination);
    assert!(cursor(&destination) <= site.now());
}
