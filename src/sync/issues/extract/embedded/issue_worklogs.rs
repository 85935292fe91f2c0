//! `issue_worklogs`: each worklog with its issue.

use super::super::extractor::{Extraction, Extractor};

pub(crate) static EXTRACTOR: Extractor =
    Extractor { stream: "issue_worklogs", extraction: Extraction::Worklogs(|raw, issue, sink| sink.child(raw, issue)) };
