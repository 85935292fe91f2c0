//! Searches that lost documents, and counts that are only estimates.

use serde_json::json;

use super::{bulk, count};
use crate::client::{ids, site};

const ALL: &str = "project is not EMPTY";

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_off_by_no_more_than_the_share() {
    let honest = site(700, "").await;
    let all = honest.ids(ALL).len() as u64;
    assert_eq!(count(&honest, ALL), all);
    let mut counts = Vec::new();
    for seed in 0..6 {
        let jira = site(700, &format!("seed = {seed}\n[search]\ncount_error = 0.05")).await;
        let counted = count(&jira, ALL);
        assert_eq!(count(&jira, ALL), counted, "the same every time");
        assert!(counted.abs_diff(all) <= all / 20, "{counted} of {all}");
        assert_eq!(jira.ids(ALL).len() as u64, all, "searches are right");
        counts.push(counted);
    }
    assert!(counts.iter().any(|one| *one < all) && counts.iter().any(|one| *one > all), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_can_lose_existing_issues() {
    let jira = site(700, "seed = 3\n[search]\nvanish = 0.1").await;
    let truth = ids(&jira.jira.truth("issues"));
    let found = jira.ids(ALL);
    let missing: Vec<String> = truth.iter().filter(|id| !found.contains(id)).cloned().collect();
    assert!((truth.len() / 20..truth.len() / 5).contains(&missing.len()), "{} of {}", missing.len(), truth.len());
    assert_eq!(bulk(&jira, &missing), missing);
    let mut paged = jira.pages(json!({"jql": ALL, "maxResults": 40})).concat();
    let mut once = found.clone();
    paged.sort();
    once.sort();
    assert_eq!((paged, count(&jira, ALL)), (once, found.len() as u64), "each page of a query misses the same");
    let other = jira.ids("project IS NOT EMPTY");
    assert!(missing.iter().any(|id| other.contains(id)), "another query misses others");
    let twin = site(700, "seed = 4\n[search]\nvanish = 0.1").await;
    assert_ne!(twin.ids(ALL), found, "the seed decides");
}
