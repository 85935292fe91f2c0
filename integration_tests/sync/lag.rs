//! How far the search index lags, as measured, against how far the simulator lets it lag.

use crate::support::{Proxy, Site, Verdict};
use jira_simulator::{Edit, Scenario};
use serde_json::{Value, json};
use source_jira::{
    client::{Client, Error, SignIn, jql::Jql, sign_in::hosts::Hosts},
    config,
    jira::index_lag::{Lag, measure},
};
use std::{sync::Arc, time::Duration};

const BULK: &str = "/rest/api/3/issue/bulkfetch";

fn measured_at(site: &Site, domain: &str, filter: &Jql, now: i64) -> Result<Lag, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = site.config_with(json!({"domain": domain})).to_string();
        let config = config::parse(config.as_bytes()).expect("a good config").config;
        let hosts = Hosts { api: site.url(), auth: site.url() };
        let client: Client =
            SignIn::at(&config, Arc::new(()), hosts).expect("hosts").connect(1).await.expect("signed in");
        measure(&client, filter, now).await
    })
}

fn measured(site: &Site, filter: &Jql) -> Lag {
    // The Date header is whole seconds: let the last edit be older than that.
    site.advance_clock(Duration::from_secs(1));
    measured_at(site, &site.host(), filter, site.now()).expect("an answer")
}

/// A site whose index has caught up, and an issue that it shows among the last changed.
fn settled(seed: u64, lag: u64) -> (Site, String) {
    let site = Site::new(120, seed, &format!("[search]\nindex_lag_seconds = {lag}"));
    let issue = newest(&site)["id"].as_str().expect("an id").to_owned();
    site.edit(Edit::Transition { issue: issue.clone(), status: None }).expect("an edit");
    site.advance_clock(Duration::from_secs(lag + 60));
    (site, issue)
}

fn newest(site: &Site) -> Value {
    let issues = site.truth("issues");
    issues.into_iter().max_by_key(|issue| issue["fields"]["updated"].to_string()).expect("an issue")
}

fn create(site: &Site, project: &str) {
    site.edit(Edit::Create { project: project.to_owned(), summary: None }).expect("an edit");
}

fn project_of(issue: &Value) -> String {
    issue["fields"]["project"]["key"].as_str().expect("a key").to_owned()
}

/// Whether it is at least what the change proves, and no more than there is.
fn assert_seen(lag: Lag, seconds: u64, since: i64, now: i64, case: &str) {
    if seconds == 0 {
        assert_eq!(lag.behind, 0, "{case}");
        assert!((now - 10_000..=now + 5_000).contains(&lag.as_of), "{case}: {lag:?}");
    } else {
        assert!((2_000..=seconds as i64 * 1_000).contains(&lag.behind), "{case}: {lag:?}");
        assert!(lag.as_of <= since, "{case}: {lag:?}");
    }
}

#[test]
fn an_edit_that_the_index_does_not_show_is_seen_and_no_other_is() {
    for seconds in [0, 5, 40, 400] {
        let (site, issue) = settled(301, seconds);
        assert_seen(measured(&site, &Jql::default()), 0, 0, site.now(), "settled");
        let since = site.now();
        site.edit(Edit::Transition { issue, status: None }).expect("an edit");
        site.advance_clock(Duration::from_secs(2));
        let lag = measured(&site, &Jql::default());
        assert_seen(lag, seconds, since + 1_000, site.now(), &format!("edited, {seconds} s"));
        site.advance_clock(Duration::from_secs(seconds));
        assert_seen(measured(&site, &Jql::default()), 0, 0, site.now(), "caught up");
    }
}

#[test]
fn a_new_issue_that_the_index_does_not_show_is_seen_whatever_the_filter_wants() {
    for seconds in [0, 5, 40, 400] {
        let (site, _) = settled(302, seconds);
        let project = project_of(&newest(&site));
        let since = site.now();
        create(&site, &project);
        site.advance_clock(Duration::from_secs(2));
        for filter in [
            Jql::default(),
            Jql::default().any_of("project", false, [project.as_str()]),
            Jql::default().any_of("project", true, [project.as_str()]),
        ] {
            // The ids after the last of another project may not reach as far as the new one.
            let near = filter != Jql::default().any_of("project", true, [project.as_str()]);
            let lag = measured(&site, &filter);
            if near || lag.behind > 0 {
                assert_seen(lag, seconds, since + 1_000, site.now(), &format!("created, {seconds} s, {filter:?}"));
            }
        }
        site.advance_clock(Duration::from_secs(seconds));
        assert_seen(measured(&site, &Jql::default()), 0, 0, site.now(), "caught up");
    }
}

