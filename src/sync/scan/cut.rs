//! Cuts records out of an issue, as raw bytes.

use super::issue::{Embedded, Issue, IssueRef};
use crate::{
    config::Expand,
    record::{
        Object,
        splice::{self, Member},
        time,
    },
    sync::{emit::Emitter, fields::Columns},
};
use std::{borrow::Cow, collections::BTreeSet};

/// Members of an issue that only the streams cut out of it asked for.
const EXPANDED: [(&str, Expand); 3] = [
    ("changelog", Expand::Changelog),
    ("transitions", Expand::Transitions),
    ("renderedFields", Expand::RenderedFields),
];

/// The record of `issues`: the issue as it came, with four members lifted to the top. What other streams of the scan
/// asked for is left out, so that a record looks the same whatever else is selected. `bare` leaves out fields without a
/// value. Says which fields hold values of other types than declared.
pub fn issue(
    out: &Emitter,
    stream: &str,
    issue: &Issue<'_>,
    expands: &BTreeSet<Expand>,
    columns: &Columns,
    bare: bool,
) -> Vec<String> {
    let mut misfits = Vec::new();
    out.record(stream, |line| misfits = write_issue(line, issue, expands, columns, bare));
    misfits
}

fn write_issue(
    line: &mut Vec<u8>,
    issue: &Issue<'_>,
    expands: &BTreeSet<Expand>,
    columns: &Columns,
    bare: bool,
) -> Vec<String> {
    let (project_id, project_key) = (issue.project("id"), issue.project("key"));
    let added: [Member<'_>; 4] = [
        ("projectId", &project_id),
        ("projectKey", &project_key),
        ("created", issue.field("created")),
        ("updated", issue.field("updated")),
    ];
    let left_out = |name: &str| EXPANDED.iter().any(|(member, expand)| *member == name && !expands.contains(expand));
    line.push(b'{');
    let mut first = true;
    for (name, value) in &issue.top.members {
        if left_out(name) || added.iter().any(|(new, _)| new == name) {
            continue;
        }
        let changes = name == "renderedFields" && (bare || !columns.names().is_empty());
        match changes.then(|| Object::parse(value.get()).ok()).flatten() {
            Some(rendered) => {
                splice::write_member(line, &mut first, name, "{");
                columns.renamed(line, &rendered.members, bare);
                line.push(b'}');
            }
            None => splice::write_member(line, &mut first, name, value.get()),
        }
    }
    splice::write_member(line, &mut first, "fields", "{");
    let misfits = columns.fields(line, &issue.fields.members, bare);
    line.push(b'}');
    for (name, value) in added {
        splice::write_member(line, &mut first, name, value);
    }
    line.push(b'}');
    misfits
}

/// A child with a record of its own in Jira: comment, worklog, attachment, remote link.
pub fn child(out: &Emitter, stream: &str, raw: &str, issue: &IssueRef) {
    out.record(stream, |line| splice::splice(line, raw, &[("issueId", &issue.id), ("issueKey", &issue.key)]));
}

/// A child without a time of its own: it carries the issue's.
pub fn dated_child(out: &Emitter, stream: &str, raw: &str, issue: &IssueRef) {
    let added = [("issueId", issue.id.as_str()), ("issueKey", &issue.key), ("updated", &issue.updated)];
    out.record(stream, |line| splice::splice(line, raw, &added));
}

/// The issue of a changelog entry. Id and key are JSON.
pub struct Teller<'a> {
    pub id: &'a str,
    pub key: &'a str,
    /// The ids of the attachments that it shows.
    pub attachments: &'a BTreeSet<String>,
}

/// A changelog entry.
pub fn history(out: &Emitter, stream: &str, raw: &str, issue: &Teller<'_>) {
    let entry = Object::parse(raw).unwrap_or_default();
    let created = created(&entry);
    let added = [("issueId", issue.id), ("issueKey", issue.key), ("updated", &*created), ("created", &*created)];
    // Text is right as it stands: replacing it would mean to rebuild the record.
    let added = if matches!(created, Cow::Owned(_)) { &added[..] } else { &added[..3] };
    out.record(stream, |line| splice::splice(line, raw, added));
}

/// What a changelog entry tells of a field of Jira's own.
fn items<'a>(entry: &Object<'a>, field: &str) -> Vec<Object<'a>> {
    let items = entry.list("items").unwrap_or_default().into_iter();
    let wanted = |item: &Object<'_>| {
        let is = |name: &str, value: &str| item.text(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        // A custom field may have the same name.
        is("field", field) && !is("fieldtype", "custom")
    };
    items.filter_map(|item| Object::parse(item.get()).ok()).filter(wanted).collect()
}

