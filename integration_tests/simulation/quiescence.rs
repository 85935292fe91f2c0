//! At quiescence, a destination holds what the site holds.

use super::model::Model;
use crate::support::{Destination, Rows, Site, assert_equal, assert_rows, difference, expected, held, plain, time};
use serde_json::Value;
use source_jira::streams;
use std::collections::BTreeSet;

/// Fields that show or sum up other issues, or change without `updated`: they are as old as the issue's last change. The lists
/// that Jira truncates have streams of their own.
const NOT_COMPARED: [&str; 11] = [
    "parent",
    "subtasks",
    "issuelinks",
    "votes",
    "watches",
    "comment",
    "worklog",
    "aggregateprogress",
    "aggregatetimespent",
    "aggregatetimeestimate",
    "aggregatetimeoriginalestimate",
];

/// Streams of what changes without the issue's `updated`.
const WITHOUT_UPDATED: [&str; 4] = ["issue_votes", "issue_watchers", "issue_properties", "issue_remote_links"];

/// What is compared with what.
pub struct Quiescence<'a> {
    pub site: &'a Site,
    pub destination: &'a Destination,
    pub model: &'a Model,
    /// IDs of the issues that the config selects.
    pub selected: BTreeSet<String>,
    /// IDs of the boards that it selects.
    pub boards: BTreeSet<String>,
    /// When quiescence began, by the site's clock.
    pub began: i64,
    /// What changes without `updated` has been refreshed since.
    pub refreshed: bool,
    /// Issues that were hidden and came back, that no ID snapshot found since, and that can't be changed: archived ones.
    pub unfound: BTreeSet<String>,
    /// The config selects issues of archived projects, too.
    pub archived: bool,
}

