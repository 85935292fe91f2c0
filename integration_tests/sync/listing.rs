//! Pages, tokens and windows of the search: short, empty, repeated, cut off, and a site too big for one window.

use super::MOVING;
use crate::support::{Destination, Proxy, Site, Verdict, assert_equal, assert_holds, catalog, key_of, primary_key};
use jira_simulator::{Edit, Scenario, Timeline, TimelineEvent};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const STREAMS: [&str; 2] = ["issues", "issue_comments"];
const SEARCH: &str = "/rest/api/3/search/jql";

fn assert_complete(site: &Site, mode: &str) {
    let config = site.config_with(json!({"scan_mode": mode}));
    let mut destination = Destination::default();
    destination.load(&site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good());
    assert_equal(site, &destination, &STREAMS);
}

#[test]
fn short_empty_and_overlapping_pages_are_not_the_last() {
    let site = Site::new(260, 81, "");
    for rules in [
        "short_pages = 0.7",
        "empty_pages = 0.4",
        "duplicates = 1.0",
        "short_pages = 0.5\nempty_pages = 0.3\nduplicates = 0.5",
        "paging = \"offset\"",
    ] {
        for mode in ["ids", "pages"] {
            site.set_scenario(Scenario::parse(&format!("seed = 3\n[search]\n{rules}")).unwrap());
            assert_complete(&site, mode);
        }
    }
}

/// Pages overlap where an issue changes between two of them, and where a listing broke off.
#[test]
fn a_full_refresh_sends_each_key_once_although_pages_overlap() {
    let site = Site::new(260, 88, "");
    for rules in
        ["duplicates = 1.0", &format!("[[fault]]\nroute = \"{SEARCH}\"\nfirst = 4\nafter = 3\nkind = \"repeat_token\"")]
    {
        site.set_scenario(Scenario::parse(&format!("seed = 3\n[search]\n{rules}")).unwrap());
        let config = site.config_with(json!({"scan_mode": "pages"}));
        let output = site.read_with(&config, &catalog(&STREAMS, "full_refresh"), None).good();
        for stream in STREAMS {
            let rows = output.records(stream);
            let keys: BTreeSet<String> = rows.iter().map(|row| key_of(row, primary_key(stream))).collect();
            assert_eq!(keys.len(), rows.len(), "{stream}: a key was sent twice");
            assert_eq!(keys.len(), site.truth(stream.trim_start_matches("issue_")).len(), "{stream}");
        }
    }
}

/// Jira counts as many issues as were listed: one project came, another one went.
#[test]
fn a_project_that_comes_while_another_one_goes_is_read() {
    let keys = |site: &Site| {
        let mut sizes = BTreeMap::<String, usize>::new();
        for issue in site.truth("issues") {
            *sizes.entry(issue["fields"]["project"]["key"].as_str().expect("a key").to_owned()).or_default() += 1;
        }
        let mut keys: Vec<(usize, String)> = sizes.into_iter().map(|(key, size)| (size, key)).collect();
        keys.sort();
        keys.into_iter().map(|(_, key)| key).collect::<Vec<_>>()
    };
    let mut met = 0;
    for request in 1..=12 {
        let site = Site::new(90, 89, "");
        let (comes, goes) = (keys(&site)[0].clone(), keys(&site).pop().expect("a project"));
        site.edit(Edit::RevokeProjectAccess { project: comes.clone() }).expect("it is visible");
        let both = [Edit::GrantProjectAccess { project: comes }, Edit::RevokeProjectAccess { project: goes.clone() }];
        let events = both.map(|edit| (request, TimelineEvent::Edit(edit)));
        site.set_timeline(Timeline { step: Duration::from_millis(30), events: events.into() });
        let config = site.config_with(json!({"scan_mode": "pages"}));
        let mut destination = Destination::default();
        destination.load(&site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good());
        met += usize::from(site.edit(Edit::GrantProjectAccess { project: goes }).is_ok());
        let state = destination.state();
        destination.load(&site.read_with(&config, &catalog(&STREAMS, "incremental"), Some(&state)).good());
        assert_holds(&site, &destination, &STREAMS);
    }
    assert!(met > 6, "the first sync had {met} requests");
}

#[test]
fn lists_with_short_and_empty_pages_are_read_to_their_end() {
    let site = Site::new(30, 82, "");
    let streams = ["users", "labels", "filters", "project_versions", "sprints"];
    let mut destination = Destination::default();
    destination.load(&site.read(&streams, "full_refresh", None).good());
    assert_equal(&site, &destination, &streams);
}

/// A repeated token would lead in a circle; listing again from the last mark leads out of it.
#[test]
fn a_repeated_or_refused_page_token_is_listed_around() {
    let site = Site::new(350, 83, "");
    for kind in ["repeat_token", "bad_request"] {
        // The first search measures the index's lag.
        for nth in [3, 4] {
            // Pages of whole issues need several, pages of ids are cut short for the purpose.
            for (mode, pages) in [("pages", "0.0"), ("ids", "0.0")] {
                let scenario = format!(
                    "[search]\nshort_pages = {pages}\n[[fault]]\nroute = \"{SEARCH}\"\nfirst = {nth}\nafter = {}\nkind = \"{kind}\"",
                    nth - 1
                );
                site.set_scenario(Scenario::parse(&scenario).unwrap());
                assert_complete(&site, mode);
            }
        }
    }
}

