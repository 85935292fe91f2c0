//! `issue_remote_links`: links to objects outside Jira.

use super::super::{
    extractor::{Extraction, Extractor, PerIssue},
    sink::Sink,
};
use crate::{jira::issue::IssueRef, record::page};

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_remote_links",
    extraction: Extraction::PerIssue(PerIssue {
        route: "/rest/api/3/issue/{id}/remotelink",
        query: &[],
        without_request: |_, _, _| false,
        reply,
        refusal_is_missing: false,
    }),
};

fn reply(body: &str, issue: &IssueRef, sink: &mut Sink<'_>) -> Result<(), String> {
    for raw in &page::split(body, "")?.records {
        sink.dated_child(raw, issue);
    }
    Ok(())
}