impl Quiescence<'_> {
    /// Incremental: each row of the site has arrived as it is now. Rows deleted from the site may stay.
    pub fn assert_holds(&self, stream: &str) {
        let rows = self.destination.table(stream);
        for (key, truth) in self.truth(stream) {
            let issue = issue_of(stream, &truth);
            if self.unfound.contains(&issue) {
                continue;
            }
            if WITHOUT_UPDATED.contains(&stream) && !self.refreshed && self.model.changed_without_updated(&issue) {
                continue;
            }
            // Jira shows a link while it shows both issues, and the other one was hidden once.
            let (other, its_key) = (text(&truth["linkedIssueId"]), text(&truth["linkedIssueKey"]));
            if stream == "issue_links" && self.model.was_hidden(&other, &its_key) {
                continue;
            }
            let Some(row) = rows.get(&key) else {
                let (name, truth) = (truth["key"].clone(), truth.to_string().chars().take(300).collect::<String>());
                panic!("{stream}: {key} of issue {issue} is missing; the site has {name}: {truth}")
            };
            let changed = truth["fields"]["updated"].clone();
            let (truth, row) = (self.comparable(stream, truth), self.comparable(stream, row.clone()));
            for (name, truth) in truth.as_object().expect("a row is an object") {
                // The connector adds `updated` to changelogs.
                if !(stream == "issue_changelogs" && name == "updated")
                    && let Some(difference) = difference(truth, &row[name], name)
                {
                    panic!("{stream} {key}: {difference} (sent at {}, changed at {changed})", row["updated"]);
                }
            }
        }
    }

    /// Refreshed: the table is the site's, row for row and property for property.
    pub fn assert_equals(&self, stream: &str) {
        if stream == "issue_ids" {
            let ids: BTreeSet<String> = self.destination.table(stream).keys().cloned().collect();
            return assert_eq!(ids, self.selected, "issue_ids");
        }
        if streams::find(stream).is_some_and(|stream| stream.list().is_some()) {
            return assert_equal(self.site, self.destination, &[stream]);
        }
        // The site's truth has no children of archived issues.
        let shown = self.archived.then(|| self.site.truth_by("issues", &["id"]));
        let is_compared = |row: &Value| shown.as_ref().is_none_or(|shown| shown.contains_key(&issue_of(stream, row)));
        let rows = self.destination.table(stream).iter().filter(|(_, row)| is_compared(row));
        let rows = rows.map(|(key, row)| (key.clone(), impartial(stream, plain(stream, row.clone())))).collect();
        let truth = expected(self.site, stream).into_iter();
        let truth = truth.filter(|(_, row)| self.selected.contains(&issue_of(stream, row)));
        assert_rows(stream, &rows, &truth.map(|(key, row)| (key, impartial(stream, row))).collect());
    }

    /// The site's rows of the issues that the config selects.
    fn truth(&self, stream: &str) -> Rows {
        let mut rows = held(self.site, stream);
        if self.archived && stream == "issues" {
            rows.extend(self.site.truth_by("archived_issues", &["id"]));
        }
        rows.retain(|_, row| self.selected.contains(&issue_of(stream, row)));
        if stream == "board_issues" {
            rows.retain(|_, row| self.boards.contains(&text(&row["boardId"])));
        }
        rows
    }

    /// Without what may be older than the row: what other objects own, and what changes without `updated`.
    fn comparable(&self, stream: &str, row: Value) -> Value {
        let mut row = impartial(stream, plain(stream, row));
        let members = row.as_object_mut().expect("a row is an object");
        match stream {
            "issues" => {
                let fields = members["fields"].as_object_mut().expect("fields are an object");
                NOT_COMPARED.iter().for_each(|name| drop(fields.remove(*name)));
            }
            // A linked issue that moved has another key.
            "issue_links" => drop(members.remove("linkedIssueKey")),
            "sprint_issues" => ["sprintName", "sprintState"].iter().for_each(|name| drop(members.remove(*name))),
            _ => {}
        }
        for value in members.values_mut() {
            self.reduce(value);
        }
        row
    }

    /// Other objects become their IDs, because their names change without the issue; times become numbers, because the
    /// account's time zone may have been another.
    fn reduce(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(instant) = time::parse(text) {
                    *value = instant.into();
                }
            }
            Value::Array(values) => {
                values.retain(|one| !self.is_deleted(one));
                values.iter_mut().for_each(|one| self.reduce(one));
                if values.is_empty() {
                    *value = Value::Null;
                }
            }
            Value::Object(members) => {
                // An SLA has the name of its field.
                if members.contains_key("completedCycles") {
                    members.remove("name");
                }
                let stands_for = match () {
                    () if members.contains_key("accountId") => members.remove("accountId"),
                    () if ["self", "boardId"].iter().any(|name| members.contains_key(*name)) => members.remove("id"),
                    () => None,
                };
                match stands_for {
                    Some(id) => *value = id,
                    None => members.values_mut().for_each(|one| self.reduce(one)),
                }
            }
            _ => {}
        }
    }

    /// A sprint, version or component that was deleted, which does not change `updated`.
    fn is_deleted(&self, one: &Value) -> bool {
        let place = one["self"].as_str().unwrap_or_default();
        let kind = match () {
            () if one.get("boardId").is_some() => "delete_sprint",
            () if place.contains("/version/") => "delete_version",
            () if place.contains("/component/") => "delete_component",
            () => return false,
        };
        self.model.is_deleted_value(kind, &text(&one["id"]))
    }
}

/// Without whether the caller votes and watches: a service account is not the account that the truth is of.
fn impartial(stream: &str, mut row: Value) -> Value {
    let mut forget = |path: &str, name: &str| {
        row.pointer_mut(path).and_then(Value::as_object_mut).map(|members| members.remove(name));
    };
    match stream {
        "issue_votes" => forget("", "hasVoted"),
        "issue_watchers" => forget("", "isWatching"),
        // The field of story points is found by its name, which may have changed since.
        "sprint_issues" => {
            if let Some(fields) = row["fields"].as_object_mut() {
                fields.retain(|name, _| !name.starts_with("customfield_"));
            }
        }
        "issues" => {
            forget("/fields/votes", "hasVoted");
            forget("/fields/watches", "isWatching");
        }
        _ => {}
    }
    row
}

pub fn issue_of(stream: &str, row: &Value) -> String {
    text(if ["issues", "board_issues"].contains(&stream) { &row["id"] } else { &row["issueId"] })
}

pub fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
