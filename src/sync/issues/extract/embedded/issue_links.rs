//! `issue_links`: links to other issues, seen from this one.

use super::super::{
    extractor::{ExtractContext, Extraction, Extractor},
    sink::Sink,
};
use crate::{
    jira::issue::Issue,
    record::{Object, splice},
};

pub(crate) static EXTRACTOR: Extractor = Extractor { stream: "issue_links", extraction: Extraction::Issue(extract) };

fn extract(issue: &Issue<'_>, _: &ExtractContext, sink: &mut Sink<'_>) {
    for link in sink.elements(&issue.fields, "issuelinks") {
        let object = Object::parse(link.get()).unwrap_or_default();
        let (direction, other) = match object.object("outwardIssue") {
            Some(other) => ("\"outward\"", other),
            None => ("\"inward\"", object.object("inwardIssue").unwrap_or_default()),
        };
        let json = |name: &str| other.id(name).map_or_else(|| "null".to_owned(), |value| splice::quoted(&value));
        let added = [
            ("direction", direction),
            ("linkedIssueId", &json("id")),
            ("linkedIssueKey", &json("key")),
            ("issueId", &issue.refers.id),
            ("issueKey", &issue.refers.key),
            ("updated", &issue.refers.updated),
        ];
        sink.spliced(link.get(), &added);
    }
}
