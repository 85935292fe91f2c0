//! A site of recorded entities, served as they were recorded.
//!
//! The folder holds JSON Lines: `issues.jsonl` (issues with embedded `comment`, `worklog` and `changelog`),
//! `changelogs.jsonl`, `worklogs.jsonl` and `remotelinks.jsonl` (`{"issue_id": …, "body": …}`), and the bodies of
//! `projects.jsonl`, `sprints.jsonl`, `statuses.jsonl`, `users.jsonl` and `issue_types.jsonl`. Only the first is needed.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::Error;
use crate::render::Caps;
use crate::render::asked::Asked;
use crate::render::lists::number;
use crate::site::Site;
use crate::site::contents::Contents;

/// An issue as it was recorded, with its children taken together.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub issue: Value,
    pub comments: Vec<Value>,
    pub worklogs: Vec<Value>,
    /// Oldest first.
    pub histories: Vec<Value>,
    pub remote_links: Vec<Value>,
}

impl Recorded {
    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.issue["fields"][name]
    }

    /// Sprints, wherever they stand: the agile form has them under names of their own.
    pub(crate) fn sprints(&self) -> Vec<Value> {
        let fields = self.issue["fields"].as_object();
        let mut found: Vec<Value> = Vec::new();
        for (_, value) in fields.into_iter().flatten() {
            let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let sprint = |entry: &&Value| {
                entry.get("boardId").or(entry.get("originBoardId")).is_some() && entry.get("state").is_some()
            };
            for entry in entries.iter().filter(sprint) {
                if !found.iter().any(|known| known["id"] == entry["id"]) {
                    found.push(entry.clone());
                }
            }
        }
        found
    }

    pub(crate) fn contents(&self) -> Contents {
        let labels = self.field("labels").as_array().map(Vec::as_slice).unwrap_or_default();
        Contents {
            summary: self.field("summary").as_str().unwrap_or_default().into(),
            labels: labels.iter().filter_map(|label| label.as_str().map(str::to_string)).collect(),
            sprints: self.sprints().iter().map(|sprint| number(&sprint["id"])).collect(),
        }
    }
}

/// The issue as a page shows it: the asked fields, and lists cut as Jira cuts them.
pub(crate) fn serve(site: &Site, recorded: &Recorded, asked: &Asked, caps: Caps) -> String {
    if asked.bare() {
        return json!({"id": recorded.issue["id"]}).to_string();
    }
    let mut issue = recorded.issue.clone();
    if let Some(fields) = issue["fields"].as_object_mut() {
        fields.retain(|name, _| asked.holds(&site.catalog, name));
        for (name, children, cap, newest) in [
            ("comment", &recorded.comments, caps.comments, true),
            ("worklog", &recorded.worklogs, caps.worklogs, false),
        ] {
            if let Some(page) = fields.get_mut(name) {
                cut(page, &format!("{name}s"), children, cap, newest);
            }
        }
    }
    if asked.fieldless
        && let Some(issue) = issue.as_object_mut()
    {
        issue.remove("fields");
    }
    let embedded = issue["changelog"]["histories"].as_array().map(Vec::len);
    if asked.changelog && embedded == Some(recorded.histories.len()) && recorded.histories.len() <= caps.histories {
        return issue.to_string();
    }
    if asked.changelog {
        let mut shown = recorded.histories.clone();
        shown.reverse();
        shown.truncate(caps.histories);
        issue["changelog"] =
            json!({"startAt": 0, "maxResults": shown.len(), "total": recorded.histories.len(), "histories": shown});
    } else if let Some(issue) = issue.as_object_mut() {
        issue.remove("changelog");
    }
    issue.to_string()
}

/// Puts the list into the embedded page, unless it is there as it should be.
fn cut(page: &mut Value, name: &str, children: &[Value], cap: usize, newest: bool) {
    let there = page[name].as_array().map(Vec::len);
    if there == Some(children.len()) && children.len() <= cap || !page.is_object() {
        return;
    }
    let start = if newest { children.len().saturating_sub(cap) } else { 0 };
    let shown = &children[start..children.len().min(start.saturating_add(cap))];
    page[name] = json!(shown);
    page["total"] = json!(children.len());
    page["startAt"] = json!(start);
    page["maxResults"] = json!(shown.len());
}

impl Site {
    /// A site of recorded entities.
    pub fn from_records(folder: &Path) -> Result<Self, Error> {
        crate::site::recorded::load(folder)
    }
}
