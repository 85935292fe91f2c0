//! What arrives in a destination equals what the site holds, and costs no more than it must.

mod boards;
mod deleted_children;
mod deleted_entities;
mod deleted_worklogs;

mod deletions;
mod equality;
mod faults;
mod filters;
mod incremental;
mod interruptions;
mod kills;
mod lag;
mod listing;
mod lists;
mod moves;
mod people;
mod random_sites;
mod recorded;
mod requests;
mod resume;
mod setup;
mod shapes;
mod skips;
mod stale_index;
mod states;
mod time_zones;

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
