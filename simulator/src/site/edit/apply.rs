//! Applies edits: the issue, its changelog, its `updated`, and the changes that the search index applies later.

use std::sync::Arc;

use super::touch::Touched;
use super::{Edit, Edited};
use crate::error::Error;
use crate::site::indexed::{IndexedIssue, NONE, Position};
use crate::site::issue::{History, Issue, Item};
use crate::site::missing::Moved;
use crate::site::{Change, Site};
use crate::text::Text;
use crate::time::Millis;

impl Site {
    /// Applies one edit, and records changes of visibility.
    pub(crate) fn apply(&mut self, edit: Edit) -> Result<Edited, Error> {
        if !edit.concerns_issues() {
            return self.apply_to_catalog(&edit);
        }
        let seen = self.changes.len();
        let done = self.apply_to_issue(&edit)?;
        self.record_visibility_since(seen);
        Ok(done)
    }

    fn apply_to_issue(&mut self, edit: &Edit) -> Result<Edited, Error> {
        if let Edit::Create { project, summary } = edit {
            return self.create(project, summary.clone());
        }
        let subject = edit.subject().unwrap_or_default();
        let at = self.find(subject).filter(|at| !self.issues[*at as usize].deleted);
        let at = at.ok_or_else(|| Error::new(format!("no issue {subject:?}")))?;
        if self.recorded.contains_key(&at) {
            return Err(Error::new("recorded issues are served as they are"));
        }
        let now = self.clock.now();
        let before = self.issue(at);
        let touched = match edit {
            Edit::Delete { .. } => self.delete(at, now),
            Edit::Move { project, .. } => self.relocate(at, project, &before, now)?,
            Edit::Link { to, .. } => self.link(at, to, now)?,
            Edit::DeleteLink { link, .. } => self.unlink(at, link.as_ref(), now)?,
            Edit::ArchiveIssue { .. } => self.archive(at, true, now)?,
            Edit::UnarchiveIssue { .. } => self.archive(at, false, now)?,
            _ => self.touch(edit, &before, now)?,
        };
        let moved = touched.moves_updated;
        let child = touched.child.clone();
        self.settle(at, before, touched, now);
        let indexed = &self.issues[at as usize];
        let (issue, key) = (indexed.id.to_string(), self.key(indexed));
        Ok(Edited { kind: edit.kind().into(), issue, key, child, moved_updated: moved, at: now })
    }

    /// Stores the changed issue, with a changelog entry if Jira writes one.
    pub(super) fn settle(&mut self, at: Position, before: Arc<Issue>, touched: Touched, now: Millis) {
        let mut issue = touched.issue;
        if !touched.items.is_empty() {
            issue.histories.push(History {
                id: self.next.history,
                author: Some(0),
                created: now,
                items: touched.items,
            });
            self.next.history += 1;
        }
        if touched.moves_updated {
            issue.indexed.updated = now.max(issue.indexed.updated + 1);
        }
        self.issues[at as usize] = issue.indexed.clone();
        self.changed.insert(at, Arc::new(issue));
        self.changes.push(Change { at: now, position: at, before: Some(before) });
    }

    fn create(&mut self, project: &str, summary: Option<String>) -> Result<Edited, Error> {
        let place = self.catalog.project(project).ok_or_else(|| Error::new(format!("no project {project:?}")))?;
        let now = self.clock.now();
        let at = self.issues.len() as Position;
        self.numbers[place as usize].push(at);
        let (number, id) = (self.numbers[place as usize].len() as u32, self.next.issue);
        self.next.issue += 1;
        let home = &self.catalog.projects[place as usize];
        let level = |kind: &&u32| self.catalog.issue_types[**kind as usize].level == 0;
        self.issues.push(IndexedIssue {
            id,
            created: now,
            updated: now,
            project: place,
            number,
            issue_type: home.issue_types.iter().find(level).copied().unwrap_or(0) as u16,
            status: home.statuses.first().copied().unwrap_or(0) as u16,
            priority: 2,
            reporter: 0,
            ..IndexedIssue::EMPTY
        });
        let mut issue = self.build(at, crate::site::issue::Parts::NONE);
        // Their IDs follow from the position, and positions after the generated issues have none.
        issue.attachments.clear();
        issue.remote_links.clear();
        if let Some(summary) = summary {
            issue.summary = Text::Written(summary);
        }
        self.changed.insert(at, Arc::new(issue));
        self.changes.push(Change { at: now, position: at, before: None });
        let key = self.key(&self.issues[at as usize]);
        Ok(Edited { kind: "create".into(), issue: id.to_string(), key, child: None, moved_updated: true, at: now })
    }

