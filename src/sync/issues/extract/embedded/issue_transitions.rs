//! `issue_transitions`: the transitions that the account may make at the time of reading.

use super::super::{
    extractor::{ExtractContext, Extraction, Extractor},
    sink::Sink,
};
use crate::jira::issue::Issue;

pub(crate) static EXTRACTOR: Extractor =
    Extractor { stream: "issue_transitions", extraction: Extraction::Issue(extract) };

fn extract(issue: &Issue<'_>, context: &ExtractContext, sink: &mut Sink<'_>) {
    let reference = context.reference(&issue.refers);
    for raw in sink.elements(&issue.top, "transitions") {
        sink.dated_child(raw.get(), &reference);
    }
}
