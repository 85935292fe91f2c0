//! Edits within one issue, and which of them update `updated`.

use serde_json::Value;

use super::Edit;
use crate::error::Error;
use crate::site::catalog::named;
use crate::site::indexed::NONE;
use crate::site::issue::{Attachment, Audience, Comment, Issue, Item, RemoteLink, Worklog};
use crate::site::missing::ChildKind;
use crate::site::{Site, WorklogChange};
use crate::text::Text;
use crate::time::{Millis, parse_stamp};

/// An issue after an edit.
pub(super) struct Touched {
    pub issue: Issue,
    /// The items of the changelog entry; empty if Jira writes none.
    pub items: Vec<Item>,
    pub moves_updated: bool,
    pub child: Option<String>,
}

impl Touched {
    pub(super) fn without_update(issue: Issue) -> Self {
        Self { issue, items: Vec::new(), moves_updated: false, child: None }
    }

    pub(super) fn with_update(issue: Issue, items: Vec<Item>, child: Option<u64>) -> Self {
        Self { issue, items, moves_updated: true, child: child.map(|id| id.to_string()) }
    }
}

fn take(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}

/// The child with an ID, or the newest.
pub(super) fn choose<T>(list: &[T], id: Option<&String>, of: impl Fn(&T) -> u64) -> Result<usize, Error> {
    let found = match id {
        None => list.len().checked_sub(1),
        Some(id) => list.iter().position(|one| of(one).to_string() == *id),
    };
    found.ok_or_else(|| Error::new("the issue has no such entry"))
}

impl Site {
    pub(super) fn touch(&mut self, edit: &Edit, before: &Issue, now: Millis) -> Result<Touched, Error> {
        let mut issue = before.clone();
        match edit {
            Edit::SetField { field, value, .. } => {
                let item = self.set_field(&mut issue, field, value)?;
                Ok(Touched::with_update(issue, vec![item], None))
            }
            Edit::AddComment { text, restricted, .. } => {
                let id = take(&mut self.next.comment);
                let text = Text::Written(text.clone().unwrap_or_else(|| format!("comment {id} 💬")));
                let audience = if *restricted { Audience::Others } else { Audience::Everyone };
                let author = Some(0);
                issue.comments.push(Comment {
                    id,
                    author,
                    editor: author,
                    created: now,
                    updated: now,
                    text,
                    audience,
                    public: true,
                });
                // Comments have no changelog entries, but update `updated`, also when they are deleted.
                Ok(Touched::with_update(issue, Vec::new(), Some(id)))
            }
            Edit::EditComment { comment, .. } => {
                let place = choose(&issue.comments, comment.as_ref(), |one| one.id)?;
                let one = &mut issue.comments[place];
                (one.editor, one.updated, one.text) = (Some(0), now, Text::Written(format!("edited at {now}")));
                let id = one.id;
                Ok(Touched::with_update(issue, Vec::new(), Some(id)))
            }
            Edit::DeleteComment { comment, .. } => {
                let place = choose(&issue.comments, comment.as_ref(), |one| one.id)?;
                let removed = issue.comments.remove(place);
                // A comment that was never visible can't be missing.
                if removed.audience != Audience::Others {
                    self.record_deleted_child(ChildKind::Comment, removed.id, issue.indexed.id, now);
                }
                Ok(Touched::with_update(issue, Vec::new(), Some(removed.id)))
            }
            Edit::AddWorklog { .. } | Edit::EditWorklog { .. } | Edit::DeleteWorklog { .. } => {
                self.log_work(edit, issue, now)
            }
            Edit::Transition { status, .. } => self.transition(issue, status.as_deref(), now),
            Edit::AddToSprint { sprint, .. } => {
                let place = self.sprint(*sprint)?;
                let id_and_name = |places: &[u32]| {
                    let sprints = || self.catalog.sprints_of(places);
                    let ids: Vec<String> = sprints().map(|one| one.id.to_string()).collect();
                    let names: Vec<String> = sprints().map(|one| one.name.clone()).collect();
                    (Some(ids.join(", ")), Some(names.join(", ")))
                };
                let from = id_and_name(&issue.sprints);
                if !issue.sprints.contains(&place) {
                    issue.sprints.push(place);
                }
                let item = Item::of("Sprint", "customfield_10020", from, id_and_name(&issue.sprints));
                Ok(Touched::with_update(issue, vec![item], None))
            }
            Edit::Attach { name, .. } => {
                let id = take(&mut self.next.attachment);
                let name = name.clone().unwrap_or_else(|| format!("file {id}.txt"));
                let to = (Some(id.to_string()), Some(name.clone()));
                issue.attachments.push(Attachment {
                    id,
                    name,
                    kind: "text/plain",
                    size: 42,
                    author: Some(0),
                    created: now,
                });
                Ok(Touched::with_update(issue, vec![Item::of("Attachment", "attachment", (None, None), to)], Some(id)))
            }
            _ => self.touch_quietly(edit, issue, now),
        }
    }