/// The ids of the attachments that an issue shows; its list of them is never cut off.
pub fn attachments(issue: &Issue<'_>) -> BTreeSet<String> {
    let list = issue.fields.list("attachment").unwrap_or_default().into_iter();
    list.filter_map(|raw| Some(Object::parse(raw.get()).ok()?.id("id")?.into_owned())).collect()
}

/// The deletions of attachments of which a changelog entry tells.
pub fn deleted_attachments(out: &Emitter, stream: &str, raw: &str, issue: &Teller<'_>) {
    let entry = Object::parse(raw).unwrap_or_default();
    let by = entry.object("author").and_then(|author| author.text("accountId").map(|by| splice::quoted(&by)));
    for item in items(&entry, "attachment") {
        let side = |name: &str| item.id(name).filter(|id| !id.is_empty());
        let (Some(id), None) = (side("from"), side("to")) else { continue };
        if issue.attachments.contains(&*id) {
            continue;
        }
        let members = [
            ("id", &*splice::quoted(&id)),
            ("issueId", issue.id),
            ("issueKey", issue.key),
            ("filename", item.get("fromString").map_or("null", |value| value.get())),
            ("deletedAt", &created(&entry)),
            ("deletedBy", by.as_deref().unwrap_or("null")),
            ("evidence", "\"changelog\""),
        ];
        made(out, stream, &members);
    }
}

/// A record of these members.
pub fn made(out: &Emitter, stream: &str, members: &[Member<'_>]) {
    out.record(stream, |line| {
        line.push(b'{');
        let mut first = true;
        members.iter().for_each(|(name, value)| splice::write_member(line, &mut first, name, value));
        line.push(b'}');
    });
}

/// The moves to another project of which a changelog entry tells.
pub fn moves(out: &Emitter, stream: &str, raw: &str, issue: &Teller<'_>) {
    let entry = Object::parse(raw).unwrap_or_default();
    let json = |name: &str| entry.get(name).map_or("null", |value| value.get());
    for item in items(&entry, "key") {
        let (Some(old), Some(new)) = (item.text("fromString"), item.text("toString")) else { continue };
        let members = [
            ("id", json("id")),
            ("issueId", issue.id),
            ("issueKey", issue.key),
            ("oldKey", &splice::quoted(&old)),
            ("newKey", &splice::quoted(&new)),
            ("at", &created(&entry)),
            ("author", json("author")),
        ];
        made(out, stream, &members);
    }
}

/// When a changelog entry was made: text in an issue, but epoch milliseconds from changelog/bulkfetch.
fn created<'a>(entry: &Object<'a>) -> Cow<'a, str> {
    match entry.integer("created") {
        Some(millis) => Cow::Owned(splice::quoted(&time::format(millis))),
        None => Cow::Borrowed(entry.get("created").map_or("null", |value| value.get())),
    }
}

/// Votes or watchers: the counts that the issue carries, where nobody has to be listed.
pub fn nobody(out: &Emitter, stream: &str, raw: &str, people: &str, issue: &IssueRef) {
    let added = [(people, "[]"), ("issueId", issue.id.as_str()), ("issueKey", &issue.key), ("updated", &issue.updated)];
    out.record(stream, |line| splice::splice(line, raw, &added));
}

/// Issue properties: one record for each key.
pub fn properties(out: &Emitter, stream: &str, properties: &Object<'_>, issue: &IssueRef) {
    for (key, value) in &properties.members {
        let key = splice::quoted(key);
        out.record(stream, |line| {
            line.push(b'{');
            let mut first = true;
            let members = [
                ("key", key.as_str()),
                ("value", value.get()),
                ("issueId", &issue.id),
                ("issueKey", &issue.key),
                ("updated", &issue.updated),
            ];
            for (name, value) in members {
                splice::write_member(line, &mut first, name, value);
            }
            line.push(b'}');
        });
    }
}

/// Issue links, seen from this issue.
pub fn links(out: &Emitter, stream: &str, issue: &Issue<'_>) {
    for link in issue.fields.list("issuelinks").unwrap_or_default() {
        let object = Object::parse(link.get()).unwrap_or_default();
        let (direction, other) = match object.object("outwardIssue") {
            Some(other) => ("\"outward\"", other),
            None => ("\"inward\"", object.object("inwardIssue").unwrap_or_default()),
        };
        let json = |name: &str| other.id(name).map_or_else(|| "null".to_owned(), |value| splice::quoted(&value));
        let (id, key) = (json("id"), json("key"));
        let refers = &issue.refers;
        let added = [
            ("direction", direction),
            ("linkedIssueId", id.as_str()),
            ("linkedIssueKey", &key),
            ("issueId", &refers.id),
            ("issueKey", &refers.key),
            ("updated", &refers.updated),
        ];
        out.record(stream, |line| splice::splice(line, link.get(), &added));
    }
}

