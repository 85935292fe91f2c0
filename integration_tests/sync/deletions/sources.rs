//! What can show that an issue was deleted: a file of IDs, the audit log alone, the ID snapshot at its interval.

use super::{STREAMS, plain, reported_deletions, sync, text};
use crate::support::{Destination, Output, Site, catalog};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::time::Duration;

/// Whoever selects the streams of deletions gets deletions, without any option.
#[test]
fn deletions_are_found_with_the_defaults() {
    let site = Site::new(150, 53, "[account]\nlacks = [\"ADMINISTER\"]");
    let wanted = catalog(&["issues", "issue_comments", "deleted_issues", "deleted_comments"], "incremental");
    let mut destination = Destination::default();
    let mut next = || {
        let output = site.read_with(&site.config(), &wanted, Some(&destination.state())).good();
        destination.load(&output);
        output
    };
    assert!(!next().logs().join("\n").contains("undetectable"));
    let comment = site.truth("comments")[0].clone();
    let issue = plain(&site, 9).into_iter().map(|(id, _)| id).find(|id| *id != text(&comment["issueId"])).unwrap();
    site.edit(Edit::Delete { issue: issue.clone() }).unwrap();
    site.edit(Edit::DeleteComment { issue: text(&comment["issueId"]), comment: Some(text(&comment["id"])) }).unwrap();
    site.advance_clock(Duration::from_secs(25 * 3_600));
    let output = next();
    assert_eq!(reported_deletions(&output).keys().collect::<Vec<_>>(), [&issue]);
    let comments: Vec<String> = output.records("deleted_comments").iter().map(|row| text(&row["id"])).collect();
    assert_eq!(comments, [text(&comment["id"])]);
}

#[test]
fn ids_from_a_file_do_instead_of_a_state() {
    let site = Site::new(150, 50, "[account]\nlacks = [\"ADMINISTER\"]");
    let mut destination = Destination::default();
    let config = site.config_with(json!({"track_sent_ids": false}));
    let wanted = catalog(&STREAMS, "incremental");
    let first = site.read_with(&config, &wanted, None).good();
    assert!(first.logs().iter().any(|log| log.contains("deletions_undetectable")), "said, not hidden");
    destination.load(&first);
    let some = plain(&site, 2);
    site.edit(Edit::Delete { issue: some[0].0.clone() }).unwrap();
    // As if it had been lost on the way.
    let lost = some[1].0.clone();
    let ids: String =
        destination.table("issues").keys().filter(|id| **id != lost).map(|id| format!("{id}\n")).collect();
    let file = site.file("ids.csv", format!("id\n{ids}"));
    let mut command = site.read_command(&config, &wanted, Some(&destination.state()));
    command.arg("--known-ids").arg(file);
    let output = Output::of(command).good();
    assert_eq!(reported_deletions(&output).keys().collect::<Vec<_>>(), [&some[0].0]);
    assert!(output.records("issues").iter().any(|row| row["id"] == *lost), "what the destination lacks is read");
    let last = output.state();
    assert!(!last.to_string().contains("sent_ids"), "the file is not copied into the state: {last}");
    let mut command = site.read_command(&config, &wanted, None);
    command.arg("--known-ids").arg(site.file("ids.csv", "10001\nNONSENSE\n"));
    let bad = Output::of(command);
    assert_eq!(bad.code, Some(1));
    assert!(bad.errors()[0].contains("line 2 is \"NONSENSE\""), "{:?}", bad.errors());
}

#[test]
fn the_audit_log_alone_reports_deletions_by_key() {
    let site = Site::new(100, 51, "");
    let config = site.config_with(json!({"track_sent_ids": false}));
    let wanted = catalog(&STREAMS, "incremental");
    let mut destination = Destination::default();
    destination.load(&site.read_with(&config, &wanted, None).good());
    let some = plain(&site, 2);
    let key =
        site.truth("issues").iter().find(|issue| issue["id"] == *some[0].0).map(|issue| text(&issue["key"])).unwrap();
    site.edit(Edit::Delete { issue: some[0].0.clone() }).unwrap();
    site.edit(Edit::Hide { issue: some[1].0.clone() }).unwrap();
    let output = site.read_with(&config, &wanted, Some(&destination.state())).good();
    let rows = output.records("deleted_issues");
    assert_eq!(rows.iter().map(|row| text(&row["key"])).collect::<Vec<_>>(), [key]);
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["detectedBy"], &rows[0]["id"]),
        (&json!("deleted"), &json!("audit_log"), &Value::Null)
    );
    destination.load(&output);
    site.advance_clock(Duration::from_secs(30));
    let again = site.read_with(&config, &wanted, Some(&destination.state())).good();
    assert_eq!(again.records("deleted_issues").len(), 0, "reported once, though the log is read with an overlap");
}

#[test]
fn the_id_snapshot_holds_every_id_and_is_taken_at_its_interval() {
    let site = Site::new(120, 52, "");
    let output = site.read(&["issue_ids"], "full_refresh", None).good();
    let ids: Vec<String> =
        output.records("issue_ids").iter().map(|row| format!("{}{}", row["id"], row["key"])).collect();
    let mut truth: Vec<String> =
        site.truth("issues").iter().map(|row| format!("{}{}", row["id"], row["key"])).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    truth.sort();
    assert_eq!(sorted, truth);

    let mut destination = Destination::default();
    let searches = |destination: &mut Destination, hours: u32| {
        site.reset_log();
        sync(&site, destination, json!({"id_snapshot_interval_hours": hours}));
        site.log().count("POST /rest/api/3/search/jql")
    };
    searches(&mut destination, 5);
    assert_eq!(searches(&mut destination, 5), 2, "not yet");
    site.advance_clock(Duration::from_secs(5 * 3_600));
    assert_eq!(
        searches(&mut destination, 5),
        5,
        "now: what is older than the last snapshot, the rest, and what changed"
    );
}
