//! Boards that refuse are left out and counted, and lists that are not where they should be are found.

use super::{NEW, STREAM, read, rows, shown, state};
use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal};
use serde_json::json;

fn refusing(site: &Site, status: u16, message: &str) -> Proxy {
    let body = json!({"errorMessages": [message], "errors": {}}).to_string();
    Proxy::new(&site.host(), move |asked| match asked.path.contains("/board/2/issue") {
        true => Verdict::Answer(status, body.clone()),
        false => Verdict::Pass,
    })
}

fn counts(output: &Output, code: &str) -> bool {
    output.logs().iter().any(|log| log.contains(&format!("skipped in {STREAM}: 1 × {code} (")))
}

#[test]
fn a_board_that_refuses_is_left_out_under_its_code() {
    let site = Site::new(60, 511, "");
    let first = read(&site, json!({}), None).good();
    let without = "This board has no columns with a mapped status.";
    for (status, message, code, note) in [
        (404, "Requested board cannot be viewed.", "board_hidden", false),
        (400, "The filter is broken.", "board_broken", false),
        (422, without, "board_without_columns", true),
        (500, without, "board_without_columns", true),
    ] {
        let proxy = refusing(&site, status, message);
        let output = read(&site, json!({"domain": proxy.host()}), None).good();
        assert!(counts(&output, code), "{status}: {:?}", output.logs());
        assert_eq!(rows(&output), shown(&site, |board, _| board != 2), "{status}");
        assert!(state(&output)["boards"].get("2").is_none(), "{status}");
        let strict = read(&site, json!({"domain": proxy.host(), "on_skip": "fail"}), Some(&first.state()));
        assert_eq!(strict.code, Some(i32::from(!note)), "{status}");
        assert_eq!(state(&strict)["boards"]["2"], state(&first)["boards"]["2"], "{status}: the cursor stays");
    }
}

/// Its cursor says nothing about what came into the filter meanwhile.
#[test]
fn a_board_that_refuses_while_the_filter_grows_is_read_in_full_when_it_is_back() {
    let site = Site::new(120, 512, "");
    let first = read(&site, json!({"exclude_projects": ["AND"]}), None).good();
    let body = json!({"errorMessages": ["no"]}).to_string();
    let proxy = Proxy::new(&site.host(), move |asked| match asked.path.contains("/board/1/issue") {
        true => Verdict::Answer(404, body.clone()),
        false => Verdict::Pass,
    });
    let second = read(&site, json!({"domain": proxy.host()}), Some(&first.state())).good();
    let third = read(&site, json!({}), Some(&second.state())).good();
    assert_eq!(rows(&third), shown(&site, |board, _| board == 1));
}

#[test]
fn where_the_newer_lists_are_missing_the_older_ones_are_read() {
    let site = Site::new(260, 513, "");
    let dead = "<html><body>Oops, you&#39;ve found a dead link</body></html>";
    let proxy = Proxy::new(&site.host(), move |asked| match asked.path.starts_with(NEW) {
        true => Verdict::Answer(404, dead.into()),
        false => Verdict::Pass,
    });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &[STREAM]);
    assert!(output.logs().iter().any(|log| log.contains("this site does not offer /rest/software/1.0/")));
    let (asked, boards) = (proxy.asked(), site.truth("boards").len());
    let refused = asked.iter().filter(|asked| asked.path.starts_with(NEW)).count();
    assert!(refused <= boards.min(8), "{refused}: once it is known, nobody asks there");
    assert!(asked.iter().any(|asked| asked.path.contains("startAt=100")), "no board has several pages");
}

#[test]
fn a_page_token_that_is_refused_or_repeated_loses_nothing() {
    let site = Site::new(
        300,
        514,
        "[[fault]]\nroute = \"/rest/software/1.0/board/{boardId}/issue\"\nkind = \"repeat_token\"\nevery = 3",
    );
    let (refused, host) = (std::sync::atomic::AtomicBool::new(false), site.host());
    let proxy = Proxy::new(&host, move |asked| {
        let second = asked.path.starts_with(NEW) && asked.path.contains("nextPageToken");
        match second && !refused.swap(true, std::sync::atomic::Ordering::Relaxed) {
            true => Verdict::Answer(400, "{\"errorMessages\":[\"The provided next page token is invalid.\"]}".into()),
            false => Verdict::Pass,
        }
    });
    let output = read(&site, json!({"domain": proxy.host()}), None).good();
    assert!(counts(&output, "listing_restarted"), "{:?}", output.logs());
    let records = output.records(STREAM).len();
    assert_eq!((rows(&output), records), (shown(&site, |_, _| true), shown(&site, |_, _| true).len()), "each row once");
}
