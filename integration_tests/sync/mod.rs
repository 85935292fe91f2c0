//! What arrives in a destination equals what the site holds, and costs no more than it must.

mod boards;
mod deleted_worklogs;
mod deletions;
mod ends;
mod equality;
mod evidence;
mod faults;
mod filters;
mod gaps;
mod incremental;
mod kills;
mod lag;
mod lateness;
mod listing;
mod lists;
mod losses;
mod lost_children;
mod moments;
mod moves;
mod odds;
mod people;
mod recorded;
mod requests;
mod resume;
mod setup;
mod skips;
mod states;

/// Streams that come out of issues and follow `updated`.
pub const MOVING: [&str; 8] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_transitions",
    "issue_attachments",
    "issue_links",
    "sprint_issues",
];

/// Streams that come out of issues.
pub const FAMILY: [&str; 12] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_transitions",
    "issue_votes",
    "issue_watchers",
    "issue_properties",
    "issue_remote_links",
    "issue_attachments",
    "issue_links",
    "sprint_issues",
];
