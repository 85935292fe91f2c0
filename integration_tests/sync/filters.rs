//! The config's filters: exactly the wanted issues arrive, and a changed filter reads anew.

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_holds, catalog};
use jira_simulator::{Edit, Scenario};
use serde_json::{Value, json};
use source_jira::record::time;
use std::collections::BTreeSet;

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
        // To the minute, which is all that Jira tells apart.
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

#[test]
fn a_changed_filter_reads_anew_and_says_so() {
    let site = Site::new(80, 22, "");
    let keys = projects(&site);
    let before = read(&site, json!({"projects": [keys[0]]}), None).good();
    let same = read(&site, json!({"projects": [keys[0]]}), Some(&before.state())).good();
    assert_eq!(ids(&same).len(), 0);
    let after = read(&site, json!({"projects": [keys[0], keys[1]]}), Some(&before.state())).good();
    assert!(ids(&after).is_superset(&ids(&before)) && ids(&after).len() > ids(&before).len());
    let warned = after.logs().iter().filter(|log| log.contains("filter in the config has changed")).count();
    assert_eq!(warned, STREAMS.len());
    assert_eq!(
        ids(&read(&site, json!({"projects": [keys[1], keys[0]]}), Some(&after.state())).good()).len(),
        0,
        "order of keys"
    );
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
fn an_unknown_project_is_an_error_and_the_rest_arrives() {
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

#[test]
fn archived_projects_are_asked_for_when_wanted() {
    let site = Site::new(40, 25, "");
    let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
    let config = site.config_with(json!({"domain": proxy.host(), "include_archived_projects": true}));
    let mut destination = Destination::default();
    destination.load(&site.read_with(&config, &catalog(&["issues"], "incremental"), None).good());
    let searches = proxy.of("GET", "/rest/api/3/search/jql");
    assert!(!searches.is_empty() && searches.iter().all(|asked| asked.path.contains("includeArchivedProjects=true")));
    assert_holds(&site, &destination, &["issues"]);
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