/// Sprint membership, from the sprint field: it names every sprint that the issue ever was in. `extra` are fields
/// that the records carry along (status, story points).
pub fn sprints(out: &Emitter, stream: &str, issue: &Issue<'_>, sprint_fields: &[String], extra: &[String]) {
    let mut known = BTreeSet::new();
    for sprint in sprint_fields.iter().filter_map(|field| issue.fields.list(field)).flatten() {
        let Ok(sprint) = Object::parse(sprint.get()) else { continue };
        let Some(id) = sprint.id("id").filter(|id| known.insert(id.clone().into_owned())) else { continue };
        let json = |name: &str| sprint.get(name).map_or("null", |value| value.get());
        let row = splice::quoted(&format!("{id}-{}", issue.number));
        let self_link = issue.top.get("self").map_or("null", |value| value.get());
        out.record(stream, |line| {
            line.push(b'{');
            let mut first = true;
            let members = [
                ("id", row.as_str()),
                ("self", self_link),
                ("key", &issue.refers.key),
                ("issueId", &issue.refers.id),
                ("sprintId", json("id")),
                ("sprintName", json("name")),
                ("sprintState", json("state")),
                ("boardId", json("boardId")),
            ];
            for (name, value) in members {
                splice::write_member(line, &mut first, name, value);
            }
            line.extend_from_slice(b",\"fields\":{");
            let mut first = true;
            for name in extra {
                splice::write_member(line, &mut first, name, issue.field(name));
            }
            line.push(b'}');
            let mut first = false;
            splice::write_member(line, &mut first, "created", issue.field("created"));
            splice::write_member(line, &mut first, "updated", issue.field("updated"));
            line.push(b'}');
        });
    }
}

/// Emits an embedded list.
pub fn children(out: &Emitter, stream: &str, list: &Embedded<'_>, issue: &IssueRef) {
    for raw in &list.items {
        child(out, stream, raw, issue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::fields::{Declared, Names};
    use serde_json::{Value, json};

    fn record(raw: &str, columns: &Columns, bare: bool) -> Value {
        let raw = serde_json::from_str(raw).unwrap();
        let mut line = Vec::new();
        let expands = BTreeSet::from([Expand::RenderedFields]);
        write_issue(&mut line, &Issue::read(raw).unwrap(), &expands, columns, bare);
        serde_json::from_slice(&line).unwrap()
    }

    #[test]
    fn rendered_fields_have_the_names_of_their_fields() {
        let names = Names::new([(7, "Release notes")].into_iter(), std::iter::empty(), &[]);
        let raw = r#"{"id":"1","renderedFields":{"customfield_7":"<p>x</p>","customfield_8":null},"fields":{}}"#;
        let rendered = |columns: &Columns, bare| record(raw, columns, bare)["renderedFields"].clone();
        let by_name = Columns::by_name(Declared::default(), names.clone(), false);
        assert_eq!(rendered(&by_name, false), json!({"release_notes": "<p>x</p>", "customfield_8": null}));
        assert_eq!(rendered(&by_name, true), json!({"release_notes": "<p>x</p>"}));
        let both = Columns::by_name(Declared::default(), names, true);
        let expected = json!({"customfield_7": "<p>x</p>", "release_notes": "<p>x</p>", "customfield_8": null});
        assert_eq!(rendered(&both, false), expected);
        assert_eq!(rendered(&Columns::default(), false), json!({"customfield_7": "<p>x</p>", "customfield_8": null}));
    }

    #[test]
    fn bare_issues_lack_what_is_empty_on_the_first_level_only() {
        let raw = r#"{"id":"1","renderedFields":{"a":null,"b":[null]},"fields":{"c":null,"d":{"e":null},"f":""}}"#;
        let (whole, bare) = (record(raw, &Columns::default(), false), record(raw, &Columns::default(), true));
        assert_eq!(
            (&whole["renderedFields"], &whole["fields"]),
            (&json!({"a": null, "b": [null]}), &json!({"c": null, "d": {"e": null}, "f": ""}))
        );
        assert_eq!(
            (&bare["renderedFields"], &bare["fields"]),
            (&json!({"b": [null]}), &json!({"d": {"e": null}, "f": ""}))
        );
        assert_eq!(
            record(r#"{"id":"1","renderedFields":null,"fields":{}}"#, &Columns::default(), true)["renderedFields"],
            Value::Null
        );
    }
}
