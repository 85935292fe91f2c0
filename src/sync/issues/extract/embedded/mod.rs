//! Streams whose records a page of issues contains, and comments and worklogs, of which it contains the first.

pub mod deleted_comments;
pub mod issue_attachments;
pub mod issue_comments;
pub mod issue_links;
pub mod issue_transitions;
pub mod issue_worklogs;
pub mod issues;
pub mod sprint_issues;
