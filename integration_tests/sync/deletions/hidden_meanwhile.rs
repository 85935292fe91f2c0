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
