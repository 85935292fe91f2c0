//! `issue_votes`: how many people voted for an issue, and who.

use super::super::{
    extractor::{Extraction, Extractor, PerIssue},
    sink::Sink,
};
use crate::{
    jira::issue::{Issue, IssueRef},
    record::{Object, object::UnknownShape},
};

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_votes",
    extraction: Extraction::PerIssue(PerIssue {
        route: "/rest/api/3/issue/{id}/votes",
        query: &[],
        without_request: |issue, reference, sink| without_people(issue, ("votes", "votes", "voters"), reference, sink),
        reply: |body, issue, sink| counted(body, "votes", issue, sink),
        refusal_is_missing: false,
    }),
};

/// The people are requested only where the issue counts any.
pub(super) fn without_people(
    issue: &Issue<'_>,
    (field, count, people): (&str, &str, &str),
    reference: &IssueRef,
    sink: &mut Sink<'_>,
) -> bool {
    let counts = match issue.fields.child(field) {
        Ok(Some(counts)) => counts,
        Ok(None) => return true,
        // The request tells.
        Err(UnknownShape) => return false,
    };
    let none = counts.integer(count) == Some(0);
    if none {
        let added = [
            (people, "[]"),
            ("issueId", reference.id.as_str()),
            ("issueKey", &reference.key),
            ("updated", &reference.updated),
        ];
        sink.spliced(issue.field(field), &added);
    }
    none
}

/// A reply that is one record, with the number of people.
pub(super) fn counted(body: &str, count: &str, issue: &IssueRef, sink: &mut Sink<'_>) -> Result<(), String> {
    let record = Object::parse(body).map_err(|error| error.to_string())?;
    if record.integer(count).is_none() {
        return Err(format!("it has no number '{count}'"));
    }
    sink.dated_child(body, issue);
    Ok(())
}
