//! What each stream extracts from an issue: one file a stream, pure functions from Jira's JSON to records.
//!
//! A new stream is its table entry in `streams`, a file here with its [`Extractor`], and its line in [`ALL`].

mod changelog;
mod embedded;
mod extractor;
mod requests;
mod sink;

pub use extractor::{DeletedComment, ExtractContext, Extraction, Extractor, FromChangelog, HistoryContext, PerIssue};
pub use sink::Sink;

/// Every extractor.
pub static ALL: &[&Extractor] = &[
    &embedded::issues::EXTRACTOR,
    &embedded::issue_attachments::EXTRACTOR,
    &changelog::issue_changelogs::EXTRACTOR,
    &embedded::issue_comments::EXTRACTOR,
    &requests::issue_feature_flags::EXTRACTOR,
    &embedded::issue_links::EXTRACTOR,
    &requests::issue_properties::EXTRACTOR,
    &requests::issue_remote_links::EXTRACTOR,
    &embedded::issue_transitions::EXTRACTOR,
    &requests::issue_votes::EXTRACTOR,
    &requests::issue_watchers::EXTRACTOR,
    &embedded::issue_worklogs::EXTRACTOR,
    &embedded::sprint_issues::EXTRACTOR,
    &changelog::key_history::EXTRACTOR,
    &changelog::deleted_attachments::EXTRACTOR,
    &embedded::deleted_comments::EXTRACTOR,
];

/// The extractor of a stream.
pub fn find(stream: &str) -> Option<&'static Extractor> {
    ALL.iter().copied().find(|extractor| extractor.stream == stream)
}

#[cfg(test)]
mod tests;
