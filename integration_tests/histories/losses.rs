//! What a destination is told of what is gone from issues and projects that are still there, and of moves.

use super::rest::{Rest, text};
use jira_simulator::GoneChildKind;
use serde_json::Value;
use std::collections::BTreeSet;

/// The streams that tell, each with what it must never name: what is there.
pub const TELLING: [(&str, &str); 7] = [
    ("key_history", ""),
    ("deleted_worklogs", "worklogs"),
    ("deleted_attachments", "attachments"),
    ("deleted_comments", "comments"),
    ("deleted_versions", "versions"),
    ("deleted_components", "components"),
    ("deleted_sprints", "sprints"),
];

impl Rest<'_> {
    /// All that is gone of the issues that are wanted, and nothing that is there.
    pub fn assert_tells(&self, stream: &str) {
        let there = TELLING.iter().find(|(name, _)| *name == stream).map_or("", |(_, there)| there);
        match stream {
            "key_history" => self.assert_moves(),
            "deleted_worklogs" => self.assert_gone(stream, GoneChildKind::Worklog),
            "deleted_attachments" => self.assert_gone(stream, GoneChildKind::Attachment),
            // What a run that was killed sent after its last state, nobody remembers.
            "deleted_comments" if self.destination.is_careful() => self.assert_comments_are_marked(),
            // Which of them an earlier sync had seen, nobody here knows.
            _ => {}
        }
        if !there.is_empty() {
            let there: BTreeSet<String> = self.site.truth(there).iter().map(|row| text(&row["id"])).collect();
            let told = self.told(stream);
            assert!(told.is_disjoint(&there), "{stream}: {:?} is there", told.intersection(&there));
        }
    }

    fn told(&self, stream: &str) -> BTreeSet<String> {
        self.destination.table(stream).values().map(|row| text(&row["id"])).collect()
    }

    fn assert_gone(&self, stream: &str, kind: GoneChildKind) {
        let told = self.told(stream);
        for child in self.site.gone_children().iter().filter(|child| child.kind == kind) {
            let wanted = self.kept.contains(&child.issue_id);
            assert!(!wanted || told.contains(&child.id), "{stream}: {} of {} is not told", child.id, child.issue_id);
        }
    }

    /// Each comment that the destination holds is there, or marked.
    fn assert_comments_are_marked(&self) {
        let there: BTreeSet<String> = self.site.truth("comments").iter().map(|row| text(&row["id"])).collect();
        let told = self.told("deleted_comments");
        for row in self.destination.table("issue_comments").values() {
            let (id, issue) = (text(&row["id"]), text(&row["issueId"]));
            let marked = !self.kept.contains(&issue) || there.contains(&id) || told.contains(&id);
            assert!(marked, "deleted_comments: {id} of {issue} is gone, and nobody says so");
        }
    }

    fn assert_moves(&self) {
        let moves = |row: &Value| (text(&row["issueId"]), text(&row["oldKey"]), text(&row["newKey"]));
        let told: BTreeSet<_> = self.destination.table("key_history").values().map(moves).collect();
        let all: BTreeSet<_> =
            self.site.key_history().into_iter().map(|one| (one.issue_id, one.old_key, one.new_key)).collect();
        let wanted: BTreeSet<_> = all.iter().filter(|(issue, ..)| self.kept.contains(issue)).cloned().collect();
        assert!(wanted.is_subset(&told), "key_history: {:?} is not told", wanted.difference(&told));
        assert!(told.is_subset(&all), "key_history: {:?} never happened", told.difference(&all));
    }
}
