//! What an interrupted sync must not lose: children older than the position, worklogs left for later.

use crate::support::{Destination, Proxy, Site, Verdict, assert_holds, catalog};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(3600);

fn id(issue: &Value) -> String {
    issue["id"].as_str().unwrap().to_owned()
}

/// An incremental sync that could not read one issue leaves its cursor before that issue, but may have moved it past
/// the time at which some of the issue's comments were written. The next sync must bring those too.
#[test]
fn children_older_than_the_position_of_a_broken_sync_arrive() {
    let streams = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs"];
    for mode in ["ids", "pages"] {
        let site = Site::new(160, 41, "");
        let mut destination = Destination::default();
        destination.load(&site.read(&streams, "incremental", None).good());
        let issues: Vec<String> = site.truth("issues").iter().map(id).collect();
        let late = issues[0].clone();
        let write = |issue: &str| {
            let issue = issue.to_owned();
            site.edit(Edit::AddComment { issue: issue.clone(), text: None, restricted: false }).unwrap();
            site.edit(Edit::AddWorklog { issue: issue.clone(), seconds: None }).unwrap();
            site.edit(Edit::Transition { issue, status: None }).unwrap();
        };
        // An early comment, then much that moves the cursor on, then a late touch of the same issue.
        site.advance_clock(HOUR);
        write(&late);
        for chunk in issues[1..].chunks(40) {
            site.advance_clock(HOUR);
            chunk.iter().for_each(|issue| write(issue));
        }
        site.advance_clock(HOUR);
        site.edit(Edit::SetField { issue: late.clone(), field: "summary".into(), value: json!("late") }).unwrap();
        site.advance_clock(HOUR);
        // The last of the listing cannot be had: the cursor stands somewhere before it.
        let (seen, unread) = (AtomicU32::new(0), late.clone());
        let proxy = Proxy::new(&site.host(), move |asked| {
            // The first search measures the index's lag.
            let search = asked.is("POST", "/rest/api/3/search/jql") && seen.fetch_add(1, Ordering::Relaxed) > 1;
            let bulk = asked.is("POST", "/rest/api/3/issue/bulkfetch") && asked.ids().contains(&unread);
            // A refused page token is answered by listing again, which is refused too.
            match (search, bulk) {
                (true, _) => Verdict::Answer(400, "{\"errorMessages\":[\"no\"]}".into()),
                (_, true) => Verdict::Answer(500, "{}".into()),
                _ => Verdict::Pass,
            }
        });
        let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": mode}));
        let broken = site.read_with(&config, &catalog(&streams, "incremental"), Some(&destination.state()));
        assert_eq!(broken.code, Some(1), "{mode}");
        assert!(!broken.records("issues").is_empty() && broken.records("issues").iter().all(|row| row["id"] != *late));
        destination.load(&broken);
        destination.load(&site.read(&streams, "incremental", Some(&destination.state())).good());
        assert_holds(&site, &destination, &streams);
    }
}

/// The feed of worklogs leaves out the last minute; a worklog written just before the sync must arrive all the same.
#[test]
fn a_worklog_of_the_last_minute_arrives_though_the_feed_lacks_it() {
    let site = Site::new(300, 7, "");
    let heavy: Vec<String> = site
        .truth("issues")
        .iter()
        .filter(|issue| issue["fields"]["worklog"]["total"].as_u64().unwrap_or(0) > 20)
        .map(id)
        .collect();
    assert!(heavy.len() > 4, "too few issues with long lists for the feed to pay");
    for issue in &heavy {
        site.edit(Edit::AddWorklog { issue: issue.clone(), seconds: None }).unwrap();
    }
    let mut destination = Destination::default();
    let streams = ["issue_worklogs"];
    destination.load(&site.read(&streams, "incremental", None).good());
    site.advance_clock(HOUR);
    destination.load(&site.read(&streams, "incremental", Some(&destination.state())).good());
    assert_holds(&site, &destination, &streams);
}

/// Worklogs that were left for the end of a sync that never got there are in its state.
#[test]
fn worklogs_left_for_later_are_not_forgotten() {
    let site = Arc::new(Site::new(200, 7, ""));
    let broken = Arc::new(AtomicBool::new(true));
    let fault = broken.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        if fault.load(Ordering::Relaxed) && asked.path.contains("/worklog") {
            Verdict::Answer(500, "{}".into())
        } else {
            Verdict::Pass
        }
    });
    let config = site.config_with(json!({"domain": proxy.host()}));
    let mut destination = Destination::default();
    let streams = ["issues", "issue_worklogs"];
    let output = site.read_with(&config, &catalog(&streams, "incremental"), None);
    assert_eq!((output.code, output.statuses("issues").last()), (Some(1), Some(&"COMPLETE")));
    assert_eq!(output.statuses("issue_worklogs").last(), Some(&"INCOMPLETE"));
    destination.load(&output);
    broken.store(false, Ordering::Relaxed);
    for _ in 0..2 {
        let state = destination.state();
        destination.load(&site.read_with(&config, &catalog(&streams, "incremental"), Some(&state)).good());
        assert_holds(&site, &destination, &streams);
    }
}
