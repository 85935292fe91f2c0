//! `issue_comments`: each comment with its issue.

use super::super::extractor::{Extraction, Extractor};

pub(crate) static EXTRACTOR: Extractor =
    Extractor { stream: "issue_comments", extraction: Extraction::Comments(|raw, issue, sink| sink.child(raw, issue)) };
