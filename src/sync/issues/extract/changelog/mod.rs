//! Streams whose records are in the changelogs of issues.

pub mod deleted_attachments;
mod entry;
pub mod issue_changelogs;
pub mod key_history;
