//! Typed reads of Jira's endpoints. Knows requests and replies; knows no stream.

pub mod audit_log;
pub mod bulk;
pub mod fields;
pub mod index_lag;
pub mod issue;
pub mod paginator;
pub mod permissions;
pub mod projects;
pub mod search;
pub mod site;
pub mod windows;
pub mod worklog_feed;
