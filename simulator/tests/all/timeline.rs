//! Events between the requests, scheduled by the number of the request.

use std::time::Duration;

use jira_simulator::{Edit, Timeline, TimelineEvent};

use crate::client::site;

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_the_clock_follow_the_requests() {
    let jira = site(200, "").await;
    let start = crate::client::NOW;
    jira.jira.freeze_clock(start);
    let events = vec![
        (5, TimelineEvent::AdvanceClock(Duration::from_secs(60))),
        (2, TimelineEvent::RandomEdits { count: 3, seed: 1 }),
        (2, TimelineEvent::Edit(Edit::RevokeProjectAccess { project: "CORE".into() })),
        (3, TimelineEvent::Edit(Edit::Delete { issue: "NONE-1".into() })),
        (3, TimelineEvent::RandomHistory { count: 4, seed: 2 }),
    ];
    jira.jira.set_timeline(Timeline { step: Duration::from_millis(20), events });
    let asked = |before: i64| {
        let now = jira.jira.now();
        assert_eq!(jira.get("/rest/api/3/myself").status, 200);
        assert!(jira.jira.now() >= now + before);
        jira.jira.timeline_edits().len()
    };
    assert_eq!((asked(20), jira.jira.now()), (0, start + 20));
    assert_eq!((asked(20), jira.jira.now()), (4, start + 40), "before the second request");
    assert_eq!(jira.jira.timeline_edits()[3].kind, "revoke_project_access", "in the order given");
    assert_eq!(asked(20), 8, "what can't be done is left out");
    let activity = jira.jira.activity();
    assert_eq!(asked(20), 8);
    assert!(jira.jira.activity() > activity);
    let before = jira.jira.now();
    assert_eq!(asked(60_020), 8);
    assert_eq!(jira.jira.now(), before + 60_020);
    jira.jira.set_timeline(Timeline::default());
    assert_eq!((asked(0), jira.jira.now()), (0, before + 60_020), "a new timeline begins with nothing");
}
