//! Deleted comments, of issues with few and with many.

use super::{deleted, issues_by, moment, text, touch};
use crate::support::{Destination, Output, Rng, Site, assert_equal, catalog, read_until};
use jira_simulator::{ChildKind, Edit};
use serde_json::{Value, json};
use source_jira::record::children::Children;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub const STREAMS: [&str; 2] = ["issue_comments", "deleted_comments"];
pub const PAGES: &str = "/rest/api/3/issue/{issueIdOrKey}/comment";
pub const LIST: &str = "/rest/api/3/comment/list";

/// A site whose syncs go on from one another.
pub struct Synced {
    pub site: Site,
    pub destination: Destination,
    pub config: Value,
}

impl Synced {
    /// After a first sync. One issue has 30 comments, one 130; both are returned.
    pub fn new(issues: u32, seed: u64, mode: &str) -> (Self, [String; 2]) {
        let site = Site::past(issues, seed, "");
        let config = site.config_with(json!({"track_sent_ids": true, "scan_mode": mode}));
        let ids: Vec<String> = site.truth("issues").iter().take(2).map(|issue| text(&issue["id"])).collect();
        let many = [ids[0].clone(), ids[1].clone()];
        for (issue, count) in many.iter().zip([30, 130]) {
            (0..count).for_each(|_| comment(&site, issue));
        }
        let mut synced = Self { site, destination: Destination::default(), config };
        assert_eq!(synced.next().records(STREAMS[1]).len(), 0, "a first sync misses nothing");
        (synced, many)
    }

    pub fn next(&mut self) -> Output {
        self.through(&self.config.clone()).good()
    }

    pub fn through(&mut self, config: &Value) -> Output {
        self.site.advance_clock(Duration::from_secs(90));
        let state = self.destination.state();
        let output = self.site.read_with(config, &catalog(&STREAMS, "incremental"), Some(&state));
        self.destination.load(&output);
        output
    }

    /// The ids of an issue's comments, oldest first.
    pub fn comments(&self, issue: &str) -> Vec<String> {
        let comments = self.site.truth("comments").into_iter().filter(|comment| comment["issueId"] == issue);
        comments.map(|comment| text(&comment["id"])).collect()
    }

    pub fn delete(&self, issue: &str, comment: &str) {
        let edit = Edit::DeleteComment { issue: issue.to_owned(), comment: Some(comment.to_owned()) };
        self.site.edit(edit).expect("it is there");
    }

    /// Of the comments in the destination, exactly the deleted ones are reported.
    pub fn assert_reported(&self, what: &str) {
        let sent = self.destination.table(STREAMS[0]);
        let mut truth = deleted(&self.site, ChildKind::Comment);
        truth.retain(|id, _| sent.contains_key(id));
        let (mut rows, there) = (self.destination.table(STREAMS[1]).clone(), self.site.truth_by("issues", &["id"]));
        // What was reported before its issue was deleted.
        rows.retain(|_, row| there.contains_key(&text(&row["issueId"])));
        let issues: BTreeMap<&String, String> = rows.iter().map(|(id, row)| (id, text(&row["issueId"]))).collect();
        assert_eq!(issues, truth.iter().map(|(id, (issue, _))| (id, issue.clone())).collect(), "{what}");
        for (id, row) in &rows {
            let at = truth[id].1;
            assert!(row["lastSeenAt"].is_null() || moment(&row["lastSeenAt"]) <= at, "{at} {row}");
            assert!(at <= moment(&row["detectedAt"]), "{at} {row}");
            assert_eq!(row["detectedBy"], "comparison");
        }
    }
}

pub fn comment(site: &Site, issue: &str) {
    site.edit(Edit::AddComment { issue: issue.to_owned(), text: None, restricted: false }).expect("it is there");
}

fn reported_by(output: &Output) -> BTreeSet<String> {
    output.records(STREAMS[1]).iter().map(|row| text(&row["id"])).collect()
}

