//! `key_history`: moves to another project, from the changelog.

use super::super::{
    extractor::{Extraction, Extractor, FromChangelog, HistoryContext},
    sink::Sink,
};
use super::entry::{changes, created};
use crate::record::{Object, splice};

pub(crate) static EXTRACTOR: Extractor = Extractor {
    stream: "key_history",
    extraction: Extraction::Changelog(FromChangelog { entry: extract, remember: None }),
};

fn extract(_: &str, entry: &Object<'_>, issue: &HistoryContext<'_>, sink: &mut Sink<'_>) {
    let json = |name: &str| entry.get(name).map_or("null", |value| value.get());
    for change in changes(entry, "key", sink) {
        let (Some(old), Some(new)) = (change.text("fromString"), change.text("toString")) else { continue };
        sink.object(&[
            ("id", json("id")),
            ("issueId", issue.id),
            ("issueKey", issue.key),
            ("oldKey", &splice::quoted(&old)),
            ("newKey", &splice::quoted(&new)),
            ("at", &created(entry)),
            ("author", json("author")),
        ]);
    }
}
