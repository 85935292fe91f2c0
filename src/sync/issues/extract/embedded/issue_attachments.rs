//! `issue_attachments`: each attachment with its issue.

use super::super::{
    extractor::{ExtractContext, Extraction, Extractor},
    sink::Sink,
};
use crate::jira::issue::Issue;

pub(crate) static EXTRACTOR: Extractor =
    Extractor { stream: "issue_attachments", extraction: Extraction::Issue(extract) };

fn extract(issue: &Issue<'_>, _: &ExtractContext, sink: &mut Sink<'_>) {
    for raw in sink.elements(&issue.fields, "attachment") {
        sink.dated_child(raw.get(), &issue.refers);
    }
}
