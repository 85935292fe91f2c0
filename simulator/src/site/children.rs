//! Finds comments and worklogs by their own IDs, and lists worklogs by the time of their change.

use std::collections::HashMap;

use super::Site;
use super::indexed::{IndexedIssue, Position};
use super::issue::Issue;
use super::recorded::{Recorded, number};
use crate::time::{Millis, parse_stamp};

/// Children that can be read by their own IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    Comment,
    Worklog,
}

impl Child {
    /// The generated children of an issue: the first number and the count.
    fn range(self, indexed: &IndexedIssue) -> (u64, u64) {
        match self {
            Self::Comment => (u64::from(indexed.first_comment), u64::from(indexed.comments)),
            Self::Worklog => (u64::from(indexed.first_worklog), u64::from(indexed.worklogs)),
        }
    }

    fn contains(self, issue: &Issue, id: u64) -> bool {
        match self {
            Self::Comment => issue.comments.iter().any(|one| one.id == id),
            Self::Worklog => issue.worklogs.iter().any(|one| one.id == id),
        }
    }
}

impl Site {
    /// The issue of the child with this ID.
    pub(crate) fn issue_with(&self, child: Child, id: u64) -> Option<Position> {
        let recorded = |recorded: &Recorded| {
            let list = if child == Child::Comment { &recorded.comments } else { &recorded.worklogs };
            list.iter().any(|one| number(&one["id"]) == id)
        };
        if let Some((at, _)) = self.recorded.iter().find(|(_, one)| recorded(one)) {
            return Some(*at);
        }
        let there = |at: Position| !self.issues[at as usize].deleted;
        let made =
            || self.changed.iter().find(|(at, issue)| child.contains(issue, id) && there(**at)).map(|(at, _)| *at);
        self.generator_of(child, id).filter(|at| there(*at)).or_else(made)
    }

    /// The generated issue whose range contains this number, unless an edit has deleted the child.
    fn generator_of(&self, child: Child, id: u64) -> Option<Position> {
        let number = id.checked_sub(10_000)?;
        let generated = &self.issues[..self.generated as usize];
        // Of issues with the same first number only the last has children.
        let at = generated.partition_point(|indexed| child.range(indexed).0 <= number).checked_sub(1)?;
        let (first, count) = child.range(&generated[at]);
        let at = at as Position;
        let kept = self.changed.get(&at).is_none_or(|issue| child.contains(issue, id));
        (number < first + count && kept).then_some(at)
    }

    /// Worklogs that were changed or deleted after `since` and not after `end`.
    pub(crate) fn worklog_feed(&self, deleted: bool, since: Millis, end: Millis, most: usize) -> Vec<(Millis, u64)> {
        let base = self.worklog_feed.get_or_init(|| self.generated_worklogs());
        let mut found: Vec<(Millis, u64)> = Vec::new();
        let touched: HashMap<u64, _> = self.worklog_changes.iter().map(|change| (change.id, change)).collect();
        if !deleted {
            let from = base.partition_point(|entry| entry.0 <= since);
            let untouched = base[from..].iter().filter(|entry| !touched.contains_key(&entry.1) && entry.0 <= end);
            found.extend(untouched.take(most));
        }
        found.extend(
            touched
                .values()
                .filter(|change| change.deleted == deleted && change.at > since && change.at <= end)
                .map(|change| (change.at, change.id)),
        );
        found.sort_unstable();
        found.truncate(most);
        found
    }

    fn generated_worklogs(&self) -> Vec<(Millis, u64)> {
        let mut all: Vec<(Millis, u64)> = Vec::new();
        // Issues as generated: edits may have changed some of them.
        let mut base: HashMap<Position, &IndexedIssue> = HashMap::new();
        for change in &self.changes {
            if let Some(before) = &change.before {
                base.entry(change.position).or_insert(&before.indexed);
            }
        }
        for at in 0..self.generated {
            let indexed = base.get(&at).copied().unwrap_or(&self.issues[at as usize]);
            all.extend(self.worklogs(at, indexed).iter().map(|worklog| (worklog.updated, worklog.id)));
        }
        for recorded in self.recorded.values() {
            let moment = |worklog: &serde_json::Value| worklog["updated"].as_str().and_then(parse_stamp).unwrap_or(0);
            all.extend(recorded.worklogs.iter().map(|worklog| (moment(worklog), number(&worklog["id"]))));
        }
        all.sort_unstable();
        all
    }
}
