//! Comments that only seem to be missing, requests that fail or lie, and memories that are lost.

use super::{
    comments::{LIST, PAGES, STREAMS, Synced, remembered},
    text, touch,
};
use crate::support::{Output, Proxy, Verdict, catalog};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::time::Duration;

fn last(output: &Output, stream: &str) -> String {
    output.statuses(stream).last().copied().unwrap_or_default().to_owned()
}

fn known(synced: &Synced) -> usize {
    remembered(&synced.destination.state()).expect("a memory").len()
}

/// Leaves the newest comment of each issue out.
fn without_the_newest(mut body: Value) -> Value {
    for issue in body["issues"].as_array_mut().into_iter().flatten() {
        let list = &mut issue["fields"]["comment"];
        let some = list["comments"].as_array_mut().and_then(Vec::pop).is_some();
        if let (true, Some(total)) = (some, list["total"].as_i64()) {
            list["total"] = (total - 1).into();
        }
    }
    body
}

/// A proxy whose pages of issues lack the newest comments, and the config to read through it. `listed` is what it answers
/// where comments are asked for by ID, if it is not what the site says.
fn hiding_the_newest(synced: &Synced, listed: Option<Value>) -> (Proxy, Value) {
    let proxy = Proxy::new(&synced.site.host(), move |asked| match &listed {
        Some(listed) if asked.is("POST", LIST) => Verdict::Answer(200, listed.to_string()),
        _ if asked.is("POST", "/rest/api/3/issue/bulkfetch") => Verdict::Change(without_the_newest),
        _ => Verdict::Pass,
    });
    let mut config = synced.config.clone();
    config["domain"] = proxy.host().into();
    (proxy, config)
}

#[test]
fn what_a_page_leaves_out_is_asked_for_and_counts_as_there() {
    let (mut synced, many) = Synced::new(20, 41, "ids");
    let before = known(&synced);
    let (proxy, config) = hiding_the_newest(&synced, None);
    for _ in 0..2 {
        touch(&synced.site, &many[0]);
        assert_eq!(synced.through(&config).good().records(STREAMS[1]).len(), 0);
    }
    assert_eq!(proxy.of("POST", LIST).len(), 2);
    assert_eq!(known(&synced), before);
}

/// Restricted to a role that the account is not in, it is in neither answer: that looks like a deletion, and is reported.
#[test]
fn a_comment_that_was_restricted_looks_deleted() {
    let (mut synced, many) = Synced::new(20, 42, "ids");
    let mut comments = synced.comments(&many[0]);
    let (id, newest) = (comments.pop().expect("a comment"), comments.pop());
    let answer = json!({"startAt": 0, "maxResults": 1000, "total": 1, "isLast": true,
        "values": [{"id": newest}]});
    let (_proxy, config) = hiding_the_newest(&synced, Some(answer));
    touch(&synced.site, &many[0]);
    let output = synced.through(&config).good();
    let reported: Vec<String> = output.records(STREAMS[1]).iter().map(|row| text(&row["id"])).collect();
    assert_eq!(reported, [id]);
}

#[test]
fn failing_requests_report_nothing_and_lose_no_id() {
    for (route, both) in [(PAGES, true), (LIST, false)] {
        for kind in ["500", "forbidden", "not_found", "broken_json"] {
            let (mut synced, many) = Synced::new(20, 43, if both { "ids" } else { "pages" });
            let before = known(&synced);
            for issue in &many {
                let comments = synced.comments(issue);
                synced.delete(issue, &comments[3]);
                synced.delete(issue, &comments[4]);
            }
            synced.site.change(&format!("[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\""));
            let output = synced.through(&synced.config.clone());
            let expected = if both { "INCOMPLETE" } else { "COMPLETE" };
            assert_eq!(STREAMS.map(|stream| last(&output, stream)), [expected, "INCOMPLETE"], "{route} {kind}");
            assert_eq!((output.records(STREAMS[1]).len(), known(&synced)), (0, before), "{route} {kind}");
            synced.site.change("");
            assert_eq!(synced.next().records(STREAMS[1]).len(), 4, "{route} {kind}");
            synced.assert_reported(kind);
        }
    }
}

#[test]
fn wrong_answers_report_nothing() {
    for answer in [
        json!({"startAt": 0, "maxResults": 1000, "total": 0, "isLast": true, "values": []}),
        json!({"startAt": 0, "maxResults": 1, "total": 3, "isLast": false, "values": [{"id": "1"}]}),
        json!({"startAt": 0, "maxResults": 1, "total": 3, "values": [{"id": "1"}]}),
        json!({"errorMessages": []}),
    ] {
        let (mut synced, many) = Synced::new(20, 44, "ids");
        synced.delete(&many[0], &synced.comments(&many[0])[2]);
        synced.delete(&many[0], &synced.comments(&many[0])[2]);
        let said = answer.to_string();
        let proxy = Proxy::new(&synced.site.host(), move |asked| {
            if asked.is("POST", LIST) { Verdict::Answer(200, said.clone()) } else { Verdict::Pass }
        });
        let mut config = synced.config.clone();
        config["domain"] = proxy.host().into();
        let output = synced.through(&config);
        assert_eq!((output.code, output.records(STREAMS[1]).len()), (Some(1), 0), "{answer}");
        assert!(output.errors().iter().any(|error| error.contains("comment/list")), "{:?}", output.errors());
        assert!(proxy.of("POST", LIST).len() > 1, "it was not cut in half");
        assert_eq!(synced.next().records(STREAMS[1]).len(), 2, "{answer}");
    }
}

