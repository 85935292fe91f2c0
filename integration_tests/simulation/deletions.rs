//! What `deleted_issues` must report: every issue that left the config's selection, and no other.

use super::quiescence::Quiescence;
use crate::support::time;
use jira_simulator::{MissingIssue, MissingReason};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const STREAM: &str = "deleted_issues";

/// What may be reported of an issue of this kind. A deleted one has its project's fate where the audit log says nothing.
fn kinds(kind: MissingReason) -> &'static [&'static str] {
    match kind {
        MissingReason::Deleted => &["deleted", "deleted_or_hidden", "archived", "project_in_trash", "access_lost"],
        MissingReason::AccessRevoked => &["access_lost"],
        MissingReason::ProjectInTrash => &["project_in_trash"],
        MissingReason::Archived => &["archived", "deleted_or_hidden"],
        MissingReason::Hidden => &["deleted_or_hidden"],
    }
}

impl Quiescence<'_> {
    /// No issue that the config selects counts as deleted, and what is reported as deleted is.
    pub fn assert_no_false_deletions(&self) {
        let deleted: BTreeMap<String, MissingReason> =
            self.site.missing_issues().into_iter().map(|gone| (gone.id, gone.kind)).collect();
        let keys: Vec<Value> = self.site.truth("issues").iter().map(|issue| issue["key"].clone()).collect();
        for (issue, row) in self.destination.table(STREAM) {
            if row["id"].is_null() {
                assert!(!keys.contains(&row["key"]), "{STREAM}: {} exists: {row}", row["key"]);
                continue;
            }
            assert!(
                !(self.selected.contains(issue) && self.counts_as_deleted(issue)),
                "{STREAM}: {issue} exists: {row}"
            );
            if row["kind"] == "deleted" {
                assert_eq!(
                    deleted.get(issue),
                    Some(&MissingReason::Deleted),
                    "{STREAM}: {issue} is not deleted: {row}"
                );
            }
        }
    }

    /// Each issue in the destination that the config does not select any more counts as deleted.
    pub fn assert_all_deletions(&self) {
        for (issue, row) in self.destination.table("issues") {
            let is_right = self.selected.contains(issue) || self.counts_as_deleted(issue);
            let last = self.destination.table(STREAM).get(issue);
            assert!(is_right, "{STREAM}: the deletion of {issue} ({}) is missing; the last was {last:?}", row["key"]);
        }
    }

    /// The reasons reported since quiescence are right.
    pub fn assert_reasons(&self) {
        let deleted: BTreeMap<String, MissingIssue> =
            self.site.missing_issues().into_iter().map(|gone| (gone.id.clone(), gone)).collect();
        let existing: BTreeSet<String> =
            self.site.truth("issues").iter().filter_map(|issue| issue["id"].as_str().map(str::to_owned)).collect();
        let time_of = |row: &Value, name: &str| row[name].as_str().and_then(time::parse);
        for (issue, row) in self.destination.table(STREAM) {
            if row["id"].is_null() || time_of(row, "detectedAt").is_none_or(|before| before < self.began) {
                continue;
            }
            let kinds = match deleted.get(issue) {
                None if existing.contains(issue) => &["moved_out"][..],
                Some(gone) if row["projectKey"] == *gone.project_key => kinds(gone.kind),
                // Moved while it was not visible.
                _ => continue,
            };
            assert!(kinds.contains(&row["kind"].as_str().unwrap_or_default()), "{STREAM}: {issue} is {kinds:?}: {row}");
        }
    }

    /// A deletion counts until the issue is sent again.
    fn counts_as_deleted(&self, issue: &str) -> bool {
        self.destination.arrival(STREAM, issue) > self.destination.arrival("issues", issue)
    }
}
