//! The account's time zone: daylight saving, and zones that change.

use serde_json::{Value, json};

use super::{done, issue, refused};
use crate::client::{Client, site};

fn at(jira: &Client, now: &str) {
    let body = json!({"now": now}).to_string();
    assert_eq!(jira.send("PUT", "/_sim/clock", "application/json", &body).status, 200);
}

/// An edited issue's `updated`, to the second.
fn edited(jira: &Client, id: &str) -> String {
    done(jira, json!({"kind": "add_comment", "issue": id}));
    let updated = issue(jira, id)["fields"]["updated"].as_str().unwrap().to_string();
    format!("{}{}", &updated[..16], &updated[23..])
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_follow_daylight_saving() {
    let jira = site(300, "[account]\ntime_zone = \"America/New_York\"").await;
    let all = jira.ids("project = CORE ORDER BY id ASC");
    // Clocks go forward at 07:00 UTC on 8 March 2026, and back at 06:00 UTC on 1 November.
    at(&jira, "2026-03-08T06:59:10.000Z");
    assert_eq!(edited(&jira, &all[0]), "2026-03-08T01:59-0500");
    at(&jira, "2026-03-08T07:00:10.000Z");
    assert_eq!(edited(&jira, &all[1]), "2026-03-08T03:00-0400");
    at(&jira, "2026-11-01T05:30:10.000Z");
    assert_eq!(edited(&jira, &all[2]), "2026-11-01T01:30-0400");
    at(&jira, "2026-11-01T06:30:10.000Z");
    assert_eq!(edited(&jira, &all[3]), "2026-11-01T01:30-0500");
    let first = issue(&jira, &all[0])["fields"]["updated"].as_str().unwrap().to_string();
    assert!(first.ends_with("-0500"), "an old moment keeps its offset: {first}");
    assert_eq!(jira.ids("updated >= '2026-03-08 03:00' AND updated < '2026-03-08 04:00'"), all[1..2]);
    // The repeated hour means its first occurrence, so a search from it misses nothing.
    assert_eq!(jira.ids("updated >= '2026-11-01 01:30' ORDER BY updated ASC"), all[2..4]);
    assert_eq!(jira.ids("updated >= 1793514600000"), all[3..4], "milliseconds know no zone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_zone_can_change() {
    let jira = site(300, "").await;
    let id = jira.ids("project = CORE ORDER BY id ASC")[0].clone();
    at(&jira, "2026-03-02T23:30:10.000Z");
    assert_eq!(edited(&jira, &id), "2026-03-03T00:30+0100");
    let found = || !jira.ids("updated >= '2026-03-03 00:30'").is_empty();
    assert!(found());
    let updated = || issue(&jira, &id)["fields"]["updated"].as_str().unwrap()[..16].to_string();
    done(&jira, json!({"kind": "set_zone", "zone": "Asia/Kolkata"}));
    assert_eq!((updated(), found()), ("2026-03-03T05:00".into(), true));
    done(&jira, json!({"kind": "set_zone", "zone": "America/New_York"}));
    assert_eq!((updated(), found()), ("2026-03-02T18:30".into(), false), "the same words are another moment");
    let me: Value = jira.get("/rest/api/3/myself").json();
    assert_eq!(me["timeZone"], "America/New_York");
    refused(&jira, json!({"kind": "set_zone", "zone": "Mars/Base"}));
}
