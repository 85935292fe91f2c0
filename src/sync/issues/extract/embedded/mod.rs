//! Streams whose records a page of issues contains, and comments and worklogs, of which it contains the first.

pub(super) mod deleted_comments;
pub(super) mod issue_attachments;
pub(super) mod issue_comments;
pub(super) mod issue_links;
pub(super) mod issue_transitions;
pub(super) mod issue_worklogs;
pub(super) mod issues;
pub(super) mod sprint_issues;
