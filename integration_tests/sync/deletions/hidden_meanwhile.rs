//! An issue that changes, is hidden while the next sync lists, and is visible again before that sync takes its snapshot: its
//! change must not wait for the next one.

use super::{STREAMS, plain, sync};
use crate::support::{Destination, Site, assert_holds};
use jira_simulator::{Edit, Timeline, TimelineEvent};
use serde_json::json;
use std::time::Duration;

/// At every moment of the second sync.
#[test]
fn a_change_is_read_whenever_its_issue_comes_back() {
    let mut later = 0;
    for request in 1..=40 {
        let site = Site::new(60, 81, "");
        let mut destination = Destination::default();
        sync(&site, &mut destination, json!({}));
        let (issue, _) = plain(&site, 1).remove(0);
        let id = || issue.clone();
        site.edit(Edit::AddComment { issue: id(), text: None, restricted: false }).unwrap();
        site.advance_clock(Duration::from_secs(60));
        site.edit(Edit::ArchiveIssue { issue: id() }).unwrap();
        let back = TimelineEvent::Edit(Edit::UnarchiveIssue { issue: id() });
        site.set_timeline(Timeline { step: Duration::from_millis(30), events: vec![(request, back)] });
        sync(&site, &mut destination, json!({}));
        later += usize::from(!destination.table("deleted_issues").is_empty());
        site.set_timeline(Timeline::default());
        site.edit(Edit::UnarchiveIssue { issue: id() }).ok();
        sync(&site, &mut destination, json!({}));
        assert_holds(&site, &destination, &STREAMS[..2]);
        // Nothing is sent a second time for that.
        let again = sync(&site, &mut destination, json!({}));
        assert_eq!(again.records("issues").len(), 0, "back at request {request}");
    }
    assert!((1..40).contains(&later), "it came back too late for the snapshot {later} times");
}

/// Most syncs take no ID snapshot: the next one looks back to the one before.
#[test]
fn a_change_is_read_that_was_hidden_while_syncs_took_no_snapshot() {
    let site = Site::past(60, 82, "");
    let mut destination = Destination::default();
    let daily = || json!({"id_snapshot_interval_hours": 24});
    sync(&site, &mut destination, daily());
    let issues = plain(&site, 3);
    let comment = |at: usize| {
        let issue = issues[at].0.clone();
        site.edit(Edit::AddComment { issue, text: None, restricted: false }).unwrap();
        site.advance_clock(Duration::from_secs(3_600));
    };
    // What is sent between two snapshots is not sent again by the second.
    comment(1);
    sync(&site, &mut destination, daily());
    comment(0);
    site.edit(Edit::ArchiveIssue { issue: issues[0].0.clone() }).unwrap();
    for at in [1, 2] {
        comment(at);
        sync(&site, &mut destination, daily());
    }
    site.edit(Edit::UnarchiveIssue { issue: issues[0].0.clone() }).unwrap();
    let between = sync(&site, &mut destination, daily());
    assert_eq!((between.records("issues").len(), between.records("deleted_issues").len()), (0, 0));
    site.advance_clock(Duration::from_secs(86_400));
    let found = sync(&site, &mut destination, daily());
    let sent: Vec<&str> = found.records("issues").iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(sent, [issues[0].0.as_str()]);
    assert_holds(&site, &destination, &STREAMS[..2]);
    site.advance_clock(Duration::from_secs(86_400));
    let again = sync(&site, &mut destination, daily());
    assert_eq!(again.records("issues").len(), 0);
}
