//! `sprint_issues`: the sprints of an issue, from its sprint field, which names every sprint that it ever was in.

use super::super::{
    extractor::{ExtractContext, Extraction, Extractor},
    sink::Sink,
};
use crate::{
    jira::issue::Issue,
    record::{Object, splice},
    streams::SiteField,
};
use std::collections::BTreeSet;

pub(crate) static EXTRACTOR: Extractor = Extractor { stream: "sprint_issues", extraction: Extraction::Issue(extract) };

/// Fields of the issue that each record carries, besides its story points.
const FIELDS: [&str; 3] = ["status", "created", "updated"];

fn extract(issue: &Issue<'_>, context: &ExtractContext, sink: &mut Sink<'_>) {
    let mut known = BTreeSet::new();
    let fields = context.site_field(SiteField::Sprint).iter();
    let sprints: Vec<_> = fields.flat_map(|field| sink.elements(&issue.fields, field)).collect();
    for sprint in sprints {
        let sprint = Object::parse(sprint.get()).unwrap_or_default();
        let Some(id) = sprint.id("id") else {
            // As a text, for example: in the form that Jira Server had.
            sink.unknown_shape();
            continue;
        };
        if !known.insert(id.clone().into_owned()) {
            continue;
        }
        let json = |name: &str| sprint.get(name).map_or("null", |value| value.get());
        let mut fields = Vec::new();
        let names = FIELDS.into_iter().chain(context.site_field(SiteField::StoryPoints).iter().map(String::as_str));
        splice::object(&mut fields, &names.map(|name| (name, issue.field(name))).collect::<Vec<_>>());
        sink.object(&[
            ("id", &splice::quoted(&format!("{id}-{}", issue.number))),
            ("self", issue.top.get("self").map_or("null", |value| value.get())),
            ("key", &issue.refers.key),
            ("issueId", &issue.refers.id),
            ("sprintId", json("id")),
            ("sprintName", json("name")),
            ("sprintState", json("state")),
            ("boardId", json("boardId")),
            ("fields", std::str::from_utf8(&fields).unwrap_or("{}")),
            ("created", issue.field("created")),
            ("updated", issue.field("updated")),
        ]);
    }
}
