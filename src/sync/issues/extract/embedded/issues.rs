//! `issues`: the issue as Jira sent it, with four properties lifted to the top.

use super::super::{
    extractor::{ExtractContext, Extraction, Extractor},
    sink::Sink,
};
use crate::{
    config::Expand,
    jira::issue::Issue,
    record::{
        Object,
        splice::{self, Property},
    },
};

pub(crate) static EXTRACTOR: Extractor = Extractor { stream: "issues", extraction: Extraction::Issue(extract) };

/// Properties of an issue that may have been requested for other streams only.
const EXPANDED: [(&str, Expand); 3] = [
    ("changelog", Expand::Changelog),
    ("transitions", Expand::Transitions),
    ("renderedFields", Expand::RenderedFields),
];

/// What was requested for other streams is left out, so that a record looks the same whatever else is selected. With Airbyte's
/// compatibility, fields without a value are left out.
fn extract(issue: &Issue<'_>, context: &ExtractContext, sink: &mut Sink<'_>) {
    let mut mismatches = Vec::new();
    sink.record(|line| mismatches = write(line, issue, context));
    sink.mismatches.extend(mismatches);
}

/// Returns the fields with values of other types than declared.
pub(crate) fn write(line: &mut Vec<u8>, issue: &Issue<'_>, context: &ExtractContext) -> Vec<String> {
    let (columns, bare) = (&context.columns, context.airbyte);
    let (project_id, project_key) = (issue.project("id"), issue.project("key"));
    let added: [Property<'_>; 4] = [
        ("projectId", &project_id),
        ("projectKey", &project_key),
        ("created", issue.field("created")),
        ("updated", issue.field("updated")),
    ];
    let left_out =
        |name: &str| EXPANDED.iter().any(|(property, expand)| *property == name && !context.expands.contains(expand));
    line.push(b'{');
    let mut first = true;
    for (name, value) in &issue.top.entries {
        if left_out(name) || added.iter().any(|(new, _)| new == name) {
            continue;
        }
        let changes = name == "renderedFields" && (bare || !columns.names().is_empty());
        match changes.then(|| Object::parse(value.get()).ok()).flatten() {
            Some(rendered) => {
                splice::write_property(line, &mut first, name, "{");
                columns.renamed(line, &rendered.entries, bare);
                line.push(b'}');
            }
            None => splice::write_property(line, &mut first, name, value.get()),
        }
    }
    splice::write_property(line, &mut first, "fields", "{");
    let mismatches = columns.fields(line, &issue.fields.entries, bare);
    line.push(b'}');
    for (name, value) in added {
        splice::write_property(line, &mut first, name, value);
    }
    line.push(b'}');
    mismatches
}