/// The index knows the new issue, and the filter does not want it.
#[test]
fn new_issues_outside_the_filter_are_no_lag() {
    let (site, issue) = settled(303, 0);
    let project = project_of(&newest(&site));
    for _ in 0..5 {
        create(&site, &project);
    }
    site.advance_clock(Duration::from_secs(5));
    let elsewhere = Jql::default().any_of("project", true, [project.as_str()]);
    let one = Jql::default().wrapped(&format!("id = {issue}"));
    for filter in [elsewhere, one] {
        assert_eq!(measured(&site, &filter).behind, 0, "{filter:?}");
    }
}

/// Everything older than what it says is really in the index, though the newest changes are of issues it did not look at.
#[test]
fn nothing_older_than_it_says_is_missing() {
    for seconds in [40, 400] {
        let (site, _) = settled(304, seconds);
        for round in 0..6 {
            site.random_edits(10, seconds + round);
            site.advance_clock(Duration::from_secs(seconds / 4));
            let lag = measured(&site, &Jql::default());
            let indexed_to = site.now() - seconds as i64 * 1_000;
            let behind: Vec<i64> = site.truth("issues").iter().map(updated).filter(|at| *at > indexed_to).collect();
            let missing = behind.iter().filter(|at| **at < lag.as_of).count();
            assert!(lag.behind == 0 || missing == 0, "{seconds} s, round {round}: {lag:?}, missing {missing}");
        }
    }
}

fn updated(issue: &Value) -> i64 {
    let text = issue["fields"]["updated"].as_str().expect("a time");
    crate::support::time::parse(text).expect("a time")
}

#[test]
fn a_change_between_the_two_requests_is_no_lag() {
    let (site, issue) = settled(305, 0);
    let site = Arc::new(site);
    let edited = site.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("POST", BULK) {
            edited.advance_clock(Duration::from_secs(3));
            edited.edit(Edit::Transition { issue: issue.clone(), status: None }).expect("an edit");
            edited.advance_clock(Duration::from_secs(3));
        }
        Verdict::Pass
    });
    // As exact as it can be, and as measured with a clock that is a minute fast.
    for fast in [0, 60_000] {
        let lag = measured_at(&site, &proxy.host(), &Jql::default(), site.now() + fast).expect("an answer");
        assert_eq!(lag.behind, 0, "{fast}");
    }
}

/// What a page leaves out is not what the index lacks: more was created than one shows, outside the filter.
#[test]
fn pages_that_leave_something_out_are_no_lag() {
    for quirk in ["", "short_pages = 1.0", "empty_pages = 1.0", "duplicates = 1.0"] {
        let (site, _) = settled(306, 0);
        let project = project_of(&newest(&site));
        let number = |issue: &Value| issue["id"].as_str().and_then(|id| id.parse::<u64>().ok());
        let elsewhere = site.truth("issues").into_iter().filter(|issue| project_of(issue) != project);
        let last = elsewhere.max_by_key(number).expect("an issue")["id"].as_str().expect("an id").to_owned();
        site.edit(Edit::Transition { issue: last, status: None }).expect("an edit");
        (0..150).for_each(|_| create(&site, &project));
        site.advance_clock(Duration::from_secs(5));
        site.set_scenario(Scenario::parse(&format!("[search]\n{quirk}")).expect("a scenario"));
        let filter = Jql::default().any_of("project", true, [project.as_str()]);
        assert_eq!(measured(&site, &filter).behind, 0, "{quirk}");
    }
}

#[test]
fn nothing_to_look_at_is_no_lag_and_a_refusal_is_no_answer() {
    let (site, _) = settled(307, 40);
    let nothing = Jql::default().wrapped("labels = \"no issue has this\"");
    let lag = measured(&site, &nothing);
    assert_seen(lag, 0, 0, site.now(), "nothing");
    let proxy = Proxy::new(&site.host(), |asked| match asked.is("POST", BULK) {
        true => Verdict::Answer(403, "{\"errorMessages\":[\"no\"]}".into()),
        false => Verdict::Pass,
    });
    let error = measured_at(&site, &proxy.host(), &Jql::default(), site.now()).expect_err("refused");
    assert!(error.to_string().contains("bulkfetch"), "{error}");
}

#[test]
fn issues_without_times_are_left_aside() {
    let (site, _) = settled(308, 40);
    let proxy = Proxy::new(&site.host(), |asked| match asked.is("POST", BULK) {
        true => Verdict::Change(timeless),
        false => Verdict::Pass,
    });
    let lag = measured_at(&site, &proxy.host(), &Jql::default(), site.now()).expect("an answer");
    assert_eq!(lag.behind, 0);
}

fn timeless(mut reply: Value) -> Value {
    for issue in reply["issues"].as_array_mut().into_iter().flatten() {
        issue["fields"] = json!({"updated": null});
    }
    reply
}
