//! Jira Cloud source connector.
