//! What a destination is told of issues that are gone: all of them, and no others.

use super::rest::Rest;
use jira_simulator::{Gone, GoneKind};
use serde_json::Value;
use source_jira::record::time;
use std::collections::{BTreeMap, BTreeSet};

const STREAM: &str = "deleted_issues";

/// What may be told of an issue of this kind. Of one that was deleted, its project's fate, where the audit log is silent.
fn kinds(kind: GoneKind) -> &'static [&'static str] {
    match kind {
        GoneKind::Deleted => &["deleted", "deleted_or_hidden", "archived", "project_in_trash", "access_lost"],
        GoneKind::Closed => &["access_lost"],
        GoneKind::Trashed => &["project_in_trash"],
        GoneKind::Archived => &["archived", "deleted_or_hidden"],
        GoneKind::Hidden => &["deleted_or_hidden"],
    }
}

impl Rest<'_> {
    /// No issue that the config wants counts as gone, and what was deleted for sure is deleted.
    pub fn assert_no_false_deletions(&self) {
        let gone: BTreeMap<String, GoneKind> = self.site.gone().into_iter().map(|gone| (gone.id, gone.kind)).collect();
        let keys: Vec<Value> = self.site.truth("issues").iter().map(|issue| issue["key"].clone()).collect();
        for (issue, row) in self.destination.table(STREAM) {
            if row["id"].is_null() {
                assert!(!keys.contains(&row["key"]), "{STREAM}: {} is there: {row}", row["key"]);
                continue;
            }
            assert!(!(self.kept.contains(&issue) && self.counts_as_gone(&issue)), "{STREAM}: {issue} is there: {row}");
            if row["kind"] == "deleted" {
                assert_eq!(gone.get(&issue), Some(&GoneKind::Deleted), "{STREAM}: {issue} is not deleted: {row}");
            }
        }
    }

    /// Each issue that the destination holds and the config does not show any more counts as gone.
    pub fn assert_all_deletions(&self) {
        for (issue, row) in self.destination.table("issues") {
            let marked = self.kept.contains(&issue) || self.counts_as_gone(&issue);
            let last = self.destination.table(STREAM).remove(&issue);
            assert!(marked, "{STREAM}: {issue} ({}) is gone, and nobody says so; the last was {last:?}", row["key"]);
        }
    }

    /// What is told now of why an issue is gone is so now.
    pub fn assert_reasons(&self) {
        let gone: BTreeMap<String, Gone> = self.site.gone().into_iter().map(|gone| (gone.id.clone(), gone)).collect();
        let there: BTreeSet<String> =
            self.site.truth("issues").iter().filter_map(|issue| issue["id"].as_str().map(str::to_owned)).collect();
        let moment = |row: &Value, name: &str| row[name].as_str().and_then(time::parse);
        for (issue, row) in self.destination.table(STREAM) {
            if row["id"].is_null() || moment(&row, "goneBefore").is_none_or(|before| before < self.began) {
                continue;
            }
            let kinds = match gone.get(&issue) {
                None if there.contains(&issue) => &["moved_out"][..],
                Some(gone) if row["projectKey"] == *gone.project_key => kinds(gone.kind),
                // Moved while it was out of sight.
                _ => continue,
            };
            assert!(kinds.contains(&row["kind"].as_str().unwrap_or_default()), "{STREAM}: {issue} is {kinds:?}: {row}");
        }
    }

    /// A deletion counts until the issue is sent again.
    fn counts_as_gone(&self, issue: &str) -> bool {
        self.destination.arrival(STREAM, issue) > self.destination.arrival("issues", issue)
    }
}