#[test]
fn every_deleted_comment_is_reported_whether_its_issue_has_few_or_many() {
    for mode in ["ids", "pages"] {
        let (mut synced, many) = Synced::new(60, 21, mode);
        let few = issues_by(&synced.site, "comments", "comments").pop().expect("an issue with comments");
        for issue in [&few, &many[0], &many[1]] {
            let comments = synced.comments(issue);
            let place = comments.len() / 2;
            for id in BTreeSet::from([&comments[0], &comments[place], &comments[comments.len() - 1]]) {
                synced.delete(issue, id);
            }
        }
        let output = synced.next();
        assert!(reported_by(&output).len() >= 7, "{mode}");
        let keys = synced.site.truth_by("issues", &["id"]);
        for row in output.records(STREAMS[1]) {
            assert_eq!(row["issueKey"], keys[&text(&row["issueId"])]["key"]);
            assert!(!row["lastSeenAt"].is_null());
        }
        synced.assert_reported(mode);
        // All comments of an issue are deleted; what was reported is not reported again.
        synced.comments(&many[0]).iter().for_each(|id| synced.delete(&many[0], id));
        assert_eq!(reported_by(&synced.next()).len(), 27, "{mode}");
        synced.assert_reported(mode);
        touch(&synced.site, &many[0]);
        assert_eq!(reported_by(&synced.next()).len(), 0, "{mode}");
    }
}

#[test]
fn long_runs_report_all_deletions() {
    for seed in 0..4 {
        let mode = if seed % 2 == 0 { "ids" } else { "pages" };
        let (mut synced, many) = Synced::new(40, 30 + seed, mode);
        let mut rng = Rng(seed);
        for turn in 0..6 {
            synced.site.random_edits(30, seed * 100 + turn);
            for issue in &many {
                let comments = synced.comments(issue);
                let lot = rng.below(comments.len() as u64 + 1) as usize;
                comments.get(lot).iter().for_each(|id| synced.delete(issue, id));
                comment(&synced.site, issue);
            }
            synced.next();
            synced.assert_reported(&format!("seed {seed}, turn {turn}"));
        }
        assert!(synced.destination.table(STREAMS[1]).len() > 6, "too little is gone: the test shows little");
    }
}

/// A stale index shows older versions of issues again and again: each deletion is reported once, and nothing else.
#[test]
fn an_index_that_lags_makes_no_losses() {
    for (seed, mode) in [(50, "ids"), (51, "pages")] {
        let (mut synced, many) = Synced::new(40, seed, mode);
        synced.site.change("[search]\nindex_lag_seconds = 300");
        let mut reported = 0;
        for turn in 0..10 {
            if turn < 5 {
                let comments = synced.comments(&many[turn % 2]);
                synced.delete(&many[turn % 2], &comments[10 * turn % comments.len()]);
                comment(&synced.site, &many[turn % 2]);
            }
            reported += synced.next().records(STREAMS[1]).len();
        }
        assert_eq!(reported, 5, "{mode}");
        synced.assert_reported(mode);
    }
}

#[test]
fn both_streams_of_comments_share_their_pages_and_neither_disturbs_the_other() {
    let (synced, _) = Synced::new(60, 22, "ids");
    let site = &synced.site;
    let pages = |streams: &[&str]| {
        let before = site.log().count(&format!("GET {PAGES}"));
        let output = site.read_with(&synced.config, &catalog(streams, "incremental"), None).good();
        (site.log().count(&format!("GET {PAGES}")) - before, output)
    };
    let ((sent, _), (missed, alone), (both, together)) = (pages(&STREAMS[..1]), pages(&STREAMS[1..]), pages(&STREAMS));
    assert!(sent >= 3, "{sent}");
    assert_eq!((sent, sent), (missed, both));
    let mut destination = Destination::default();
    destination.load(&together);
    assert_equal(site, &destination, &STREAMS[..1]);
    assert_eq!(together.records(STREAMS[0]).len(), site.truth("comments").len(), "some came twice");
    let known = |output: &Output| remembered(&output.state());
    assert_eq!(known(&alone), known(&together));
    assert_eq!(known(&alone).map(|known| known.len()), Some(site.truth("comments").len()));
}

