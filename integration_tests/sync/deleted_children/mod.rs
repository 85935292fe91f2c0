//! Comments and attachments that were deleted from issues that are still there.

mod attachments;
mod comments;
mod edge_cases;

use crate::support::{Site, time};
use jira_simulator::{ChildKind, Edit};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was deleted of a kind, by ID: its issue and when.
fn deleted(site: &Site, kind: ChildKind) -> BTreeMap<String, (String, i64)> {
    let all = site.deleted_children().into_iter().filter(|child| child.kind == kind);
    all.map(|child| (child.id, (child.issue_id, child.at))).collect()
}

/// Moves an issue's `updated`.
fn touch(site: &Site, issue: &str) {
    let edit = Edit::SetField { issue: issue.to_owned(), field: "summary".into(), value: "touched".into() };
    site.edit(edit).expect("it is there");
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn moment(value: &Value) -> i64 {
    time::parse(&text(value)).expect("a time")
}

/// Issues that have children of a kind, those with the longest list of `by` first.
fn issues_by(site: &Site, having: &str, by: &str) -> Vec<String> {
    let having: BTreeSet<String> = site.truth(having).iter().map(|child| text(&child["issueId"])).collect();
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for child in site.truth(by) {
        *sizes.entry(text(&child["issueId"])).or_default() += 1;
    }
    let mut issues: Vec<String> = having.into_iter().collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(sizes.get(issue).copied().unwrap_or(0)));
    issues
}
