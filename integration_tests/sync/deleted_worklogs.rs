//! The feed of deleted worklogs: each of them arrives, and what was sent is not sent again.

use crate::support::{Destination, Output, Proxy, Rng, Site, Verdict, catalog, read_until, time};
use jira_simulator::{Edit, Scenario};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

const STREAM: [&str; 1] = ["deleted_worklogs"];
const FEED: &str = "/rest/api/3/worklog/deleted";

/// Deletes worklogs of random issues, and remembers when.
fn delete(site: &Site, rng: &mut Rng, count: u64, gone: &mut BTreeMap<String, String>) {
    for _ in 0..count {
        let worklogs = site.truth("worklogs");
        let one = &worklogs[rng.below(worklogs.len() as u64) as usize];
        let text = |name: &str| one[name].as_str().expect("a text").to_owned();
        let edit = Edit::DeleteWorklog { issue: text("issueId"), worklog: Some(text("id")) };
        let edited = site.edit(edit).expect("it is there");
        gone.insert(text("id"), time::format(edited.at));
    }
}

fn reported(destination: &Destination) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    destination.table("deleted_worklogs").values().map(|row| (text(&row["id"]), text(&row["deletedAt"]))).collect()
}

#[test]
fn each_deleted_worklog_is_reported_once_when_its_minute_is_over() {
    for seed in 0..4 {
        println!("seed {seed}");
        let site = Site::new(60, 300 + seed, "");
        let (mut rng, mut destination) = (Rng(seed), Destination::default());
        let (mut gone, mut sent) = (BTreeMap::new(), 0);
        for _ in 0..12 {
            let count = 1 + rng.below(4);
            delete(&site, &mut rng, count, &mut gone);
            site.advance_clock(Duration::from_secs(rng.below(100)));
            let output = site.read(&STREAM, "incremental", Some(&destination.state())).good();
            sent += output.records("deleted_worklogs").len();
            destination.load(&output);
        }
        site.advance_clock(Duration::from_secs(61));
        let output = site.read(&STREAM, "incremental", Some(&destination.state())).good();
        sent += output.records("deleted_worklogs").len();
        destination.load(&output);
        assert_eq!(reported(&destination), gone);
        assert_eq!(sent, gone.len(), "some were sent twice");
    }
}

/// A feed of its own making: seven deletions a second, 1,000 a page. `since` itself belongs to a page or not, which Jira
/// does not say.
fn feed(total: u64, includes: bool) -> impl Fn(&crate::support::Asked) -> Verdict + Send + Sync + 'static {
    move |asked| {
        if !asked.is("GET", FEED) {
            return Verdict::Pass;
        }
        let since: u64 = asked.path.split("since=").nth(1).and_then(|since| since.parse().ok()).expect("a since");
        let at = |id: &u64| 1_700_000_000_000 + id / 7 * 1_000;
        let wanted = |id: &u64| at(id) > since || includes && at(id) == since;
        let mut page: Vec<u64> = (1..=total).filter(wanted).take(1_001).collect();
        let last = page.len() <= 1_000;
        if !last {
            let cut = at(&page[1_000]);
            page.retain(|id| at(id) < cut);
        }
        let until = page.last().map_or(since, at);
        let values: Value = page.iter().map(|id| json!({"worklogId": id, "updatedTime": at(id)})).collect();
        let body = json!({"values": values, "since": since, "until": until, "lastPage": last,
            "nextPage": format!("https://nobody.invalid{FEED}?since={until}")});
        Verdict::Answer(200, body.to_string())
    }
}

#[test]
fn pages_are_followed_by_their_moments_with_a_state_each() {
    let site = Site::new(1, 1, "");
    for includes in [false, true] {
        let proxy = Proxy::new(&site.host(), feed(4_500, includes));
        let config = site.config_with(json!({"domain": proxy.host()}));
        let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None).good();
        let rows = output.records("deleted_worklogs");
        assert_eq!((rows.len(), proxy.of("GET", FEED).len()), (4_500, 5));
        assert_eq!((&rows[6]["id"], &rows[6]["deletedAt"]), (&json!("7"), &json!("2023-11-14T22:13:21.000+0000")));
        let states = output.of_type("STATE").filter(|state| state["sourceStats"]["recordCount"] != 0.0).count();
        assert_eq!(states, 5);
        let state = output.state().to_string();
        assert!(state.len() < 20_000, "{} bytes of state", state.len());
        let next = site.read_with(&config, &catalog(&STREAM, "incremental"), Some(&output.state())).good();
        assert_eq!(next.of_type("RECORD").count(), 0);
    }
}

