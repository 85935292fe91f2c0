//! Deleted attachments, from embedded and from complete changelogs.

use super::{deleted, issues_by, moment, text};
use crate::support::{Destination, Proxy, Site, Verdict, assert_equal, catalog};
use jira_simulator::{ChildKind, Edit};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

const STREAM: [&str; 1] = ["deleted_attachments"];
const HISTORIES: &str = "/rest/api/3/changelog/bulkfetch";

fn truth(site: &Site) -> BTreeMap<String, (String, i64)> {
    deleted(site, ChildKind::Attachment)
}

fn reported<'a>(rows: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, (String, i64)> {
    let row = |row: &Value| (text(&row["id"]), (text(&row["issueId"]), moment(&row["deletedAt"])));
    rows.into_iter().map(row).collect()
}

/// Deletes attachments of issues with long and with short changelogs.
fn delete(site: &Site, count: usize) {
    let issues = issues_by(site, "attachments", "changelogs");
    assert!(issues.len() >= count, "too few attachments: the test shows little");
    for issue in issues.iter().take(count / 2).chain(issues.iter().rev().take(count - count / 2)) {
        site.edit(Edit::DeleteAttachment { issue: issue.clone(), attachment: None }).expect("it has one");
        site.advance_clock(Duration::from_secs(3));
    }
}

#[test]
fn every_deleted_attachment_is_reported_with_its_issue_name_time_and_author() {
    let site = Site::new(420, 7, "");
    let names = site.truth_by("attachments", &["id"]);
    delete(&site, 20);
    let long = site.log().count(&format!("POST {HISTORIES}"));
    for mode in ["ids", "pages"] {
        let config = site.config_with(json!({"scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None).good();
        let rows = output.records(STREAM[0]);
        assert_eq!((rows.len(), reported(rows.iter().copied())), (20, truth(&site)), "{mode}");
        let (issues, me) = (site.truth_by("issues", &["id"]), site.truth("changelogs"));
        for row in rows {
            assert_eq!(row["filename"], names[&text(&row["id"])]["filename"]);
            assert_eq!(row["issueKey"], issues[&text(&row["issueId"])]["key"]);
            assert_eq!(row["detectedBy"], "changelog");
            assert!(me.iter().any(|entry| entry["author"]["accountId"] == row["deletedBy"]), "{row}");
        }
    }
    assert!(site.log().count(&format!("POST {HISTORIES}")) > long, "no history is cut off: the test shows little");
}

#[test]
fn later_syncs_report_what_is_new() {
    let site = Site::past(300, 8, "");
    let mut destination = Destination::default();
    for turn in 0..4 {
        delete(&site, 6);
        site.random_edits(10, turn);
        site.advance_clock(Duration::from_secs(4_000));
        let output = site.read(&STREAM, "incremental", Some(&destination.state())).good();
        assert!((6..10).contains(&output.records(STREAM[0]).len()) || turn == 0, "turn {turn}");
        destination.load(&output);
        assert_eq!(reported(destination.table(STREAM[0]).values()), truth(&site), "turn {turn}");
    }
}

#[test]
fn it_shares_the_requests_of_the_other_changelog_streams() {
    let site = Site::new(420, 7, "");
    delete(&site, 20);
    let count = || site.log().count(&format!("POST {HISTORIES}"));
    let before = count();
    let alone = site.read(&STREAM, "incremental", None).good();
    let once = count() - before;
    let streams = ["issues", "issue_attachments", "issue_changelogs", "key_history", "deleted_attachments"];
    let all = site.read(&streams, "incremental", None).good();
    assert!(once > 0);
    assert_eq!(count() - before, 2 * once);
    assert_eq!(reported(all.records(STREAM[0])), reported(alone.records(STREAM[0])));
    let mut destination = Destination::default();
    destination.load(&all);
    assert_equal(&site, &destination, &["issues", "issue_attachments", "issue_changelogs"]);
}

/// Turns each attachment in a history around: it seems deleted.
fn turned_around(mut body: Value) -> Value {
    let lists = |issue: &mut Value| [issue["changelog"]["histories"].take(), issue["changeHistories"].take()];
    for name in ["issues", "issueChangeLogs"] {
        for issue in body[name].as_array_mut().into_iter().flatten() {
            let [embedded, whole] = lists(issue).map(|mut list| {
                for item in list.as_array_mut().into_iter().flatten().flat_map(|entry| entry["items"].as_array_mut()) {
                    for item in item.iter_mut().filter(|item| item["field"] == "Attachment") {
                        let to = (item["to"].take(), item["toString"].take());
                        (item["to"], item["toString"]) = (Value::Null, Value::Null);
                        (item["from"], item["fromString"]) = to;
                    }
                }
                list
            });
            issue["changelog"]["histories"] = embedded;
            issue["changeHistories"] = whole;
        }
    }
    body
}

#[test]
fn what_the_issue_still_shows_is_not_deleted_whatever_its_changelog_says() {
    let site = Site::new(420, 7, "");
    let issues = issues_by(&site, "changelogs", "changelogs");
    for issue in issues.iter().take(3).chain(issues.iter().rev().take(3)) {
        site.edit(Edit::Attach { issue: issue.clone(), name: None }).expect("it is there");
    }
    let proxy = Proxy::new(&site.host(), |asked| {
        let changes = [HISTORIES, "/rest/api/3/issue/bulkfetch"].iter().any(|path| asked.is("POST", path));
        if changes { Verdict::Change(turned_around) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None).good();
    assert!(!proxy.of("POST", HISTORIES).is_empty(), "no history is cut off: the test shows little");
    assert_eq!(output.records(STREAM[0]).len(), 0);
    // One of them goes, and its history is turned around no more.
    let edit = Edit::DeleteAttachment { issue: issues[0].clone(), attachment: None };
    site.edit(edit).expect("it has one");
    let output = site.read(&STREAM, "incremental", None).good();
    assert_eq!((reported(output.records(STREAM[0])), truth(&site).len()), (truth(&site), 1));
}

#[test]
fn unreadable_changelogs_keep_the_state_and_the_next_sync_reports() {
    let site = Site::new(420, 7, "");
    delete(&site, 20);
    for kind in ["500", "forbidden", "not_found", "broken_json"] {
        site.change(&format!("[[fault]]\nroute = \"{HISTORIES}\"\nkind = \"{kind}\""));
        let output = site.read(&["issues", "deleted_attachments"], "incremental", None);
        let last = |stream: &str| output.statuses(stream).last().copied().unwrap_or_default().to_owned();
        assert_eq!(["issues", "deleted_attachments"].map(last), ["COMPLETE", "INCOMPLETE"], "{kind}");
        site.change("");
        let mut destination = Destination::default();
        destination.load(&output);
        destination.load(&site.read(&STREAM, "incremental", Some(&destination.state())).good());
        assert_eq!(reported(destination.table(STREAM[0]).values()), truth(&site), "{kind}");
    }
}
