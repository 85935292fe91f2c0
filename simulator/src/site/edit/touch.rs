//! Edits that stay inside one issue, and which of them move `updated`.

use serde_json::Value;

use super::Edit;
use crate::error::Error;
use crate::site::catalog::named;
use crate::site::gone::GoneChildKind;
use crate::site::issue::{Attachment, Audience, Comment, Issue, Item, RemoteLink, Worklog};
use crate::site::row::NONE;
use crate::site::{Site, WorklogChange};
use crate::text::Text;
use crate::when::{Millis, parse_stamp};

/// An issue after an edit.
pub(super) struct Touched {
    pub issue: Issue,
    /// What the history will say; empty where Jira writes nothing.
    pub items: Vec<Item>,
    pub moves_updated: bool,
    pub child: Option<String>,
}

impl Touched {
    pub(super) fn quietly(issue: Issue) -> Self {
        Self { issue, items: Vec::new(), moves_updated: false, child: None }
    }

    pub(super) fn loudly(issue: Issue, items: Vec<Item>, child: Option<u64>) -> Self {
        Self { issue, items, moves_updated: true, child: child.map(|id| id.to_string()) }
    }
}

fn take(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}

/// The child of an id, or the newest.
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
                Ok(Touched::loudly(issue, vec![item], None))
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
                // Comments leave no trace in the history, but move `updated`, also when they go.
                Ok(Touched::loudly(issue, Vec::new(), Some(id)))
            }
            Edit::EditComment { comment, .. } => {
                let place = choose(&issue.comments, comment.as_ref(), |one| one.id)?;
                let one = &mut issue.comments[place];
                (one.editor, one.updated, one.text) = (Some(0), now, Text::Written(format!("edited at {now}")));
                let id = one.id;
                Ok(Touched::loudly(issue, Vec::new(), Some(id)))
            }
            Edit::DeleteComment { comment, .. } => {
                let place = choose(&issue.comments, comment.as_ref(), |one| one.id)?;
                let gone = issue.comments.remove(place);
                // What the account never saw it can't miss.
                if gone.audience != Audience::Others {
                    self.lose(GoneChildKind::Comment, gone.id, issue.row.id, now);
                }
                Ok(Touched::loudly(issue, Vec::new(), Some(gone.id)))
            }
            Edit::AddWorklog { .. } | Edit::EditWorklog { .. } | Edit::DeleteWorklog { .. } => {
                self.log_work(edit, issue, now)
            }
            Edit::Transition { status, .. } => self.transition(issue, status.as_deref(), now),
            Edit::AddToSprint { sprint, .. } => {
                let place = self.sprint(*sprint)?;
                let told = |places: &[u32]| {
                    let sprints = || self.catalog.sprints_of(places);
                    let ids: Vec<String> = sprints().map(|one| one.id.to_string()).collect();
                    let names: Vec<String> = sprints().map(|one| one.name.clone()).collect();
                    (Some(ids.join(", ")), Some(names.join(", ")))
                };
                let from = told(&issue.sprints);
                if !issue.sprints.contains(&place) {
                    issue.sprints.push(place);
                }
                let item = Item::of("Sprint", "customfield_10020", from, told(&issue.sprints));
                Ok(Touched::loudly(issue, vec![item], None))
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
                Ok(Touched::loudly(issue, vec![Item::of("Attachment", "attachment", (None, None), to)], Some(id)))
            }
            _ => self.touch_quietly(edit, issue, now),
        }
    }

    /// What doesn't move `updated`.
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
            Edit::Hide { .. } => issue.row.hidden = true,
            Edit::Show { .. } => issue.row.hidden = false,
            _ => return self.remove(edit, issue, now),
        }
        Ok(Touched { child, ..Touched::quietly(issue) })
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
                self.lose(GoneChildKind::Worklog, id, issue.row.id, now);
                (id, true)
            }
            _ => return Err(Error::new("not a worklog edit")),
        };
        self.worklog_changes.push(WorklogChange { at: now, id, deleted });
        let to = spent(&issue);
        let items = vec![Item::of("timespent", "timespent", (from.clone(), from), (to.clone(), to))];
        Ok(Touched::loudly(issue, items, Some(id)))
    }

    fn transition(&self, mut issue: Issue, status: Option<&str>, now: Millis) -> Result<Touched, Error> {
        let own = &self.catalog.projects[issue.row.project as usize].statuses;
        let from = u32::from(issue.row.status);
        let to = match status {
            Some(wanted) => own.iter().copied().find(|place| {
                let status = &self.catalog.statuses[*place as usize];
                status.id == wanted || status.name.eq_ignore_ascii_case(wanted)
            }),
            None => own.iter().position(|place| *place == from).map(|at| own[(at + 1) % own.len()]),
        };
        let to = to.ok_or_else(|| Error::new("no such status in the project"))?;
        let mut items = vec![self.status_item(from, to)];
        issue.row.status = to as u16;
        issue.status_changed = now;
        let done = self.catalog.statuses[to as usize].inside.contains("\"key\":\"done\"");
        let told = |place: u16| {
            self.catalog.resolutions.get(place as usize).map(|one| (one.id.clone(), one.name.clone())).unzip()
        };
        let (was, is) = (issue.row.resolution, if done { 0 } else { u16::MAX });
        if was != is {
            items.push(Item::of("resolution", "resolution", told(was), told(is)));
            (issue.row.resolution, issue.resolved) = (is, done.then_some(now));
        }
        Ok(Touched::loudly(issue, items, None))
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
                let told = |place: u16| {
                    self.catalog.priorities.get(place as usize).map(|one| (one.id.clone(), one.name.clone())).unzip()
                };
                let item = Item::of(field, field, told(issue.row.priority), told(to as u16));
                issue.row.priority = to as u16;
                item
            }
            "assignee" => {
                let to = text.as_deref().and_then(|id| self.catalog.user(id));
                let from = Some(issue.row.assignee).filter(|place| *place != NONE);
                issue.row.assignee = to.unwrap_or(NONE);
                self.person_item(from, to)
            }
            "labels" => {
                let from = issue.labels.join(" ");
                let labels = value.as_array().map(Vec::as_slice).unwrap_or_default();
                issue.labels = labels.iter().filter_map(|label| label.as_str().map(str::to_string)).collect();
                Item::text(field, field, Some(from), Some(issue.labels.join(" ")))
            }
            "duedate" => {
                let from = issue.due.map(crate::when::date_only);
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
