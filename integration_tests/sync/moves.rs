//! Moves of issues to other projects: their old and new keys, from embedded and from complete changelogs.

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog, time};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::time::Duration;

const STREAM: [&str; 1] = ["key_history"];
const HISTORIES: &str = "/rest/api/3/changelog/bulkfetch";

type Move = (String, String, String, i64);

/// Moves issues with short and with long changelogs, some of them twice. Returns how many of them the site cuts off.
fn relocate(site: &Site, count: usize) -> usize {
    let issues = site.truth("issues");
    let mut sizes: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for entry in site.truth("changelogs") {
        *sizes.entry(entry["issueId"].as_str().expect("an id").to_owned()).or_default() += 1;
    }
    let mut ids: Vec<&str> = issues.iter().filter_map(|issue| issue["id"].as_str()).collect();
    // The longest first.
    ids.sort_by_key(|id| std::cmp::Reverse(sizes.get(*id).copied().unwrap_or(0)));
    let (mut moved, mut long) = (0, 0);
    for id in ids.iter().take(15).chain(ids.iter().rev()) {
        if moved == count {
            break;
        }
        let to = |project: &str| site.edit(Edit::Move { issue: (*id).to_owned(), project: project.into() }).is_ok();
        if to("AND") || to("CORE") {
            long += usize::from(sizes.get(*id).is_some_and(|size| *size > 40));
            moved += 1;
            site.advance_clock(Duration::from_secs(7));
            if moved % 3 == 0 {
                assert!(to("CORE") || to("AND"));
            }
        }
    }
    long
}

fn reported<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Vec<Move> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let row = |row: &Value| {
        let at = time::parse(&text(&row["at"])).expect("a time");
        (text(&row["issueId"]), text(&row["oldKey"]), text(&row["newKey"]), at)
    };
    let mut moves: Vec<Move> = rows.into_iter().map(row).collect();
    moves.sort();
    moves
}

fn truth(site: &Site) -> Vec<Move> {
    let moves = site.key_history().into_iter();
    let mut moves: Vec<Move> = moves.map(|one| (one.issue_id, one.old_key, one.new_key, one.at)).collect();
    moves.sort();
    moves
}

#[test]
fn every_move_is_reported_with_both_keys_time_and_author() {
    let site = Site::new(420, 7, "");
    assert!(relocate(&site, 12) >= 2, "no history is cut off: the test shows little");
    for mode in ["ids", "pages"] {
        let config = site.config_with(json!({"scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None).good();
        let rows = output.records("key_history");
        assert_eq!(reported(rows.iter().copied()), truth(&site), "{mode}");
        let (issues, entries) = (site.truth_by("issues", &["id"]), site.truth_by("changelogs", &["id"]));
        for row in rows {
            let entry = &entries[row["id"].as_str().expect("an id")];
            assert_eq!((&row["issueId"], &row["author"]), (&entry["issueId"], &entry["author"]));
            assert_eq!(row["issueKey"], issues[row["issueId"].as_str().expect("an id")]["key"]);
        }
    }
}

#[test]
fn later_syncs_report_moves_of_changed_issues() {
    let site = Site::new(200, 8, "");
    let mut destination = Destination::default();
    relocate(&site, 4);
    site.advance_clock(Duration::from_secs(4_000));
    destination.load(&site.read(&STREAM, "incremental", None).good());
    for turn in 0..4 {
        let before = site.key_history().len();
        site.random_edits(10, turn);
        relocate(&site, 3);
        site.advance_clock(Duration::from_secs(4_000));
        let output = site.read(&STREAM, "incremental", Some(&destination.state())).good();
        let (rows, moves) = (output.records("key_history"), site.key_history());
        assert!(rows.len() >= moves.len() - before);
        destination.load(&output);
        assert_eq!(reported(destination.table("key_history").values()), truth(&site));
    }
}

fn requests(site: &Site, streams: &[&str]) -> (Output, u64) {
    let before = site.log().count(&format!("POST {HISTORIES}"));
    let output = site.read(streams, "incremental", None).good();
    (output, site.log().count(&format!("POST {HISTORIES}")) - before)
}

#[test]
fn changelogs_and_moves_share_their_requests_and_leave_each_other_alone() {
    let site = Site::new(420, 7, "");
    relocate(&site, 6);
    let (alone, once) = requests(&site, &["issue_changelogs"]);
    let (moves, too) = requests(&site, &STREAM);
    let (both, together) = requests(&site, &["issue_changelogs", "key_history"]);
    assert!(once > 0);
    assert_eq!((once, too), (together, together));
    assert_eq!(reported(both.records("key_history")), reported(moves.records("key_history")));
    let mut destination = Destination::default();
    destination.load(&both);
    assert_equal(&site, &destination, &["issue_changelogs"]);
    assert_eq!(both.records("issue_changelogs").len(), alone.records("issue_changelogs").len(), "some came twice");
}

/// Names every change of a status like a move, but as one of a custom field.
fn renamed(mut page: Value) -> Value {
    for issue in page["issues"].as_array_mut().into_iter().flatten() {
        for entry in issue["changelog"]["histories"].as_array_mut().into_iter().flatten() {
            for item in entry["items"].as_array_mut().into_iter().flatten() {
                if item["field"] == "status" {
                    (item["field"], item["fieldtype"]) = (json!("Key"), json!("custom"));
                }
            }
        }
    }
    page
}

#[test]
fn a_custom_field_called_key_is_no_move() {
    let site = Site::new(80, 9, "");
    relocate(&site, 3);
    let proxy = Proxy::new(&site.host(), |asked| {
        if asked.is("POST", "/rest/api/3/issue/bulkfetch") { Verdict::Change(renamed) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None).good();
    assert_eq!(reported(output.records("key_history")), truth(&site));
}

#[test]
fn unreadable_changelogs_end_both_streams_and_no_other() {
    let site = Site::new(420, 7, "");
    relocate(&site, 6);
    site.change(&format!("[[fault]]\nroute = \"{HISTORIES}\"\nkind = \"forbidden\""));
    let streams = ["issues", "issue_changelogs", "key_history"];
    let output = site.read(&streams, "incremental", None);
    let last = |stream: &str| output.statuses(stream).last().copied().unwrap_or_default().to_owned();
    assert_eq!(streams.map(last), ["COMPLETE", "INCOMPLETE", "INCOMPLETE"]);
    site.change("");
    let mut destination = Destination::default();
    destination.load(&output);
    destination.load(&site.read(&streams, "incremental", Some(&destination.state())).good());
    assert_eq!(reported(destination.table("key_history").values()), truth(&site));
    assert_equal(&site, &destination, &["issue_changelogs"]);
}
