//! A Jira Cloud in one process.
