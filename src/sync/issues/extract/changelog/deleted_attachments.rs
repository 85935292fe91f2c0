//! `deleted_attachments`: deletions of attachments, from the changelog.

use super::super::{
    extractor::{Extraction, Extractor, FromChangelog, HistoryContext, Remembered},
    sink::Sink,
};
use super::entry::{changes, created};
use crate::{
    jira::issue::Issue,
    record::{Object, splice},
};

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "deleted_attachments",
    extraction: Extraction::Changelog(FromChangelog { entry: extract, remember: Some(attachments) }),
};

/// The IDs of the attachments that an issue has; Jira never cuts this list off.
fn attachments(issue: &Issue<'_>) -> Remembered {
    let list = issue.fields.elements("attachment")?.into_iter();
    Ok(list.filter_map(|raw| Some(Object::parse(raw.get()).ok()?.id("id")?.into_owned())).collect())
}

/// An attachment that the issue still has was restored, or removed from its text only.
fn extract(_: &str, entry: &Object<'_>, issue: &HistoryContext<'_>, sink: &mut Sink<'_>) {
    let by = entry.object("author").and_then(|author| author.text("accountId").map(|by| splice::quoted(&by)));
    for change in changes(entry, "attachment", sink) {
        let side = |name: &str| change.id(name).filter(|id| !id.is_empty());
        let (Some(id), None) = (side("from"), side("to")) else { continue };
        if issue.remembered.contains(&*id) {
            continue;
        }
        sink.object(&[
            ("id", &splice::quoted(&id)),
            ("issueId", issue.id),
            ("issueKey", issue.key),
            ("filename", change.get("fromString").map_or("null", |value| value.get())),
            ("deletedAt", &created(entry)),
            ("deletedBy", by.as_deref().unwrap_or("null")),
            ("detectedBy", "\"changelog\""),
        ]);
    }
}
