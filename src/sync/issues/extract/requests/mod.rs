//! Streams whose records need a request for each issue.

pub mod issue_feature_flags;
pub mod issue_properties;
pub mod issue_remote_links;
pub mod issue_votes;
pub mod issue_watchers;