#[test]
fn a_token_that_always_leads_in_a_circle_is_a_loud_error() {
    let site = Site::new(60, 84, "");
    let again = site.truth("issues")[0].clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let reply = json!({"issues": [again], "nextPageToken": "round", "isLast": false});
        if asked.is("POST", SEARCH) { Verdict::Answer(200, reply.to_string()) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "pages"}));
    let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.statuses("issues").last(), Some(&"INCOMPLETE"));
}

/// A search that ends early without an error looks like any other; only the count shows it.
#[test]
fn a_search_that_ends_early_without_a_word_is_noticed() {
    let site = Site::new(260, 85, "");
    for kind in ["truncate", "truncate_warned"] {
        for rule in ["", "first = 1\n"] {
            let scenario = format!("[[fault]]\nroute = \"{SEARCH}\"\n{rule}kind = \"{kind}\"");
            site.set_scenario(Scenario::parse(&scenario).unwrap());
            let config = site.config_with(json!({"scan_mode": "pages"}));
            let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None);
            let whole = output.records("issues").len() >= site.truth("issues").len();
            assert!(whole || output.code == Some(1), "{kind} {rule}: issues are missing, and the run says all is well");
        }
    }
}

#[test]
fn a_search_that_answers_with_nothing_is_noticed() {
    let site = Site::new(100, 86, "");
    for mode in ["ids", "pages"] {
        let proxy = Proxy::new(&site.host(), |asked| {
            if asked.is("POST", SEARCH) {
                Verdict::Answer(200, "{\"issues\":[],\"isLast\":true}".into())
            } else {
                Verdict::Pass
            }
        });
        let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None);
        assert_eq!(output.code, Some(1), "{mode}: an empty table instead of an error");
    }
}

/// The question that measures the index's lag.
fn measures(asked: &crate::support::Asked) -> bool {
    asked.json()["fields"] == json!(["updated", "created"])
}

/// As if each issue stood for a thousand, while the scan makes its plan: it cuts the site into windows. That they hold
/// far fewer than they should is checked and found to be right.
fn thousandfold(mut reply: Value) -> Value {
    reply["count"] = (reply["count"].as_u64().unwrap_or(0) * 1_000).into();
    reply
}

#[test]
fn a_big_site_is_read_window_by_window() {
    let site = Site::new(300, 87, "");
    for mode in ["ids", "pages"] {
        let planned = AtomicBool::new(false);
        let proxy = Proxy::new(&site.host(), move |asked| {
            planned.fetch_or(asked.is("POST", SEARCH) && !measures(asked), Ordering::Relaxed);
            let count = asked.is("POST", "/rest/api/3/search/approximate-count");
            if count && !planned.load(Ordering::Relaxed) { Verdict::Change(thousandfold) } else { Verdict::Pass }
        });
        let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": mode}));
        let mut destination = Destination::default();
        let output = site.read_with(&config, &catalog(&MOVING, "incremental"), None).good();
        let windows: std::collections::BTreeSet<String> =
            proxy.of("POST", SEARCH).iter().map(|asked| asked.json()["jql"].to_string()).collect();
        assert!(windows.len() >= 6, "{windows:#?}");
        destination.load(&output);
        assert_equal(&site, &destination, &MOVING);
        assert_eq!(output.records("issues").len(), destination.table("issues").len(), "windows overlap");
    }
}

/// A count only plans and verifies: where it fails alone, everything is read all the same, and listed twice instead.
#[test]
fn issues_that_jira_does_not_count_are_read_all_the_same() {
    let site = Site::new(60, 87, "");
    let route = "/rest/api/3/search/approximate-count";
    let faults = ["not_found", "forbidden", "bad_request", "500", "html", "broken_json"]
        .map(|kind| format!("[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\""));
    let counts = ["{\"count\":null}", "{\"count\":-1}", "[]"];
    let proxies = counts.map(|count| {
        Proxy::new(&site.host(), move |asked| {
            if asked.is("POST", route) { Verdict::Answer(200, count.into()) } else { Verdict::Pass }
        })
    });
    let ways = faults.into_iter().map(|fault| (fault, Value::Null));
    let ways = ways.chain(proxies.iter().map(|proxy| (String::new(), proxy.host().into())));
    for (scenario, host) in ways {
        for mode in ["ids", "pages"] {
            site.change(&scenario);
            let mut config = site.config_with(json!({"scan_mode": mode}));
            if !host.is_null() {
                config["domain"] = host.clone();
            }
            let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good();
            assert!(output.logs().join("\n").contains("count_unavailable"), "{scenario} {mode}: {:?}", output.logs());
            let mut destination = Destination::default();
            destination.load(&output);
            assert_equal(&site, &destination, &STREAMS);
        }
    }
}

/// Without a count, the second listing alone shows what the first one left out.
#[test]
fn a_search_that_ends_early_is_noticed_without_a_count() {
    let site = Site::new(260, 88, "");
    let scenario = format!(
        "[search]\nlight_page = 50\n[[fault]]\nroute = \"/rest/api/3/search/approximate-count\"\nkind = \"500\"\n\
         [[fault]]\nroute = \"{SEARCH}\"\nafter = 1\nfirst = 2\nkind = \"truncate\""
    );
    for mode in ["ids", "pages"] {
        site.set_scenario(Scenario::parse(&scenario).unwrap());
        let config = site.config_with(json!({"scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good();
        assert!(output.logs().join("\n").contains("search_ended_early"), "{mode}: {:?}", output.logs());
        let mut destination = Destination::default();
        destination.load(&output);
        assert_equal(&site, &destination, &STREAMS);
    }
}
