//! Random histories, after which routes and truth must agree.

use std::collections::{BTreeMap, BTreeSet};

use jira_simulator::{Edited, ServerOptions, Site, SiteOptions, start};
use serde_json::{Value, json};

use super::bulk;
use super::golden::digest;
use crate::client::{Client, ids, site, small};

fn kinds(edits: &[Edited]) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    edits.iter().for_each(|one| *found.entry(one.kind.as_str()).or_default() += 1);
    found
}

fn set(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter().collect()
}

/// Live projects with visible issues.
fn showing(jira: &Client) -> usize {
    let page = jira.get("/rest/api/3/project/search?expand=insight").json();
    let counts = page["values"].as_array().unwrap().iter().map(|one| one["insight"]["totalIssueCount"].as_u64());
    counts.filter(|count| *count > Some(0)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_makes_the_history() {
    let (jira, twin, other) = (site(250, "").await, site(250, "").await, site(250, "").await);
    let (one, two) = (jira.jira.random_history(400, 5), twin.jira.random_history(400, 5));
    assert_eq!((one.len(), digest(&one)), (400, digest(&two)));
    assert_ne!(digest(&one), digest(&other.jira.random_history(400, 6)));
    let asked = json!({"count": 400, "seed": 5, "history": true});
    let third = site(250, "").await;
    let made = third.post("/_sim/edits", &asked).json();
    let keys = |edits: &[Value]| edits.iter().map(|one| one["key"].clone()).collect::<Vec<_>>();
    let wanted: Vec<Value> = one.iter().map(|one| json!(one.key)).collect();
    assert_eq!(keys(made["edits"].as_array().unwrap()), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_edit_occurs_and_the_clock_advances() {
    let jira = site(600, "").await;
    let all = jira.jira.random_history(6000, 2);
    assert_eq!(all.len(), 6000);
    let found = kinds(&all);
    assert_eq!(found.len(), 42, "{found:?}");
    for rare in ["archive_project", "trash_project", "revoke_project_access"] {
        assert!((12..=90).contains(&found[rare]), "{rare} {}", found[rare]);
    }
    let pauses: Vec<i64> = all.windows(2).map(|two| two[1].at - two[0].at).collect();
    assert!(pauses.iter().all(|pause| (0..120_000).contains(pause)));
    let mean = pauses.iter().sum::<i64>() / pauses.len() as i64;
    assert!((40_000..50_000).contains(&mean), "{mean}");
    let run = |length: usize| {
        all.windows(length).any(|some| some.iter().all(|one| !one.issue.is_empty() && one.issue == some[0].issue))
    };
    assert!(run(8), "one issue many times in a row");
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_and_truth_agree_after_a_random_history() {
    let mut lost: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=5 {
        let jira = site(300, "").await;
        let mut seen = set(jira.ids("project is not EMPTY"));
        let start = set(ids(&jira.jira.truth_with_hidden("issues")));
        for round in 0..6 {
            jira.jira.random_history(80, seed * 100 + round);
            assert!(showing(&jira) >= 3);
            let truth = jira.jira.truth("issues");
            let visible = set(ids(&truth));
            seen.extend(visible.iter().cloned());
            assert_eq!(set(jira.ids("project is not EMPTY")), visible, "seed {seed}, round {round}");
            let everything: Vec<String> = seen.iter().chain(&start).cloned().collect();
            assert_eq!(set(bulk(&jira, &everything)), visible, "seed {seed}, round {round}");
            let missing = set(jira.jira.missing_issues().into_iter().map(|one| one.id).collect());
            assert!(missing.is_disjoint(&visible), "seed {seed}, round {round}");
            let known: BTreeSet<String> = missing.union(&visible).cloned().collect();
            assert!(known.is_superset(&seen) && known.is_superset(&start), "seed {seed}, round {round}");
            agrees_in_full(&jira, &truth);
        }
        let children = jira.jira.deleted_children();
        for (entity, kind) in [("comments", "comment"), ("worklogs", "worklog"), ("attachments", "attachment")] {
            let there = set(ids(&jira.jira.truth(entity)));
            let missing: Vec<_> = children.iter().filter(|one| json!(one.kind) == kind).collect();
            assert!(missing.iter().all(|one| !there.contains(&one.id)), "seed {seed}, {kind}");
            *lost.entry(kind).or_default() += missing.len();
        }
    }
    assert!(lost.values().all(|count| *count > 0), "{lost:?}");
}

/// Bulk reads equal the truth, except for truncated lists.
fn agrees_in_full(jira: &Client, truth: &[Value]) {
    let whole: BTreeMap<&str, &Value> = truth.iter().map(|one| (one["id"].as_str().unwrap(), &one["fields"])).collect();
    let wanted: Vec<&&str> = whole.keys().collect();
    for some in wanted.chunks(100) {
        let body = json!({"issueIdsOrKeys": some, "fields": ["*all"]});
        let page = jira.post("/rest/api/3/issue/bulkfetch", &body).json();
        for issue in page["issues"].as_array().unwrap() {
            let (mut shown, mut known) = (issue["fields"].clone(), whole[issue["id"].as_str().unwrap()].clone());
            for fields in [&mut shown, &mut known] {
                for cut in ["comment", "worklog"] {
                    fields[cut] = fields[cut]["total"].clone();
                }
            }
            assert_eq!(shown, known);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tiny_sites_have_histories_too() {
    for (issues, projects, users) in [(0, 1, 1), (1, 1, 1), (40, 3, 2), (60, 45, 5)] {
        let site = Site::generate(&SiteOptions { projects, users, ..small(issues) });
        let jira = start(site, ServerOptions::default()).await.unwrap();
        assert!(!jira.random_history(60, 1).is_empty());
        let missing = jira.missing_issues().into_iter().map(|one| one.id).collect();
        assert!(set(ids(&jira.truth("issues"))).is_disjoint(&set(missing)));
    }
}
