//! Lists of records that are in lists of other records themselves: screens, their tabs, the fields on these.

use super::{in_a_job, left_out};
use crate::support::{Asked, Destination, Output, Proxy, Site, Verdict, assert_equal};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const SCREENS: [&str; 3] = ["screens", "screen_tabs", "screen_tab_fields"];

#[test]
fn fields_of_tabs_are_the_same_whether_or_not_screens_and_tabs_are_selected_too() {
    let site = Site::new(5, 93, "");
    for streams in [&SCREENS[..], &["screen_tab_fields"], &["screens", "screen_tab_fields"], &["screen_tabs"]] {
        site.reset_log();
        let mut destination = Destination::default();
        let output = site.read(streams, "full_refresh", None).good();
        destination.load(&output);
        assert_equal(&site, &destination, streams);
        for other in SCREENS.iter().filter(|name| !streams.contains(name)) {
            assert!(output.records(other).is_empty(), "{other} was not selected");
        }
        assert_eq!(site.log().count("GET /rest/api/3/screens"), 1, "{streams:?}");
        let screens = site.truth("screens").len() as u64;
        assert_eq!(site.log().count("GET /rest/api/3/screens/{screenId}/tabs"), screens, "{streams:?}");
    }
}

#[test]
fn a_screen_without_tabs_and_a_tab_without_fields_have_no_rows_and_fail_nothing() {
    let site = Site::new(5, 93, "");
    let (screens, tabs, fields) = (site.truth("screens"), site.truth("screen_tabs"), site.truth("screen_tab_fields"));
    assert!(screens.iter().any(|screen| tabs.iter().all(|tab| tab["screenId"] != screen["id"])));
    assert!(tabs.iter().any(|tab| fields.iter().all(|field| field["tabId"] != tab["id"])));
    let output = site.read(&SCREENS, "full_refresh", None).good();
    assert!(!output.logs().iter().any(|log| log.contains("skipped")), "{:#?}", output.logs());
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &SCREENS);
}

/// A site through which the tabs of one screen are not found while `broken` says so.
fn with_a_vanished_screen(broken: &Arc<AtomicBool>) -> (Site, Proxy) {
    let site = Site::new(5, 94, "");
    let fault = broken.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let gone = asked.path.ends_with("/screens/2/tabs") && fault.load(Ordering::Relaxed);
        if gone { Verdict::Answer(404, "{\"errorMessages\":[\"gone\"]}".into()) } else { Verdict::Pass }
    });
    (site, proxy)
}

#[test]
fn a_screen_that_vanishes_meanwhile_is_left_out_of_its_tabs_and_of_their_fields() {
    let (site, proxy) = with_a_vanished_screen(&Arc::new(AtomicBool::new(true)));
    let config = site.config_with(json!({"domain": proxy.host()}));
    let output = in_a_job(&site, &config, &SCREENS, None).good();
    for stream in ["screen_tabs", "screen_tab_fields"] {
        assert!(left_out(&output, stream, "screen_deleted"), "{stream}: {:#?}", output.logs());
        assert!(output.records(stream).iter().all(|row| row["screenId"] != 2), "{stream}");
        assert!(!output.records(stream).is_empty(), "{stream}: the others are there");
    }
    assert!(!left_out(&output, "screens", "screen_deleted"));
}

/// The fields of the tabs that were lacking are not taken for read, though those of later tabs were.
#[test]
fn what_a_lack_of_tabs_left_out_of_their_fields_is_read_by_the_next_attempt() {
    let broken = Arc::new(AtomicBool::new(true));
    let (site, proxy) = with_a_vanished_screen(&broken);
    let config = site.config_with(json!({"domain": proxy.host(), "on_skip": "fail"}));
    for streams in [&SCREENS[1..], &SCREENS[2..]] {
        broken.store(true, Ordering::Relaxed);
        let mut destination = Destination::default();
        let first = in_a_job(&site, &config, streams, None);
        assert_eq!(first.code, Some(1));
        for stream in streams {
            assert_eq!(first.statuses(stream).last(), Some(&"INCOMPLETE"), "{stream}");
        }
        destination.load(&first);
        broken.store(false, Ordering::Relaxed);
        destination.load(&in_a_job(&site, &config, streams, Some(&destination.state())).good());
        assert_equal(&site, &destination, streams);
    }
}