    /// Edits that don't update `updated`.
    fn touch_quietly(&mut self, edit: &Edit, mut issue: Issue, now: Millis) -> Result<Touched, Error> {
        let mut child = None;
        match edit {
            Edit::Vote { .. } => turn(&mut issue.votes, 0),
            Edit::Watch { .. } => turn(&mut issue.watchers, 0),
            Edit::AddRemoteLink { .. } => {
                let id = take(&mut self.next.remote_link);
                issue.remote_links.push(RemoteLink {
                    id,
                    title: format!("link {id}"),
                    url: format!("https://git.example.com/{id}"),
                });
                child = Some(id.to_string());
            }
            Edit::SetProperty { key, value, .. } => {
                issue.properties.retain(|(known, _)| known != key);
                issue.properties.push((key.clone(), value.clone()));
            }
            Edit::Hide { .. } => issue.indexed.hidden = true,
            Edit::Show { .. } => issue.indexed.hidden = false,
            _ => return self.remove(edit, issue, now),
        }
        Ok(Touched { child, ..Touched::without_update(issue) })
    }

    fn log_work(&mut self, edit: &Edit, mut issue: Issue, now: Millis) -> Result<Touched, Error> {
        let spent = |issue: &Issue| Some(issue.worklogs.iter().map(|one| one.seconds).sum::<i64>().to_string());
        let from = spent(&issue);
        let (id, deleted) = match edit {
            Edit::AddWorklog { seconds, .. } => {
                let (id, seconds) = (take(&mut self.next.worklog), seconds.unwrap_or(1800));
                let text = Some(Text::Written(format!("worked {seconds}")));
                issue.worklogs.push(Worklog {
                    id,
                    author: Some(0),
                    created: now,
                    updated: now,
                    started: now,
                    seconds,
                    text,
                });
                (id, false)
            }
            Edit::EditWorklog { worklog, .. } => {
                let place = choose(&issue.worklogs, worklog.as_ref(), |one| one.id)?;
                let one = &mut issue.worklogs[place];
                (one.updated, one.seconds) = (now, one.seconds + 60);
                (one.id, false)
            }
            Edit::DeleteWorklog { worklog, .. } => {
                let place = choose(&issue.worklogs, worklog.as_ref(), |one| one.id)?;
                let id = issue.worklogs.remove(place).id;
                self.record_deleted_child(ChildKind::Worklog, id, issue.indexed.id, now);
                (id, true)
            }
            _ => return Err(Error::new("not a worklog edit")),
        };
        self.worklog_changes.push(WorklogChange { at: now, id, deleted });
        let to = spent(&issue);
        let items = vec![Item::of("timespent", "timespent", (from.clone(), from), (to.clone(), to))];
        Ok(Touched::with_update(issue, items, Some(id)))
    }

