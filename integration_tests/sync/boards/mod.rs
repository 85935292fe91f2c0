//! The issues of boards: each board goes on from its own cursor, whatever becomes of the others.

mod completeness;
mod refusals;

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const STREAM: &str = "board_issues";
const NEW: &str = "/rest/software/1.0/board/";

fn read(site: &Site, members: Value, state: Option<&Value>) -> Output {
    site.read_with(&site.config_with(members), &catalog(&[STREAM], "incremental"), state)
}

/// Which issue came under which board.
fn rows(output: &Output) -> BTreeSet<(u64, String)> {
    let row = |row: &&Value| {
        let id = row["id"].as_str().expect("a text").to_owned();
        (row["boardId"].as_u64().expect("a number"), id)
    };
    output.records(STREAM).iter().map(row).collect()
}

/// What the site shows on its boards, of the projects that are wanted.
fn shown(site: &Site, wanted: impl Fn(u64, &str) -> bool) -> BTreeSet<(u64, String)> {
    let row = |row: Value| {
        let (board, key) = (row["boardId"].as_u64()?, row["key"].as_str()?);
        wanted(board, key).then(|| (board, row["id"].as_str().unwrap_or_default().to_owned()))
    };
    site.truth(STREAM).into_iter().filter_map(row).collect()
}

fn comment_on(site: &Site, issue: &str) {
    let edit = Edit::AddComment { issue: issue.into(), text: None, restricted: false };
    site.edit(edit).expect("the issue takes comments");
    site.advance_clock(Duration::from_secs(300));
}

/// An issue that several boards show.
fn popular(site: &Site) -> String {
    let truth = site.truth(STREAM);
    let boards = |id: &Value| truth.iter().filter(|row| row["id"] == *id).count();
    let issue = truth.iter().find(|row| boards(&row["id"]) >= 3).expect("an issue on three boards");
    issue["id"].as_str().expect("a text").to_owned()
}

fn state(output: &Output) -> Value {
    output.state()[0]["stream"]["stream_state"].clone()
}

#[test]
fn a_change_comes_under_each_board_that_shows_the_issue_and_nothing_comes_twice() {
    let site = Site::new(120, 501, "");
    let first = read(&site, json!({}), None).good();
    assert_eq!(rows(&first), shown(&site, |_, _| true));
    site.advance_clock(Duration::from_secs(3_600));
    let issue = popular(&site);
    comment_on(&site, &issue);
    let second = read(&site, json!({}), Some(&first.state())).good();
    let expected = shown(&site, |_, _| true).into_iter().filter(|(_, id)| *id == issue);
    assert_eq!(rows(&second), expected.collect());
    let third = read(&site, json!({}), Some(&second.state())).good();
    assert!(third.records(STREAM).is_empty(), "{:?}", rows(&third));
    let mut destination = Destination::default();
    [&first, &second, &third].into_iter().for_each(|output| destination.load(output));
    assert_equal(&site, &destination, &[STREAM]);
}

#[test]
fn a_board_that_is_new_is_read_in_full_and_the_others_are_not() {
    let site = Site::new(120, 502, "");
    let mut before = read(&site, json!({}), None).good().state();
    let boards = before[0]["stream"]["stream_state"]["boards"].as_object_mut().expect("boards");
    assert!(boards.len() >= 4 && boards.remove("2").is_some(), "{boards:?}");
    let next = read(&site, json!({}), Some(&before)).good();
    assert_eq!(rows(&next), shown(&site, |board, _| board == 2));
}

#[test]
fn a_board_that_fails_keeps_its_cursor_and_the_others_go_on() {
    let site = Site::new(120, 503, "");
    let first = read(&site, json!({}), None).good();
    site.advance_clock(Duration::from_secs(3_600));
    let issue = popular(&site);
    comment_on(&site, &issue);
    let changed = |wanted: fn(u64) -> bool| -> BTreeSet<(u64, String)> {
        shown(&site, |board, _| wanted(board)).into_iter().filter(|(_, id)| *id == issue).collect()
    };
    let proxy = Proxy::new(&site.host(), |asked| match asked.path.starts_with(&format!("{NEW}1/issue")) {
        true => Verdict::Answer(503, "{\"errorMessages\":[\"busy\"]}".into()),
        false => Verdict::Pass,
    });
    let failed = read(&site, json!({"domain": proxy.host()}), Some(&first.state()));
    assert_eq!((failed.code, failed.statuses(STREAM).last()), (Some(1), Some(&"INCOMPLETE")));
    assert!(failed.errors()[0].contains("1 board could not be read (IDs 1)"), "{:?}", failed.errors());
    assert_eq!(rows(&failed), changed(|board| board != 1));
    assert_eq!(state(&failed)["boards"]["1"], state(&first)["boards"]["1"], "the cursor stays");
    let next = read(&site, json!({}), Some(&failed.state())).good();
    assert_eq!(rows(&next), changed(|board| board == 1));
}