#[test]
fn tabs_that_cannot_be_read_fail_their_fields_too_and_nothing_else() {
    let fault = "[[fault]]\nroute = \"/rest/api/3/screens/{screenId}/tabs\"\nkind = \"bad_request\"";
    let site = Site::new(5, 95, fault);
    let output = site.read(&["screens", "screen_tabs", "screen_tab_fields", "labels"], "full_refresh", None);
    assert_eq!(output.code, Some(1));
    for (stream, status) in [
        ("screens", "COMPLETE"),
        ("screen_tabs", "INCOMPLETE"),
        ("screen_tab_fields", "INCOMPLETE"),
        ("labels", "COMPLETE"),
    ] {
        assert_eq!(output.statuses(stream).last(), Some(&status), "{stream}");
    }
}

#[test]
fn a_repeated_attempt_goes_on_after_the_tabs_that_were_done() {
    let broken = Arc::new(AtomicBool::new(true));
    let site = Site::new(5, 96, "");
    let tabs = site.truth("screen_tabs");
    let last = tabs.last().expect("a tab").clone();
    let path = format!("/screens/{}/tabs/{}/fields", last["screenId"], last["id"]);
    let fault = broken.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let refused = asked.path.ends_with(&path) && fault.load(Ordering::Relaxed);
        if refused { Verdict::Answer(400, "{\"errorMessages\":[\"no\"]}".into()) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host()}));
    let mut destination = Destination::default();
    destination.load(&in_a_job(&site, &config, &["screen_tab_fields"], None));
    broken.store(false, Ordering::Relaxed);
    let asked = || site.log().count("GET /rest/api/3/screens/{screenId}/tabs/{tabId}/fields");
    let before = asked();
    destination.load(&in_a_job(&site, &config, &["screen_tab_fields"], Some(&destination.state())).good());
    assert_eq!(asked() - before, 1, "of {} tabs, all but the last were done", tabs.len());
    assert_equal(&site, &destination, &["screen_tab_fields"]);
}

#[test]
fn with_whom_filters_are_shared_stands_in_their_list_and_is_asked_for_only_where_it_does_not() {
    let site = Site::new(5, 95, "");
    let read = |host: &str| {
        let config = site.config_with(json!({"domain": host}));
        in_a_job(&site, &config, &["filter_sharing"], None).good()
    };
    let assert_whole = |output: &Output| {
        let mut destination = Destination::default();
        destination.load(output);
        assert_equal(&site, &destination, &["filter_sharing"]);
    };
    assert_whole(&read(&site.host()));
    assert_eq!(site.log().count("GET /rest/api/3/filter/{id}/permission"), 0);

    let bare = |filter: &Value| json!({"id": filter["id"]});
    let filters: Vec<Value> = site.truth("filters").iter().map(bare).collect();
    let first = filters[0]["id"].as_str().expect("a text").to_owned();
    let page = json!({"values": filters, "isLast": true, "startAt": 0, "total": filters.len()}).to_string();
    let rule = move |hidden: Option<String>| {
        let page = page.clone();
        move |asked: &Asked| match () {
            () if asked.path.contains("/filter/search") => Verdict::Answer(200, page.clone()),
            () if hidden.as_ref().is_some_and(|id| asked.path.contains(&format!("/filter/{id}/permission"))) => {
                Verdict::Answer(404, "{\"errorMessages\":[\"gone\"]}".into())
            }
            () => Verdict::Pass,
        }
    };
    assert_whole(&read(&Proxy::new(&site.host(), rule(None)).host()));
    let output = read(&Proxy::new(&site.host(), rule(Some(first))).host());
    assert!(left_out(&output, "filter_sharing", "filter_hidden"), "{:?}", output.logs());
}