#[test]
fn killed_anywhere_each_deletion_arrives_and_a_resumed_walk_goes_on_from_its_last_page() {
    let site = Site::new(1, 1, "");
    let proxy = Proxy::new(&site.host(), feed(3_500, true));
    let (config, wanted) = (site.config_with(json!({"domain": proxy.host()})), catalog(&STREAM, "incremental"));
    let whole = site.read_with(&config, &wanted, None).good();
    let size = whole.stdout.len() as u64;
    let mut rng = Rng(5);
    for turn in 0..12 {
        let mut destination = Destination::default();
        let position = 1 + (size * turn / 12 + rng.below(size / 12)) as usize;
        match read_until(&site, &config, &wanted, None, position) {
            Ok(output) | Err(output) => destination.load(&output),
        }
        let rest = site.read_with(&config, &wanted, Some(&destination.state())).good();
        destination.load(&rest);
        assert_eq!(reported(&destination).len(), 3_500, "killed at {position}");
        // At most a page is sent again, and what shares a moment with its end.
        let most = 3_500 * (size as usize - position) / size as usize + 1_100;
        assert!(
            rest.records("deleted_worklogs").len() <= most,
            "killed at {position}: {}",
            rest.records("deleted_worklogs").len()
        );
    }
}

/// More at one moment than a state remembers: some come again, none is lost, and the state stays small.
#[test]
fn a_mass_of_deletions_at_one_moment_keeps_the_state_small() {
    let site = Site::new(1, 1, "");
    let at = site.now() - 90_000;
    let values: Value = (1..=900).map(|id| json!({"worklogId": id, "updatedTime": at})).collect();
    let body = json!({"values": values, "since": 0, "until": at, "lastPage": true}).to_string();
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("GET", FEED) { Verdict::Answer(200, body.clone()) } else { Verdict::Pass }
    });
    let (config, wanted) = (site.config_with(json!({"domain": proxy.host()})), catalog(&STREAM, "incremental"));
    let first = site.read_with(&config, &wanted, None).good();
    let seen = |output: &Output| {
        output.state()[0]["stream"]["stream_state"]["recently_sent"].as_object().map_or(0, |seen| seen.len())
    };
    assert_eq!((first.of_type("RECORD").count(), seen(&first)), (900, 500));
    let next = site.read_with(&config, &wanted, Some(&first.state())).good();
    assert_eq!((next.of_type("RECORD").count(), seen(&next)), (400, 500));
}

#[test]
fn a_page_that_does_not_move_on_is_an_error() {
    let site = Site::new(1, 1, "");
    for body in [
        json!({"values": [{"worklogId": 1, "updatedTime": 5}], "until": 0, "lastPage": false}),
        json!({"values": [{"worklogId": 1, "updatedTime": 5}], "lastPage": false}),
        json!({"values": [{"worklogId": 1}], "until": 5, "lastPage": true}),
        json!({"values": [{"updatedTime": 5}], "until": 5, "lastPage": true}),
        json!({"until": 5, "lastPage": true}),
    ] {
        let proxy = Proxy::new(&site.host(), move |asked| {
            if asked.is("GET", FEED) { Verdict::Answer(200, body.to_string()) } else { Verdict::Pass }
        });
        let config = site.config_with(json!({"domain": proxy.host()}));
        let output = site.read_with(&config, &catalog(&STREAM, "incremental"), None);
        assert_eq!((output.code, output.of_type("RECORD").count()), (Some(1), 0));
        assert!(output.errors()[0].contains("worklog/deleted"), "{:?}", output.errors());
    }
}

#[test]
fn failures_leave_the_state_as_it_was() {
    let site = Site::new(40, 6, "");
    let (mut rng, mut destination, mut gone) = (Rng(6), Destination::default(), BTreeMap::new());
    destination.load(&site.read(&STREAM, "incremental", None).good());
    delete(&site, &mut rng, 3, &mut gone);
    site.advance_clock(Duration::from_secs(200));
    for kind in ["500", "forbidden", "not_found", "broken_json", "html"] {
        site.change(&format!("[[fault]]\nroute = \"{FEED}\"\nkind = \"{kind}\""));
        let before = destination.state()[0]["stream"]["stream_state"].clone();
        let output = site.read(&STREAM, "incremental", Some(&destination.state()));
        assert_eq!((output.code, output.of_type("RECORD").count()), (Some(1), 0), "{kind}");
        destination.load(&output);
        assert_eq!(destination.state()[0]["stream"]["stream_state"], before, "{kind}");
    }
    site.set_scenario(Scenario::default());
    destination.load(&site.read(&STREAM, "incremental", Some(&destination.state())).good());
    assert_eq!(reported(&destination), gone);
}

#[test]
fn a_full_refresh_reports_all_of_them_again() {
    let site = Site::new(40, 7, "");
    let mut gone = BTreeMap::new();
    delete(&site, &mut Rng(7), 5, &mut gone);
    site.advance_clock(Duration::from_secs(100));
    let mut state = None;
    for _ in 0..2 {
        let mut destination = Destination::default();
        let output = site.read(&STREAM, "full_refresh", state.as_ref()).good();
        destination.load(&output);
        assert_eq!(reported(&destination), gone);
        state = Some(output.state());
    }
}