    fn transition(&self, mut issue: Issue, status: Option<&str>, now: Millis) -> Result<Touched, Error> {
        let own = &self.catalog.projects[issue.indexed.project as usize].statuses;
        let from = u32::from(issue.indexed.status);
        let to = match status {
            Some(wanted) => own.iter().copied().find(|place| {
                let status = &self.catalog.statuses[*place as usize];
                status.id == wanted || status.name.eq_ignore_ascii_case(wanted)
            }),
            None => own.iter().position(|place| *place == from).map(|at| own[(at + 1) % own.len()]),
        };
        let to = to.ok_or_else(|| Error::new("no such status in the project"))?;
        let mut items = vec![self.status_item(from, to)];
        issue.indexed.status = to as u16;
        issue.status_changed = now;
        let done = self.catalog.statuses[to as usize].inside.contains("\"key\":\"done\"");
        let id_and_name = |place: u16| {
            self.catalog.resolutions.get(place as usize).map(|one| (one.id.clone(), one.name.clone())).unzip()
        };
        let (was, is) = (issue.indexed.resolution, if done { 0 } else { u16::MAX });
        if was != is {
            items.push(Item::of("resolution", "resolution", id_and_name(was), id_and_name(is)));
            (issue.indexed.resolution, issue.resolved) = (is, done.then_some(now));
        }
        Ok(Touched::with_update(issue, items, None))
    }

    fn set_field(&self, issue: &mut Issue, field: &str, value: &Value) -> Result<Item, Error> {
        let text = value.as_str().map(str::to_string);
        Ok(match field {
            "summary" => {
                let from = issue.summary.plain();
                issue.summary = Text::Written(text.clone().unwrap_or_default());
                Item::text(field, field, Some(from), text)
            }
            "description" => {
                let from = issue.description.as_ref().map(Text::plain);
                issue.description = text.clone().map(Text::Written);
                Item::text(field, field, from, text)
            }
            "priority" => {
                let to = named(&self.catalog.priorities, text.as_deref().unwrap_or_default());
                let to = to.ok_or_else(|| Error::new("no such priority"))?;
                let id_and_name = |place: u16| {
                    self.catalog.priorities.get(place as usize).map(|one| (one.id.clone(), one.name.clone())).unzip()
                };
                let item = Item::of(field, field, id_and_name(issue.indexed.priority), id_and_name(to as u16));
                issue.indexed.priority = to as u16;
                item
            }
            "assignee" => {
                let to = text.as_deref().and_then(|id| self.catalog.user(id));
                let from = Some(issue.indexed.assignee).filter(|place| *place != NONE);
                issue.indexed.assignee = to.unwrap_or(NONE);
                self.person_item(from, to)
            }
            "labels" => {
                let from = issue.labels.join(" ");
                let labels = value.as_array().map(Vec::as_slice).unwrap_or_default();
                issue.labels = labels.iter().filter_map(|label| label.as_str().map(str::to_string)).collect();
                Item::text(field, field, Some(from), Some(issue.labels.join(" ")))
            }
            "duedate" => {
                let from = issue.due.map(crate::time::date_only);
                issue.due = text.as_deref().and_then(|date| parse_stamp(&format!("{date}T00:00:00.000Z")));
                Item::text(field, field, from, text)
            }
            _ => {
                let known = self.catalog.field(field).filter(|known| known.id.starts_with("customfield_"));
                let known = known.ok_or_else(|| Error::new(format!("field {field:?} can't be set")))?;
                let from = issue.written.insert(field.into(), value.to_string());
                Item::text(&known.name, field, from, Some(text.unwrap_or_else(|| value.to_string())))
            }
        })
    }
}

fn turn(list: &mut Vec<u32>, who: u32) {
    match list.iter().position(|one| *one == who) {
        Some(at) => {
            list.remove(at);
        }
        None => list.push(who),
    }
}
