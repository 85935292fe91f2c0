//! `deleted_comments`: comments that an issue had and does not have any more.

use super::super::{
    extractor::{DeletedComment, Extraction, Extractor},
    sink::Sink,
};
use crate::record::{splice, time};

pub(crate) static EXTRACTOR: Extractor =
    Extractor { stream: "deleted_comments", extraction: Extraction::DeletedComments(extract) };

fn extract(comment: &DeletedComment<'_>, sink: &mut Sink<'_>) {
    let moment = |at: i64| splice::quoted(&time::format(at));
    sink.object(&[
        ("id", &splice::quoted(&comment.id.to_string())),
        ("issueId", &comment.issue.id),
        ("issueKey", &comment.issue.key),
        ("lastSeenAt", &comment.last_seen_at.map_or_else(|| "null".to_owned(), moment)),
        ("detectedAt", &moment(comment.detected_at)),
        ("detectedBy", "\"comparison\""),
    ]);
}
