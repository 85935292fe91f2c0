//! `issue_changelogs`: each changelog entry with its issue.

use super::super::{
    extractor::{Extraction, Extractor, FromChangelog, HistoryContext},
    sink::Sink,
};
use super::entry::created;
use crate::record::Object;
use std::borrow::Cow;

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "issue_changelogs",
    extraction: Extraction::Changelog(FromChangelog { entry: extract, remember: None }),
};

fn extract(raw: &str, entry: &Object<'_>, issue: &HistoryContext<'_>, sink: &mut Sink<'_>) {
    let created = created(entry);
    let added = [("issueId", issue.id), ("issueKey", issue.key), ("updated", &*created), ("created", &*created)];
    // A text is right as it is: replacing it would mean to rebuild the record.
    let added = if matches!(created, Cow::Owned(_)) { &added[..] } else { &added[..3] };
    sink.spliced(raw, added);
}
