//! What a destination is told of issues that are gone: all of them, and no others.

use super::rest::Rest;
use jira_simulator::GoneKind;
use serde_json::Value;
use std::collections::BTreeMap;

const STREAM: &str = "deleted_issues";

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

    /// A deletion counts until the issue is sent again.
    fn counts_as_gone(&self, issue: &str) -> bool {
        self.destination.arrival(STREAM, issue) > self.destination.arrival("issues", issue)
    }
}
