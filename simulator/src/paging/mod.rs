//! The two ways in which Jira hands out long lists: offsets, and tokens.

pub(crate) mod page;
pub(crate) mod token;
