//! Streams whose records need a request for each issue.

pub(super) mod issue_feature_flags;
pub(super) mod issue_properties;
pub(super) mod issue_remote_links;
pub(super) mod issue_votes;
pub(super) mod issue_watchers;
