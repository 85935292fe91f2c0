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
        let logs = output.logs();
        assert!(logs.iter().any(|log| log.contains("disagree about the time by 120 min")), "{route}: {logs:?}");
        site.change("");
        let issues = site.truth("issues");
        let id = issues[0]["id"].as_str().expect("an ID").to_owned();
        site.edit(Edit::AddComment { issue: id, text: None, restricted: false }).expect("an edit");
        site.advance_clock(Duration::from_secs(300));
        next(&site, &mut destination);
        assert_holds(&site, &destination, &STREAMS[..2]);
    }
}

/// Whatever most replies say, the earliest counts; and where all agree, this machine's clock is the last witness.
#[test]
fn the_earliest_of_all_witnesses_counts() {
    let (site, mut destination) = synced(952);
    for fast in ["first = 9", "every = 2", ""] {
        site.change(&format!("[[fault]]\nkind = \"clock\"\nseconds = 7200\n{fast}"));
        let output = next(&site, &mut destination);
        assert!(cursor(&destination) <= site.now(), "{fast}");
        let logs = output.logs();
        let said = logs.iter().any(|log| log.contains("about the time") || log.contains("behind Jira's"));
        assert!(said, "{fast}: {logs:?}");
    }
}
