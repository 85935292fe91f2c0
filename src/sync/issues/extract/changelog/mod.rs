//! Streams whose records are in the changelogs of issues.

pub(super) mod deleted_attachments;
mod entry;
pub(super) mod issue_changelogs;
pub(super) mod key_history;