/// The memory of an issue stays as it was if the issue goes while its comments are read.
#[test]
fn an_issue_that_goes_while_its_comments_are_read_is_no_failure() {
    let (mut synced, many) = Synced::new(20, 45, "ids");
    let before = known(&synced);
    touch(&synced.site, &many[1]);
    let (page, still) = (format!("/rest/api/3/issue/{}/comment", many[1]), json!([many[1]]));
    let proxy = Proxy::new(&synced.site.host(), move |asked| {
        if asked.is("GET", &page) {
            return Verdict::Answer(404, json!({"errorMessages": ["Issue does not exist"]}).to_string());
        }
        let asks_again = asked.json()["fields"] == json!(["id"]) && asked.json()["issueIdsOrKeys"] == still;
        if asks_again { Verdict::Answer(200, json!({"issues": []}).to_string()) } else { Verdict::Pass }
    });
    let mut config = synced.config.clone();
    config["domain"] = proxy.host().into();
    let output = synced.through(&config).good();
    assert_eq!((output.records(STREAMS[1]).len(), known(&synced)), (0, before));
}

#[test]
fn without_a_memory_the_stream_is_empty_and_says_why() {
    let (mut synced, many) = Synced::new(20, 46, "ids");
    let config = synced.site.config_with(json!({"track_sent_ids": false}));
    let state = synced.destination.state();
    for (mode, state) in [("incremental", None), ("incremental", Some(&state)), ("full_refresh", None)] {
        let config = if mode == "full_refresh" { &synced.config } else { &config };
        let before = synced.site.log().count(&format!("GET {PAGES}"));
        let output = synced.site.read_with(config, &catalog(&STREAMS[1..], mode), state).good();
        assert_eq!((output.of_type("RECORD").count(), last(&output, STREAMS[1]).as_str()), (0, "COMPLETE"));
        assert!(
            output.logs().iter().any(|line| line.contains("comment_deletions_undetectable")),
            "{:?}",
            output.logs()
        );
        assert_eq!(synced.site.log().count(&format!("GET {PAGES}")), before);
    }
    // What it knew before is known when it may remember again; and a stream that starts with an empty state reads everything.
    synced.delete(&many[0], &synced.comments(&many[0])[2]);
    assert_eq!(synced.through(&config).good().records(STREAMS[1]).len(), 0);
    assert_eq!(synced.next().records(STREAMS[1]).len(), 1);
    let mut bare = synced.destination.state();
    for state in bare.as_array_mut().into_iter().flatten() {
        state["stream"]["stream_state"].as_object_mut().expect("a state").remove("comments");
    }
    let output = synced.site.read_with(&synced.config, &catalog(&STREAMS, "incremental"), Some(&bare)).good();
    let (known, comments) = (remembered(&output.state()), synced.site.truth("comments").len());
    assert_eq!(known.map(|known| known.len()), Some(comments));
}

/// While its project was not visible, no sync could check: it is reported when the project is back, without a lower bound.
#[test]
fn a_project_that_comes_back_is_compared() {
    let (mut synced, many) = Synced::new(40, 47, "ids");
    let issues = synced.site.truth_by("issues", &["id"]);
    let project_of = |key: &Value| text(key).split('-').next().expect("a project").to_owned();
    let project = project_of(&issues[&many[0]]["key"]);
    let other = issues.values().find(|issue| project_of(&issue["key"]) != project).expect("another project");
    synced.site.edit(Edit::RevokeProjectAccess { project: project.clone() }).expect("it is open");
    synced.next();
    let id = synced.site.truth_with_hidden("comments").into_iter().find(|one| one["issueId"] == many[0].as_str());
    synced.delete(&many[0], &text(&id.expect("a comment")["id"]));
    // The cursor passes it.
    synced.site.advance_clock(Duration::from_secs(3_600));
    touch(&synced.site, &text(&other["id"]));
    assert_eq!(synced.next().records(STREAMS[1]).len(), 0);
    synced.site.edit(Edit::GrantProjectAccess { project }).expect("it is closed");
    let output = synced.next();
    assert_eq!(output.records(STREAMS[1]).len(), 1);
    assert!(output.records(STREAMS[1])[0]["lastSeenAt"].is_null());
    synced.assert_reported("back");
}
