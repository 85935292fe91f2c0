//! `issue_feature_flags`: the feature flags that apps connect with an issue. Atlassian does not describe the endpoint.

use super::super::{
    extractor::{Extraction, Extractor, PerIssue},
    sink::Sink,
};
use crate::{
    jira::issue::IssueRef,
    record::{Object, page},
};
use std::borrow::Cow;

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_feature_flags",
    extraction: Extraction::PerIssue(PerIssue {
        route: "/rest/api/3/issue/{id}/featureflags",
        query: &[],
        without_request: |_, _, _| false,
        reply,
        // The site has the endpoint: that is asked once, before the pass.
        refusal_is_missing: true,
    }),
};

fn reply(body: &str, issue: &IssueRef, sink: &mut Sink<'_>) -> Result<(), String> {
    for raw in &flags(body)? {
        sink.dated_child(raw, issue);
    }
    Ok(())
}

/// The flags of a reply: a list, or the one list that an object has.
fn flags(body: &str) -> Result<Vec<Cow<'_, str>>, String> {
    if body.trim_start().starts_with('[') {
        return page::split(body, "").map(|page| page.records);
    }
    let object = Object::parse(body).map_err(|error| error.to_string())?;
    let mut lists = object.entries.iter().filter(|(_, value)| value.get().starts_with('['));
    match (lists.next(), lists.next()) {
        (Some((name, _)), None) => page::split(body, name).map(|page| page.records),
        _ => Err("neither a list nor an object with one list".to_owned()),
    }
}
