//! `issue_properties`: the properties that apps store on an issue, one record for each key.

use super::super::{
    extractor::{Extraction, Extractor, PerIssue},
    sink::Sink,
};
use crate::{
    jira::issue::IssueRef,
    record::{Object, object::UnknownShape, splice},
};

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_properties",
    extraction: Extraction::PerIssue(PerIssue {
        route: "/rest/api/3/issue/{id}",
        query: &[("fields", "id"), ("properties", "*all")],
        without_request: |_, _, _| false,
        reply,
        refusal_is_missing: false,
    }),
};

fn reply(body: &str, issue: &IssueRef, sink: &mut Sink<'_>) -> Result<(), String> {
    let object = Object::parse(body).map_err(|error| error.to_string())?;
    if object.id("id").is_none() {
        return Err("it is not an issue: it has no 'id'".to_owned());
    }
    let properties = object.child("properties").map_err(|UnknownShape| "'properties' is not an object")?;
    for (key, value) in &properties.unwrap_or_default().entries {
        sink.object(&[
            ("key", &splice::quoted(key)),
            ("value", value.get()),
            ("issueId", &issue.id),
            ("issueKey", &issue.key),
            ("updated", &issue.updated),
        ]);
    }
    Ok(())
}
