//! What a page of issues leaves out of their children, and how the rest is fetched.
//!
//! Jira embeds 20 comments, 20 worklogs and 40 changelog entries, and says how many there are.

pub(super) mod changelogs;
pub(super) mod comments;
pub(super) mod worklogs;
