//! What must be reported of deletions within issues and projects that still exist, and of moves.

use super::quiescence::{Quiescence, text};
use jira_simulator::ChildKind;
use serde_json::Value;
use std::collections::BTreeSet;

/// The streams that report deletions and moves, each with the entity whose existing rows it must never name.
pub const DELETION_STREAMS: [(&str, &str); 7] = [
    ("key_history", ""),
    ("deleted_worklogs", "worklogs"),
    ("deleted_attachments", "attachments"),
    ("deleted_comments", "comments"),
    ("deleted_versions", "versions"),
    ("deleted_components", "components"),
    ("deleted_sprints", "sprints"),
];

impl Quiescence<'_> {
    /// Reports everything deleted from the issues that the config selects, and nothing that exists.
    pub fn assert_reports_deletions(&self, stream: &str) {
        let entity = DELETION_STREAMS.iter().find(|(name, _)| *name == stream).map_or("", |(_, entity)| entity);
        match stream {
            "key_history" => self.assert_moves(),
            "deleted_worklogs" => self.assert_deleted(stream, ChildKind::Worklog),
            "deleted_attachments" => self.assert_deleted(stream, ChildKind::Attachment),
            // The state does not know what a killed run sent after it.
            "deleted_comments" if self.destination.is_careful() => self.assert_comments_are_marked(),
            // The model does not know which of them an earlier sync had read.
            _ => {}
        }
        if !entity.is_empty() {
            let existing = self.existing(entity);
            let reported = self.reported(stream);
            let wrong: Vec<&String> = reported.intersection(&existing).collect();
            assert!(wrong.is_empty(), "{stream}: {wrong:?} exist");
        }
    }

    /// IDs of what the site has, children of archived issues included if the config selects them.
    fn existing(&self, entity: &str) -> BTreeSet<String> {
        let of_issues = ["comments", "worklogs", "attachments"].contains(&entity);
        let archived = (self.archived && of_issues).then(|| self.site.truth(&format!("archived_{entity}")));
        let rows = self.site.truth(entity).into_iter().chain(archived.into_iter().flatten());
        rows.map(|row| text(&row["id"])).collect()
    }

    fn reported(&self, stream: &str) -> BTreeSet<String> {
        self.destination.table(stream).values().map(|row| text(&row["id"])).collect()
    }

    fn assert_deleted(&self, stream: &str, kind: ChildKind) {
        let reported = self.reported(stream);
        for child in self.site.deleted_children().iter().filter(|child| child.kind == kind) {
            let (id, issue) = (&child.id, &child.issue_id);
            let is_due = self.selected.contains(issue);
            assert!(!is_due || reported.contains(id), "{stream}: the deletion of {id} of issue {issue} is missing");
        }
    }

    /// Each comment in the destination exists, or is reported as deleted.
    fn assert_comments_are_marked(&self) {
        let existing = self.existing("comments");
        let reported = self.reported("deleted_comments");
        for row in self.destination.table("issue_comments").values() {
            let (id, issue) = (text(&row["id"]), text(&row["issueId"]));
            let is_right = !self.selected.contains(&issue) || existing.contains(&id) || reported.contains(&id);
            assert!(is_right, "deleted_comments: the deletion of {id} of issue {issue} is missing");
        }
    }

    fn assert_moves(&self) {
        let moves = |row: &Value| (text(&row["issueId"]), text(&row["oldKey"]), text(&row["newKey"]));
        let reported: BTreeSet<_> = self.destination.table("key_history").values().map(moves).collect();
        let all: BTreeSet<_> =
            self.site.key_history().into_iter().map(|one| (one.issue_id, one.old_key, one.new_key)).collect();
        let wanted: BTreeSet<_> = all.iter().filter(|(issue, ..)| self.selected.contains(issue)).cloned().collect();
        assert!(wanted.is_subset(&reported), "key_history: {:?} are missing", wanted.difference(&reported));
        assert!(reported.is_subset(&all), "key_history: {:?} never happened", reported.difference(&all));
    }
}
