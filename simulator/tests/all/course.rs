//! What happens beside the requests, tied to their numbers.

use std::time::Duration;

use jira_simulator::{Course, Edit, Happening};

use crate::client::site;

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_the_clock_follow_the_requests() {
    let jira = site(200, "").await;
    let start = crate::client::NOW;
    jira.jira.hold_clock(start);
    let happenings = vec![
        (5, Happening::Passes(Duration::from_secs(60))),
        (2, Happening::Edits { count: 3, seed: 1 }),
        (2, Happening::Edit(Edit::CloseProject { project: "CORE".into() })),
        (3, Happening::Edit(Edit::Delete { issue: "NONE-1".into() })),
        (3, Happening::History { count: 4, seed: 2 }),
    ];
    jira.jira.set_course(Course { step: Duration::from_millis(20), happenings });
    let asked = |before: i64| {
        let now = jira.jira.now();
        assert_eq!(jira.get("/rest/api/3/myself").status, 200);
        assert!(jira.jira.now() >= now + before);
        jira.jira.course_edits().len()
    };
    assert_eq!((asked(20), jira.jira.now()), (0, start + 20));
    assert_eq!((asked(20), jira.jira.now()), (4, start + 40), "before the second request");
    assert_eq!(jira.jira.course_edits()[3].kind, "close_project", "in the order given");
    assert_eq!(asked(20), 8, "what can't be done is left out");
    let activity = jira.jira.activity();
    assert_eq!(asked(20), 8);
    assert!(jira.jira.activity() > activity);
    let before = jira.jira.now();
    assert_eq!(asked(60_020), 8);
    assert_eq!(jira.jira.now(), before + 60_020);
    jira.jira.set_course(Course::default());
    assert_eq!((asked(0), jira.jira.now()), (0, before + 60_020), "a new course begins with nothing");
}