#[test]
fn a_filter_on_projects_leaves_out_other_boards_and_other_issues() {
    let site = Site::new(160, 504, "");
    let located = |key: &str| -> BTreeSet<u64> {
        let boards = site.truth("boards").into_iter().filter(|board| board["location"]["projectKey"] == key);
        boards.filter_map(|board| board["id"].as_u64()).collect()
    };
    let (core, and) = (located("CORE"), located("AND"));
    let output = read(&site, json!({"projects": ["CORE"]}), None).good();
    assert_eq!(rows(&output), shown(&site, |board, key| core.contains(&board) && key.starts_with("CORE-")));
    let reported = |output: &Output| output.logs().iter().any(|log| log.contains("× board_without_location"));
    assert!(reported(&output), "{:?}", output.logs());
    let wider = read(&site, json!({"projects": ["CORE", "AND"]}), Some(&output.state())).good();
    assert_eq!(rows(&wider), shown(&site, |board, key| and.contains(&board) && key.starts_with("AND-")));
    let dates = json!({"projects": ["CORE"], "created_after": "2100-01-01T00:00:00Z"});
    assert!(read(&site, dates, None).good().records(STREAM).is_empty());
}

/// A board that shows several projects is known, and what of it was left out is read alone.
#[test]
fn what_comes_into_the_filter_is_read_of_the_boards_known_and_nothing_else() {
    let site = Site::new(160, 505, "");
    let first = read(&site, json!({"exclude_projects": ["AND"]}), None).good();
    let mixed: BTreeSet<u64> =
        shown(&site, |_, key| key.starts_with("AND-")).into_iter().map(|(board, _)| board).collect();
    assert!(rows(&first).iter().any(|(board, _)| mixed.contains(board)), "no board shows two projects");
    let wider = read(&site, json!({}), Some(&first.state())).good();
    assert_eq!(rows(&wider), shown(&site, |_, key| key.starts_with("AND-")));
    let same = read(&site, json!({}), Some(&wider.state())).good();
    assert!(same.records(STREAM).is_empty());
    let other = read(&site, json!({"jql": "status = Done"}), Some(&same.state())).good();
    assert!(other.records(STREAM).is_empty(), "a condition lets less through");
    let back = read(&site, json!({}), Some(&other.state())).good();
    assert_eq!(rows(&back), shown(&site, |_, _| true), "what another condition left out can't be reported");
}

#[test]
fn a_state_of_airbytes_is_taken_board_by_board() {
    let site = Site::new(120, 506, "");
    let state_of = |state: Value| json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": STREAM}, "stream_state": state}}]);
    let partition =
        json!({"partition": {"board_id": 1, "parent_slice": {}}, "cursor": {"updated": "2100-01-01T00:00:00+0000"}});
    let ours = json!({"use_global_cursor": false, "states": [partition], "state": {"updated": "2100-01-01T00:00:00+0000"}, "lookback_window": 1, "parent_state": {}});
    // Otherwise what is older than two years is read, which it left out.
    let all = || json!({"start_date": "2000-01-01T00:00:00Z"});
    let output = read(&site, all(), Some(&state_of(ours))).good();
    assert_eq!(rows(&output), shown(&site, |board, _| board != 1), "one that Airbyte did not know is read in full");
    let global =
        json!({"use_global_cursor": true, "state": {"updated": "2100-01-01T00:00:00+0000"}, "lookback_window": 85});
    let output = read(&site, all(), Some(&state_of(global))).good();
    assert!(output.records(STREAM).is_empty(), "one cursor stands for all boards");
    let its = state(&output)["states"].as_array().map_or(0, Vec::len);
    assert_eq!(Some(its), state(&output)["boards"].as_object().map(serde_json::Map::len), "its connector can go on");
    assert!(state(&output)["boards"].as_object().is_some_and(|boards| boards.len() >= 4));
}

#[test]
fn all_is_read_again_after_some_days_because_a_board_may_change_without_its_issues() {
    let site = Site::new(60, 507, "");
    let first = read(&site, json!({}), None).good();
    site.advance_clock(Duration::from_secs(6 * 86_400));
    let second = read(&site, json!({}), Some(&first.state())).good();
    assert!(second.records(STREAM).is_empty());
    site.advance_clock(Duration::from_secs(2 * 86_400));
    let third = read(&site, json!({}), Some(&second.state())).good();
    assert_eq!(rows(&third), shown(&site, |_, _| true));
    let fourth = read(&site, json!({}), Some(&third.state())).good();
    assert!(fourth.records(STREAM).is_empty());
}

/// A refresh is resumed within its job, board by board.
#[test]
fn a_refresh_that_fails_goes_on_before_the_board_that_failed() {
    let site = Site::new(120, 508, "");
    let proxy = Proxy::new(&site.host(), |asked| match asked.path.starts_with(&format!("{NEW}2/issue")) {
        true => Verdict::Answer(503, "{}".into()),
        false => Verdict::Pass,
    });
    let run = |host: String, state: Option<&Value>| {
        let config = site.config_with(json!({"domain": host}));
        let mut command = site.read_command(&config, &catalog(&[STREAM], "full_refresh"), state);
        command.env("WORKER_JOB_ID", "9");
        Output::of(command)
    };
    let failed = run(proxy.host(), None);
    assert_eq!(failed.code, Some(1));
    assert_eq!(rows(&failed), shown(&site, |board, _| board != 2));
    let next = run(site.host(), Some(&failed.state())).good();
    assert_eq!(rows(&next), shown(&site, |board, _| board != 1));
}
