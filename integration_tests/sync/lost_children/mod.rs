//! Comments and attachments that were deleted from issues that are still there.

mod attachments;
mod comments;
mod doubts;

use crate::support::Site;
use jira_simulator::{Edit, GoneChildKind};
use serde_json::Value;
use source_jira::record::time;
use std::collections::{BTreeMap, BTreeSet};

/// What is gone of a kind, by id: its issue and when it went.
fn gone(site: &Site, kind: GoneChildKind) -> BTreeMap<String, (String, i64)> {
    let all = site.gone_children().into_iter().filter(|child| child.kind == kind);
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
