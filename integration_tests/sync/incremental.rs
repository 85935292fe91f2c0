//! A full sync, edits, and incremental syncs: the destination follows the site, and nothing comes twice.

use super::{FAMILY, MOVING};
use crate::support::{Destination, Proxy, Site, Verdict, assert_holds, catalog};
use jira_simulator::Edit;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

fn synced(site: &Site, destination: &mut Destination, streams: &[&str]) -> usize {
    let output = site.read(streams, "incremental", Some(&destination.state())).good();
    destination.load(&output);
    output.of_type("RECORD").count()
}

#[test]
fn the_destination_follows_random_edits() {
    for (seed, mode) in [(1, "ids"), (2, "pages"), (3, "ids"), (4, "pages")] {
        let site = Site::new(120, seed, "");
        let config = site.config_with(json!({"scan_mode": mode}));
        let mut destination = Destination::default();
        for round in 0..3 {
            let state = destination.state();
            let output = site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good();
            destination.load(&output);
            assert_holds(&site, &destination, &MOVING);
            site.random_edits(25, seed * 100 + round);
            // Edits lie hours apart in one round, seconds in the others.
            if round == 1 {
                site.advance_clock(Duration::from_secs(3 * 3600));
                site.random_edits(25, seed * 100 + 50);
            }
        }
        let rows = synced(&site, &mut destination, &MOVING);
        assert!(rows > 0 && rows < 1_500, "{rows} rows for 25 edits: seed {seed}");
        assert_holds(&site, &destination, &MOVING);
    }
}

#[test]
fn a_sync_without_edits_sends_nothing_of_the_family() {
    let site = Site::new(80, 6, "");
    let mut destination = Destination::default();
    synced(&site, &mut destination, &FAMILY);
    assert_eq!(synced(&site, &mut destination, &FAMILY), 0);
    site.random_edits(15, 6);
    assert!(synced(&site, &mut destination, &FAMILY) > 0);
    for _ in 0..3 {
        assert_eq!(synced(&site, &mut destination, &FAMILY), 0);
    }
    site.advance_clock(Duration::from_secs(600));
    assert_eq!(synced(&site, &mut destination, &FAMILY), 0, "ten minutes later");
}

#[test]
fn the_cost_of_an_incremental_sync_follows_the_edits_and_not_the_site() {
    let site = Site::new(300, 6, "");
    let mut destination = Destination::default();
    let streams = ["issues", "issue_comments", "issue_changelogs"];
    synced(&site, &mut destination, &streams);
    site.random_edits(5, 1);
    site.reset_log();
    synced(&site, &mut destination, &streams);
    assert!(site.log().requests <= 9, "{:#?}", site.log().routes);
}

#[test]
fn an_issue_that_changes_between_being_listed_and_being_read_arrives() {
    let site = Arc::new(Site::new(60, 8, ""));
    let issue = site.truth("issues")[10]["id"].as_str().unwrap().to_owned();
    let (editor, edits) = (site.clone(), AtomicU32::new(0));
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("POST", "/rest/api/3/issue/bulkfetch") && edits.fetch_add(1, Ordering::Relaxed) == 0 {
            editor
                .edit(Edit::AddComment { issue: issue.clone(), text: Some("just now".into()), restricted: false })
                .unwrap();
        }
        Verdict::Pass
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    let mut destination = Destination::default();
    for _ in 0..2 {
        let state = destination.state();
        let output = site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good();
        destination.load(&output);
    }
    assert_holds(&site, &destination, &MOVING);
}

/// Somebody, or a machine, changes one issue all the time, also while it is read.
#[test]
fn an_issue_that_changes_at_every_moment_arrives() {
    for mode in ["ids", "pages"] {
        let site = Arc::new(Site::new(120, 8, ""));
        let issue = site.truth("issues")[3]["id"].as_str().unwrap().to_owned();
        let (editor, restless) = (site.clone(), issue.clone());
        let proxy = Proxy::new(&site.host(), move |_| {
            editor.edit(Edit::AddComment { issue: restless.clone(), text: None, restricted: false }).unwrap();
            editor.edit(Edit::Transition { issue: restless.clone(), status: None }).unwrap();
            Verdict::Pass
        });
        let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": mode}));
        let mut destination = Destination::default();
        for round in 0..4 {
            let state = destination.state();
            let output = site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good();
            destination.load(&output);
            assert!(output.records("issues").iter().any(|row| row["id"] == *issue), "{mode}: round {round}");
        }
        // Without further edits, everything has arrived.
        let state = destination.state();
        destination.load(&site.read(&MOVING, "incremental", Some(&state)).good());
        assert_holds(&site, &destination, &MOVING);
    }
}

#[test]
fn a_stream_that_joins_later_is_read_whole_and_the_others_are_not_read_again() {
    let site = Site::new(100, 9, "");
    let mut destination = Destination::default();
    synced(&site, &mut destination, &["issues", "issue_comments"]);
    let streams = ["issues", "issue_comments", "issue_changelogs"];
    let output = site.read(&streams, "incremental", Some(&destination.state())).good();
    assert_eq!(output.records("issues").len() + output.records("issue_comments").len(), 0);
    destination.load(&output);
    assert_holds(&site, &destination, &streams);
    assert_eq!(synced(&site, &mut destination, &streams), 0);
    // From now on they share a scan.
    site.reset_log();
    site.random_edits(3, 9);
    synced(&site, &mut destination, &streams);
    assert_eq!(site.log().count("POST /rest/api/3/issue/bulkfetch"), 2, "one for the lag of the index");
}

#[test]
fn a_deleted_issue_ends_nothing() {
    let site = Arc::new(Site::new(60, 10, ""));
    let issues: Vec<String> =
        site.truth("issues").iter().map(|issue| issue["id"].as_str().unwrap().to_owned()).collect();
    let (editor, turn) = (site.clone(), AtomicU32::new(0));
    // Deleted after it was listed, before it is read; and one more before its watchers are.
    let proxy = Proxy::new(&site.host(), move |asked| {
        let reads = asked.is("POST", "/rest/api/3/issue/bulkfetch") && asked.json()["fields"] == json!(["*all"]);
        let at = if reads { 0 } else { 1 };
        if at == 0 || asked.path.contains("/watchers") && turn.fetch_add(1, Ordering::Relaxed) == 0 {
            editor.edit(Edit::Delete { issue: issues[at].clone() }).ok();
            if at == 1 {
                editor.edit(Edit::Hide { issue: asked.path.split('/').nth(5).unwrap().to_owned() }).unwrap();
            }
        }
        Verdict::Pass
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    let output = site.read_with(&config, &catalog(&["issues", "issue_watchers"], "incremental"), None).good();
    let logs = output.logs().join("\n");
    assert!(logs.contains("1 issue was deleted or hidden"), "{logs}");
    assert!(logs.contains("skipped in issue_watchers: 1 × issue_missing"), "{logs}");
}