/// What the state of the stream remembers.
pub fn remembered(states: &Value) -> Option<Children> {
    let of = |state: &&Value| state["stream"]["stream_descriptor"]["name"] == STREAMS[1];
    let state = states.as_array()?.iter().find(of)?;
    let text = state["stream"]["stream_state"]["comments"].as_str()?;
    Some(Children::decode(text, 1_000_000).expect("it was written by us"))
}

/// Wherever a run is killed: what the last STATE of `issue_comments` covers, the last one of `deleted_comments` knows.
#[test]
fn what_a_state_says_is_sent_is_known_before() {
    for mode in ["ids", "pages"] {
        let site = Site::new(2_500, 23, "");
        let config = site.config_with(json!({"track_sent_ids": true, "scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good();
        let (mut sent, mut known, mut states) = (Vec::new(), Children::default(), 0);
        for message in &output.messages {
            if message["type"] == "RECORD" {
                let id = |name: &str| text(&message["record"]["data"][name]).parse::<u64>().expect("a number");
                sent.push((id("id"), id("issueId")));
            } else if let Some(now) = remembered(&json!([message["state"]])) {
                known = now;
            } else if message["state"]["stream"]["stream_descriptor"]["name"] == STREAMS[0] {
                states += 1;
                assert!(sent.iter().all(|(id, issue)| known.of(*issue).contains(id)), "{mode}, STATE {states}");
            }
        }
        assert!(states >= 3, "{states} states of {} comments: the test shows little", sent.len());
    }
}

#[test]
fn after_a_kill_anywhere_later_deletions_are_reported() {
    let mut rng = Rng(24);
    for turn in 0..10 {
        let (mut synced, many) = Synced::new(60, 24, if turn % 2 == 0 { "ids" } else { "pages" });
        for issue in &many {
            let comments = synced.comments(issue);
            (0..5).for_each(|step| synced.delete(issue, &comments[5 * step]));
            comment(&synced.site, issue);
        }
        synced.site.random_edits(20, turn);
        synced.site.advance_clock(Duration::from_secs(90));
        let state = synced.destination.state();
        let wanted = catalog(&STREAMS, "incremental");
        let size = synced.site.read_with(&synced.config, &wanted, Some(&state)).good().stdout.len() as u64;
        let position = rng.below(size) as usize;
        match read_until(&synced.site, &synced.config, &wanted, Some(&state), position) {
            Ok(output) | Err(output) => synced.destination.load(&output),
        }
        // These were there at the last sync that came to its end.
        for issue in &many {
            synced.delete(issue, &synced.comments(issue)[7]);
        }
        synced.next();
        synced.assert_reported(&format!("turn {turn}, killed at {position} of {size}"));
    }
}

#[test]
fn more_than_a_request_takes_are_asked_for_in_several() {
    let (mut synced, many) = Synced::new(20, 25, "ids");
    (0..1_900).for_each(|_| comment(&synced.site, &many[1]));
    synced.next();
    for id in synced.comments(&many[1]).iter().take(1_850) {
        synced.delete(&many[1], id);
    }
    let before = synced.site.log().count(&format!("POST {LIST}"));
    assert_eq!(reported_by(&synced.next()).len(), 1_850);
    assert_eq!(synced.site.log().count(&format!("POST {LIST}")) - before, 3);
    synced.assert_reported("many");
}

#[test]
fn comments_of_deleted_issues_are_not_reported() {
    let (mut synced, many) = Synced::new(20, 26, "ids");
    synced.site.edit(Edit::Delete { issue: many[0].clone() }).expect("it is there");
    synced.site.edit(Edit::Hide { issue: many[1].clone() }).expect("it is there");
    assert_eq!(reported_by(&synced.next()).len(), 0);
    let known = remembered(&synced.destination.state()).expect("a memory");
    assert!(many.iter().all(|issue| known.of(issue.parse().expect("a number")).len() >= 30));
}
