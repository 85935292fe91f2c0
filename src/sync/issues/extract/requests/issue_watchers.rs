//! `issue_watchers`: how many people watch an issue, and who.

use super::super::extractor::{Extraction, Extractor, PerIssue};
use super::issue_votes;

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_watchers",
    extraction: Extraction::PerIssue(PerIssue {
        route: "/rest/api/3/issue/{id}/watchers",
        query: &[],
        without_request: |issue, reference, sink| {
            issue_votes::without_people(issue, ("watches", "watchCount", "watchers"), reference, sink)
        },
        reply: |body, issue, sink| issue_votes::counted(body, "watchCount", issue, sink),
        refusal_is_missing: false,
    }),
};