    /// The sub-tasks that aren't deleted.
    fn subtasks(&self, at: Position) -> Vec<Position> {
        let mut children = self.children.get(&at).cloned().unwrap_or_default();
        children.retain(|child| {
            let indexed = &self.issues[*child as usize];
            !indexed.deleted && self.catalog.issue_types[indexed.issue_type as usize].subtask
        });
        children
    }

    /// Deleting an issue deletes its sub-tasks and its worklogs. (Jira REST v3: `deleteSubtasks`.)
    fn delete(&mut self, at: Position, now: Millis) -> Touched {
        for child in self.subtasks(at) {
            let before = self.issue(child);
            let touched = self.delete(child, now);
            self.settle(child, before, touched, now);
        }
        self.audit_deletion(at, now);
        let mut issue = (*self.issue(at)).clone();
        for worklog in &issue.worklogs {
            self.worklog_changes.push(crate::site::WorklogChange { at: now, id: worklog.id, deleted: true });
        }
        issue.indexed.deleted = true;
        Touched::without_update(issue)
    }

    /// Sub-tasks are archived and restored with their parent only. (Jira REST v3:
    /// `issue/archive`.) That `updated` stays is an assumption.
    fn archive(&mut self, at: Position, archived: bool, now: Millis) -> Result<Touched, Error> {
        let indexed = &self.issues[at as usize];
        if indexed.archived == archived || self.catalog.issue_types[indexed.issue_type as usize].subtask {
            return Err(Error::new("a sub-task, or an issue that is there already"));
        }
        for child in self.subtasks(at) {
            let before = self.issue(child);
            let mut issue = (*before).clone();
            issue.indexed.archived = archived;
            self.settle(child, before, Touched::without_update(issue), now);
        }
        let mut issue = (*self.issue(at)).clone();
        issue.indexed.archived = archived;
        Ok(Touched::without_update(issue))
    }

    fn relocate(&mut self, at: Position, project: &str, before: &Issue, now: Millis) -> Result<Touched, Error> {
        let place = self.catalog.project(project).ok_or_else(|| Error::new(format!("no project {project:?}")))?;
        let subtask = self.catalog.issue_types[before.indexed.issue_type as usize].subtask;
        if place == before.indexed.project || subtask || self.children.contains_key(&at) {
            return Err(Error::new("only an issue without children moves, to another project"));
        }
        let mut issue = before.clone();
        let old = issue.indexed.clone();
        if let Some(slot) = self.numbers[old.project as usize].get_mut(old.number as usize - 1) {
            *slot = NONE;
        }
        self.old_keys.insert((old.project, old.number), at);
        self.numbers[place as usize].push(at);
        issue.indexed.project = place;
        issue.indexed.number = self.numbers[place as usize].len() as u32;
        let home = &self.catalog.projects[place as usize];
        let level = |kind: &&u32| self.catalog.issue_types[**kind as usize].level == 0;
        issue.indexed.issue_type = home.issue_types.iter().find(level).copied().unwrap_or(0) as u16;
        let mut items = vec![
            Item {
                field: "Key".into(),
                from_string: Some(self.key(&old)),
                to_string: Some(self.key(&issue.indexed)),
                ..Item::default()
            },
            self.project_item(old.project, place),
        ];
        if !home.statuses.contains(&u32::from(old.status)) {
            let status = home.statuses.first().copied().unwrap_or(0);
            items.push(self.status_item(u32::from(old.status), status));
            issue.indexed.status = status as u16;
        }
        // Components and versions belong to the former project.
        issue.components.clear();
        issue.fix_versions.clear();
        issue.versions.clear();
        self.moves.push(Moved {
            issue_id: old.id.to_string(),
            old_key: self.key(&old),
            new_key: self.key(&issue.indexed),
            at: now,
        });
        Ok(Touched { issue, items, moves_updated: true, child: None })
    }

    fn project_item(&self, from: u32, to: u32) -> Item {
        let id_and_name = |place: u32| {
            let project = &self.catalog.projects[place as usize];
            (Some(project.id.to_string()), Some(project.name.clone()))
        };
        Item::of("project", "project", id_and_name(from), id_and_name(to))
    }
}
