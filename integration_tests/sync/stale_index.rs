//! A stale search index: what it did not show in one sync arrives in the next.

use super::MOVING;
use crate::support::{Destination, Site, assert_holds, catalog};
use jira_simulator::{Edit, Scenario};
use serde_json::json;
use std::time::Duration;

#[test]
fn edits_shortly_before_a_sync_arrive_in_the_next() {
    // Minutes of lag happen after bulk changes; seconds are normal.
    for (lag, mode) in [(5, "ids"), (45, "pages"), (45, "ids"), (240, "ids"), (240, "pages")] {
        let site = Site::new(100, 95, &format!("[search]\nindex_lag_seconds = {lag}"));
        let config = site.config_with(json!({"scan_mode": mode}));
        let mut destination = Destination::default();
        let mut sync = || {
            let state = destination.state();
            destination.load(&site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good());
            destination.table("issues").len()
        };
        site.random_edits(20, lag);
        sync();
        for round in 0..4 {
            // Now some edits are in the index and some are not.
            site.advance_clock(Duration::from_secs(lag / 2 + 1));
            site.random_edits(10, lag + round);
            sync();
        }
        site.advance_clock(Duration::from_secs(lag + 1));
        sync();
        assert_holds(&site, &destination, &MOVING);
    }
}

/// After bulk changes an index may lag longer than any fixed overlap: the measured lag widens the overlap.
#[test]
fn an_index_that_lags_longer_than_the_overlap_is_noticed_and_waited_for() {
    for mode in ["ids", "pages"] {
        let lag = 1_500;
        let site = Site::new(60, 96, &format!("[search]\nindex_lag_seconds = {lag}"));
        let mut destination = Destination::default();
        let mut sync = |members: serde_json::Value| {
            let mut config = site.config_with(members);
            config["scan_mode"] = json!(mode);
            let state = destination.state();
            let output = site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good();
            destination.load(&output);
            output
        };
        sync(json!({}));
        for round in 0..5 {
            site.random_edits(15, 960 + round);
            site.advance_clock(Duration::from_secs(400));
            let output = sync(json!({}));
            assert!(output.logs().iter().any(|log| log.contains("search index lags by at least")), "{mode} {round}");
        }
        site.change("");
        let last = sync(json!({}));
        assert!(last.logs().iter().any(|log| log.contains("issues: consistent as of")));
        assert_holds(&site, &destination, &MOVING);
    }
}

/// The index may go back: a search that is answered by a slower copy of it shows what was there before.
#[test]
fn an_older_version_is_not_sent_over_a_newer_one() {
    let site = Site::new(40, 33, "");
    let config = site.config_with(json!({"scan_mode": "pages"}));
    let issue = site.truth("issues")[5]["id"].as_str().unwrap().to_owned();
    let wanted = catalog(&["issues"], "incremental");
    let mut destination = Destination::default();
    destination.load(&site.read_with(&config, &wanted, None).good());
    // Recent enough to be read again and again, changed twice.
    site.edit(Edit::Transition { issue: issue.clone(), status: None }).unwrap();
    site.advance_clock(Duration::from_secs(70));
    site.edit(Edit::Transition { issue: issue.clone(), status: None }).unwrap();
    site.advance_clock(Duration::from_secs(5));
    destination.load(&site.read_with(&config, &wanted, Some(&destination.state())).good());
    site.set_scenario(Scenario::parse("[search]\nindex_lag_seconds = 40").unwrap());
    let again = site.read_with(&config, &wanted, Some(&destination.state())).good();
    assert_eq!(again.records("issues").len(), 0, "{:?}", again.records("issues"));
    assert_holds(&site, &destination, &["issues"]);
}

/// Votes, watchers, links to elsewhere and properties change without a word in `updated`.
#[test]
fn what_changes_in_silence_is_read_again_after_some_days() {
    let site = Site::new(40, 34, "");
    let streams = ["issue_votes", "issue_remote_links", "issue_comments"];
    let issue = site.truth("issues")[7]["id"].as_str().unwrap().to_owned();
    let mut destination = Destination::default();
    let mut sync = |days: u32| {
        site.advance_clock(Duration::from_secs(2 * 86_400));
        let config = site.config_with(json!({"full_refresh_interval_days": days}));
        let output = site.read_with(&config, &catalog(&streams, "incremental"), Some(&destination.state())).good();
        destination.load(&output);
        output.records("issue_votes").len()
    };
    let all = sync(7);
    site.edit(Edit::Vote { issue: issue.clone() }).unwrap();
    site.edit(Edit::AddRemoteLink { issue: issue.clone() }).unwrap();
    assert_eq!([sync(7), sync(7), sync(7)], [0, 0, 0], "nothing says that they changed");
    assert_eq!(sync(0), 0, "never");
    assert_eq!([sync(7), sync(7)], [all, 0], "the tenth day");
    assert_holds(&site, &destination, &["issue_remote_links", "issue_comments"]);
    let votes = &destination.table("issue_votes")[&issue]["votes"];
    assert_eq!(*votes, site.truth("issues")[7]["fields"]["votes"]["votes"]);
}
