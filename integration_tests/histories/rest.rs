//! When things have come to rest, a destination holds what the site holds.

use super::ledger::Ledger;
use crate::support::{Destination, Rows, Site, assert_equal, assert_rows, difference, entity, expected, plain};
use serde_json::Value;
use source_jira::{record::time, streams};
use std::collections::BTreeSet;

/// Members of issues that show other issues or sum them up, or change without `updated`: they are as old as the issue's last change.
/// Lists that the site cuts have streams of their own.
const APART: [&str; 11] = [
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

/// Streams of what changes without moving the issue's `updated`.
const QUIET: [&str; 4] = ["issue_votes", "issue_watchers", "issue_properties", "issue_remote_links"];

/// What is compared with what.
pub struct Rest<'a> {
    pub site: &'a Site,
    pub destination: &'a Destination,
    pub ledger: &'a Ledger,
    /// Ids of the issues that the config wants.
    pub kept: BTreeSet<String>,
    /// Ids of the boards that it wants.
    pub boards: BTreeSet<String>,
    /// When things came to rest, by the site's clock.
    pub began: i64,
    /// What changes without moving `updated` has been read again since.
    pub refreshed: bool,
}

impl Rest<'_> {
    /// Incremental: each row of the site is there as it is now. Rows that are gone from the site may stay.
    pub fn assert_holds(&self, stream: &str) {
        let rows = self.destination.table(stream);
        for (key, wanted) in self.wanted(stream) {
            let issue = issue_of(stream, &wanted);
            if QUIET.contains(&stream) && !self.refreshed && self.ledger.is_quiet(&issue) {
                continue;
            }
            // Jira shows a link while it shows both ends, and the other one was out of sight once.
            let (other, its_key) = (text(&wanted["linkedIssueId"]), text(&wanted["linkedIssueKey"]));
            if stream == "issue_links" && self.ledger.was_hidden(&other, &its_key) {
                continue;
            }
            let Some(row) = rows.get(&key) else {
                let wanted: String = wanted.to_string().chars().take(300).collect();
                panic!("{stream}: {key} of issue {issue} is missing; the site has {wanted}")
            };
            let changed = wanted["fields"]["updated"].clone();
            let (wanted, row) = (self.comparable(stream, wanted), self.comparable(stream, row.clone()));
            for (name, wanted) in wanted.as_object().expect("a row is an object") {
                // Only we know `updated` of changelogs.
                if !(stream == "issue_changelogs" && name == "updated")
                    && let Some(difference) = difference(wanted, &row[name], name)
                {
                    panic!("{stream} {key}: {difference} (sent at {}, changed at {changed})", row["updated"]);
                }
            }
        }
    }

    /// Refreshed: the table is the site's, row for row and member for member.
    pub fn assert_equals(&self, stream: &str) {
        if stream == "issue_ids" {
            let ids: BTreeSet<String> = self.destination.table(stream).into_keys().collect();
            return assert_eq!(ids, self.kept, "issue_ids");
        }
        if streams::find(stream).is_some_and(|stream| stream.table().is_some()) {
            return assert_equal(self.site, self.destination, &[stream]);
        }
        let rows = self.destination.table(stream).into_iter();
        let rows = rows.map(|(key, row)| (key, impartial(stream, plain(stream, row)))).collect();
        let wanted = expected(self.site, stream).into_iter();
        let wanted = wanted.filter(|(_, row)| self.kept.contains(&issue_of(stream, row)));
        assert_rows(stream, &rows, &wanted.map(|(key, row)| (key, impartial(stream, row))).collect());
    }

    /// The site's rows, of the issues that are wanted.
    fn wanted(&self, stream: &str) -> Rows {
        let key = streams::find(stream).expect("the stream exists").primary_key;
        let mut rows = match stream {
            "issue_links" | "sprint_issues" | "board_issues" | "issue_transitions" | "issue_votes"
            | "issue_watchers" => expected(self.site, stream),
            _ => self.site.truth_by(entity(stream), key),
        };
        rows.retain(|_, row| self.kept.contains(&issue_of(stream, row)));
        if stream == "board_issues" {
            rows.retain(|_, row| self.boards.contains(&text(&row["boardId"])));
        }
        rows
    }

    /// Without what may be older than the row: what others own, and what changes without moving `updated`.
    fn comparable(&self, stream: &str, row: Value) -> Value {
        let mut row = impartial(stream, plain(stream, row));
        let members = row.as_object_mut().expect("a row is an object");
        match stream {
            "issues" => {
                let fields = members["fields"].as_object_mut().expect("fields are an object");
                APART.iter().for_each(|name| drop(fields.remove(*name)));
            }
            // A neighbour that moved has another key.
            "issue_links" => drop(members.remove("linkedIssueKey")),
            "sprint_issues" => ["sprintName", "sprintState"].iter().for_each(|name| drop(members.remove(*name))),
            _ => {}
        }
        for value in members.values_mut() {
            self.reduce(value);
        }
        row
    }

    /// Others become their ids, because their names change without the issue; moments become numbers, because the account's
    /// zone may have been another.
    fn reduce(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(moment) = time::parse(text) {
                    *value = moment.into();
                }
            }
            Value::Array(values) => {
                values.retain(|one| !self.is_dropped(one));
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

    /// A sprint, version or component that was deleted since, which moves no `updated`.
    fn is_dropped(&self, one: &Value) -> bool {
        let place = one["self"].as_str().unwrap_or_default();
        let kind = match () {
            () if one.get("boardId").is_some() => "delete_sprint",
            () if place.contains("/version/") => "delete_version",
            () if place.contains("/component/") => "delete_component",
            () => return false,
        };
        self.ledger.is_dropped(kind, &text(&one["id"]))
    }
}

/// Without whether the caller votes and watches: service accounts are others than the account whose truth it is.
fn impartial(stream: &str, mut row: Value) -> Value {
    let mut forget = |path: &str, name: &str| {
        row.pointer_mut(path).and_then(Value::as_object_mut).map(|members| members.remove(name));
    };
    match stream {
        "issue_votes" => forget("", "hasVoted"),
        "issue_watchers" => forget("", "isWatching"),
        // Which field holds story points goes by its name, which may have changed since.
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

fn issue_of(stream: &str, row: &Value) -> String {
    text(if ["issues", "board_issues"].contains(&stream) { &row["id"] } else { &row["issueId"] })
}

pub fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
