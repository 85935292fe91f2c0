//! The config's filters: exactly the selected issues arrive, and a changed filter causes a full refresh.

mod nothing;

use crate::support::{Destination, Output, Site, assert_holds, catalog, time};
use jira_simulator::{Edit, Scenario, Timeline, TimelineEvent};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const STREAMS: [&str; 3] = ["issues", "issue_comments", "issue_changelogs"];

fn read(site: &Site, members: Value, state: Option<&Value>) -> Output {
    site.read_with(&site.config_with(members), &catalog(&STREAMS, "incremental"), state)
}

fn ids(output: &Output) -> BTreeSet<String> {
    output.records("issues").iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn wanted(site: &Site, keep: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let issues = site.truth("issues");
    let kept =
        issues.iter().filter(|issue| keep(&issue["fields"])).map(|issue| issue["id"].as_str().unwrap().to_owned());
    let kept: BTreeSet<String> = kept.collect();
    assert!(!kept.is_empty() && kept.len() < issues.len(), "the filter must keep some and drop some");
    kept
}

/// Projects with issues, those with most first.
fn projects(site: &Site) -> Vec<String> {
    let mut counts = std::collections::BTreeMap::new();
    for issue in site.truth("issues") {
        *counts.entry(issue["fields"]["project"]["key"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    let mut keys: Vec<String> = counts.keys().cloned().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(counts[key]));
    keys
}

#[test]
fn each_filter_lets_through_what_it_says() {
    let site = Site::new(200, 21, "");
    let keys = projects(&site);
    let at = "2026-01-01T00:00:00Z";
    let middle = {
        let mut times: Vec<i64> =
            site.truth("issues").iter().filter_map(|issue| time::parse(issue["fields"]["created"].as_str()?)).collect();
        times.sort_unstable();
        // To the minute, which is the precision of JQL.
        times[times.len() / 2] / 60_000 * 60_000
    };
    let text = format!("{}Z", &time::format(middle)[..19]);
    let moment = |fields: &Value, name: &str| fields[name].as_str().and_then(time::parse);
    assert!(time::parse(at).is_some());
    type Keep = Box<dyn Fn(&Value) -> bool>;
    let (one, two) = (keys[0].clone(), keys[1].clone());
    let (first, second) = (keys[0].clone(), keys[0].clone());
    let cases: Vec<(Value, Keep)> = vec![
        (json!({"projects": [one, two]}), {
            let (one, two) = (keys[0].clone(), keys[1].clone());
            Box::new(move |fields| fields["project"]["key"] == *one || fields["project"]["key"] == *two)
        }),
        (json!({"exclude_projects": [first.to_lowercase()]}), {
            let second = first.clone();
            Box::new(move |fields| fields["project"]["key"] != *second)
        }),
        (json!({"projects": [first.to_lowercase()]}), {
            let second = first.clone();
            Box::new(move |fields| fields["project"]["key"] == *second)
        }),
        (json!({"exclude_projects": [first]}), Box::new(move |fields| fields["project"]["key"] != *second)),
        (
            json!({"jql": "status = Done OR priority = High"}),
            Box::new(|fields| fields["status"]["name"] == "Done" || fields["priority"]["name"] == "High"),
        ),
        (json!({"created_after": text}), Box::new(move |fields| moment(fields, "created") >= Some(middle))),
        (json!({"created_before": text}), Box::new(move |fields| moment(fields, "created") < Some(middle))),
        (json!({"updated_after": text}), Box::new(move |fields| moment(fields, "updated") >= Some(middle))),
        (json!({"start_date": text}), Box::new(move |fields| moment(fields, "updated") >= Some(middle))),
        (json!({"updated_before": text}), Box::new(move |fields| moment(fields, "updated") < Some(middle))),
        (json!({"created_after": text, "jql": "status = Done OR priority = High", "projects": [keys[0]]}), {
            let key = keys[0].clone();
            Box::new(move |fields| {
                moment(fields, "created") >= Some(middle)
                    && fields["project"]["key"] == *key
                    && (fields["status"]["name"] == "Done" || fields["priority"]["name"] == "High")
            })
        }),
    ];
    for (members, keep) in cases {
        assert_eq!(ids(&read(&site, members.clone(), None).good()), wanted(&site, keep), "{members}");
    }
}

#[test]
fn lists_follow_the_projects_too() {
    let site = Site::new(60, 21, "");
    let key = projects(&site)[0].clone();
    let config = site.config_with(json!({"projects": [key]}));
    let streams = ["projects", "boards", "project_versions"];
    let output = site.read_with(&config, &catalog(&streams, "full_refresh"), None).good();
    assert_eq!(output.records("projects").iter().map(|row| row["key"].clone()).collect::<Vec<_>>(), [json!(key)]);
    assert!(output.records("boards").iter().all(|row| row["projectKey"] == *key));
    let id = output.records("projects")[0]["id"].clone();
    let id: u64 = id.as_str().unwrap().parse().unwrap();
    assert!(output.records("project_versions").iter().all(|row| row["projectId"] == id));
}

/// What a filter lets through: the ids of the issues of some projects.
fn of(site: &Site, keys: &[String]) -> BTreeSet<String> {
    let issues = site.truth("issues");
    let wanted = issues.iter().filter(|issue| keys.iter().any(|key| issue["fields"]["project"]["key"] == **key));
    wanted.map(|issue| issue["id"].as_str().unwrap().to_owned()).collect()
}

fn logged(output: &Output, text: &str) -> usize {
    output.logs().iter().filter(|log| log.contains(text)).count()
}

#[test]
fn a_project_more_is_read_alone() {
    let site = Site::new(80, 22, "");
    let keys = projects(&site);
    let before = read(&site, json!({"projects": [keys[0]]}), None).good();
    let same = read(&site, json!({"projects": [keys[0]]}), Some(&before.state())).good();
    assert_eq!(ids(&same).len(), 0);
    let after = read(&site, json!({"projects": [keys[0], keys[1]]}), Some(&before.state())).good();
    assert_eq!(ids(&after), of(&site, &keys[1..2]));
    assert_eq!(logged(&after, "reading only what that adds"), 1);
    let swapped = read(&site, json!({"projects": [keys[1], keys[0]]}), Some(&after.state())).good();
    assert_eq!((ids(&swapped).len(), logged(&swapped, "filter")), (0, 0), "order of keys");
    let fewer = read(&site, json!({"projects": [keys[1]]}), Some(&swapped.state())).good();
    assert_eq!((ids(&fewer).len(), logged(&fewer, "no longer matches the filters, or cannot be seen")), (0, 1));
    let all = read(&site, json!({}), Some(&fewer.state())).good();
    assert_eq!(ids(&all).len(), site.truth("issues").len() - of(&site, &keys[1..2]).len());
    let without = read(&site, json!({"exclude_projects": [keys[0]]}), Some(&all.state())).good();
    assert_eq!(ids(&without).len(), 0);
}

#[test]
fn wider_bounds_read_the_difference_and_another_filter_reads_everything() {
    let site = Site::new(120, 24, "");
    let mut moments: Vec<String> =
        site.truth("issues").iter().filter_map(|issue| Some(issue["fields"]["created"].as_str()?.to_owned())).collect();
    moments.sort();
    let day = |at: usize| format!("{}T00:00:00Z", &moments[at][..10]);
    let (early, late) = (day(moments.len() / 3), day(moments.len() * 2 / 3));
    let created = |from: &str, to: &str| {
        let issues = site.truth("issues");
        let moment = |text: &str| crate::support::time::parse(text).unwrap();
        let within = issues.into_iter().filter(|issue| {
            let created = moment(issue["fields"]["created"].as_str().unwrap());
            created >= moment(&from.replace('Z', ".000+0000")) && created < moment(&to.replace('Z', ".000+0000"))
        });
        within.map(|issue| issue["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<String>>()
    };
    let first = read(&site, json!({"created_after": late}), None).good();
    let wider = read(&site, json!({"created_after": early}), Some(&first.state())).good();
    assert_eq!(ids(&wider), created(&early, &late));
    let narrower = read(&site, json!({"created_after": early, "jql": "priority = High"}), Some(&wider.state())).good();
    assert_eq!((ids(&narrower).len(), logged(&narrower, "the filters match less than before")), (0, 1));
    let other = read(&site, json!({"created_after": early, "jql": "priority != High"}), Some(&narrower.state())).good();
    assert_eq!(logged(&other, "the filter `jql` has changed, so the stream is read in full"), STREAMS.len());
    assert!(!ids(&other).is_empty());
}

/// Nothing of what the account could not see has moved.
#[test]
fn a_newly_visible_project_is_read_though_nothing_in_it_changed() {
    let site = Site::new(120, 25, "");
    let keys = projects(&site);
    for (hide, show) in [
        (Edit::RevokeProjectAccess { project: keys[0].clone() }, Edit::GrantProjectAccess { project: keys[0].clone() }),
        (Edit::ArchiveProject { project: keys[1].clone() }, Edit::RestoreProject { project: keys[1].clone() }),
        (Edit::TrashProject { project: keys[1].clone() }, Edit::RestoreProject { project: keys[1].clone() }),
    ] {
        site.edit(hide).unwrap();
        let mut destination = Destination::default();
        let streams = ["issues", "issue_comments", "issue_changelogs"];
        let sync = |state: Option<&Value>| site.read(&streams, "incremental", state).good();
        destination.load(&sync(None));
        site.edit(show).unwrap();
        site.advance_clock(Duration::from_secs(90_000));
        let back = sync(Some(&destination.state()));
        assert_eq!(logged(&back, "1 project newly matches the filters, or became visible"), 1);
        destination.load(&back);
        assert_holds(&site, &destination, &streams);
        assert_eq!(sync(Some(&destination.state())).records("issues").len(), 0);
    }
}

/// Not visible when the issues were listed, visible before and after.
#[test]
fn a_project_that_is_not_visible_for_a_moment_misses_nothing() {
    let site = Site::new(60, 25, "");
    let key = projects(&site)[0].clone();
    let issue = site.truth("issues").into_iter().find(|issue| issue["fields"]["project"]["key"] == *key);
    let issue = issue.expect("one")["id"].as_str().expect("a text").to_owned();
    let mut destination = Destination::default();
    destination.load(&read(&site, json!({}), None).good());
    for closed in 1..16 {
        for opened in [closed + 1, closed + 3, closed + 6] {
            let (field, value) = ("summary".to_owned(), json!(format!("{closed} {opened}")));
            site.edit(Edit::SetField { issue: issue.clone(), field, value }).expect("it is there");
            site.advance_clock(Duration::from_secs(4_000));
            let close = TimelineEvent::Edit(Edit::RevokeProjectAccess { project: key.clone() });
            let open = TimelineEvent::Edit(Edit::GrantProjectAccess { project: key.clone() });
            site.set_timeline(Timeline { events: vec![(closed, close), (opened, open)], ..Timeline::default() });
            destination.load(&read(&site, json!({}), Some(&destination.state())).good());
            site.set_timeline(Timeline::default());
            let _ = site.edit(Edit::GrantProjectAccess { project: key.clone() });
            destination.load(&read(&site, json!({}), Some(&destination.state())).good());
            assert_holds(&site, &destination, &STREAMS);
        }
    }
}

/// Moved into a wanted project, an issue comes with all that it has, however old.
#[test]
fn what_comes_into_the_filter_comes_whole() {
    let site = Site::new(120, 23, "");
    let keys = projects(&site);
    let mut destination = Destination::default();
    let members = json!({"projects": [keys[0]]});
    destination.load(&read(&site, members.clone(), None).good());
    let comments = site.truth("comments");
    let moved = site
        .truth("issues")
        .iter()
        .filter(|issue| issue["fields"]["project"]["key"] != *keys[0])
        .filter(|issue| comments.iter().any(|comment| comment["issueId"] == issue["id"]))
        .filter(|issue| {
            let (issue, project) = (issue["id"].as_str().unwrap().to_owned(), keys[0].clone());
            site.edit(Edit::Move { issue, project }).is_ok()
        })
        .count();
    assert!(moved > 0, "nothing moved");
    site.random_edits(30, 23);
    destination.load(&read(&site, members, Some(&destination.state())).good());
    let (comments, histories) = (destination.table("issue_comments"), destination.table("issue_changelogs"));
    for issue in site.truth("issues").iter().filter(|issue| issue["fields"]["project"]["key"] == *keys[0]) {
        let id = &issue["id"];
        assert!(destination.table("issues").contains_key(id.as_str().unwrap()), "{id}");
        for (entity, rows) in [("comments", &comments), ("changelogs", &histories)] {
            for child in site.truth(entity).iter().filter(|child| child["issueId"] == *id) {
                assert!(rows.contains_key(child["id"].as_str().unwrap()), "{entity} of {id}: {}", child["id"]);
            }
        }
    }
}

#[test]
fn an_unknown_project_is_an_error_and_all_others_arrive() {
    let site = Site::new(60, 24, "");
    let key = projects(&site)[0].clone();
    let output = read(&site, json!({"projects": [key, "NOPE"]}), None);
    assert_eq!(output.code, Some(1));
    assert!(
        output.errors().iter().any(|error| error.contains("NOPE") && !error.contains(&key)),
        "{:?}",
        output.errors()
    );
    assert_eq!(ids(&output), wanted(&site, |fields| fields["project"]["key"] == *key));
    // Nothing at all can match: every stream of the family is incomplete, and nothing pretends to be empty.
    let output = read(&site, json!({"projects": ["NOPE"]}), None);
    assert_eq!((output.code, ids(&output).len()), (Some(1), 0));
    assert_eq!(output.statuses("issues"), ["STARTED", "RUNNING", "INCOMPLETE"]);
}

#[test]
fn a_filter_that_finds_nothing_is_an_empty_table() {
    let site = Site::new(60, 24, "");
    let output = read(&site, json!({"created_after": "2199-01-01T00:00:00Z"}), None).good();
    assert_eq!(ids(&output).len(), 0);
}

/// A search for a field or value that does not exist is an error on some sites and an empty list on others.
#[test]
fn a_condition_that_cannot_be_met_is_an_error_on_every_site() {
    let site = Site::new(60, 24, "");
    for scenario in ["", "[search]\nstrict_values = true"] {
        site.set_scenario(Scenario::parse(scenario).unwrap());
        for jql in ["no_such_field = 5", "status = \"No such status\""] {
            let wrong = read(&site, json!({"jql": jql}), None);
            assert!(wrong.code == Some(1) && !wrong.errors().is_empty(), "{jql}");
            assert_eq!(wrong.statuses("issues").last(), Some(&"INCOMPLETE"));
        }
    }
}

/// A filter by `updated` lets an old issue in when it changes: with its old children, which were never sent.
#[test]
fn an_old_issue_that_changes_comes_whole_into_a_filter_by_updated() {
    let site = Site::new(80, 26, "");
    let mut destination = Destination::default();
    // Nothing has changed since: an hour before the site's present.
    let since = time::format(site.now() - 3_600_000);
    let members = json!({"start_date": format!("{}Z", &since[..19])});
    destination.load(&read(&site, members.clone(), None).good());
    let before = destination.table("issues").len();
    let comments = site.truth("comments");
    let old = comments
        .iter()
        .map(|comment| &comment["issueId"])
        .find(|id| !destination.table("issues").contains_key(id.as_str().unwrap()));
    let old = old.expect("an old issue with comments").as_str().unwrap().to_owned();
    site.edit(Edit::Transition { issue: old.clone(), status: None }).unwrap();
    site.advance_clock(std::time::Duration::from_secs(120));
    destination.load(&read(&site, members, Some(&destination.state())).good());
    assert_eq!(destination.table("issues").len(), before + 1);
    for (entity, stream) in [("comments", "issue_comments"), ("changelogs", "issue_changelogs")] {
        let rows = destination.table(stream);
        for child in site.truth(entity).iter().filter(|child| child["issueId"] == *old) {
            assert!(rows.contains_key(child["id"].as_str().unwrap()), "{entity} {}", child["id"]);
        }
    }
}

#[test]
fn a_bound_at_the_beginning_of_time_lets_everything_through() {
    let site = Site::new(20, 21, "");
    let all = site.truth("issues").len();
    for date in ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
        let members = json!({"start_date": date, "created_after": date});
        let output = read(&site, members.clone(), None).good();
        assert_eq!(ids(&output).len(), all, "{date}");
        assert_eq!(ids(&read(&site, members, Some(&output.state())).good()).len(), 0, "{date}");
        let state = json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": "issues"}, "stream_state": {"updated": date}}}]);
        assert_eq!(ids(&read(&site, json!({}), Some(&state)).good()).len(), all, "a cursor at {date}");
    }
}
