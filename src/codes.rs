//! Every code under which data is skipped or in doubt: why, how severe that is, and what to do about it.
//!
//! A module of its own, below three others: tables in `streams` name a code for each refusal that is expected, `config`
//! validates the names in `on_skip_codes`, and `sync` counts. The closing report, errors and docs/errors.md read the texts here.

use schemars::JsonSchema;
use serde::Serialize;

/// One code with its texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name, in reports and in `on_skip_codes`.
    pub name: &'static str,
    /// Why data is skipped or in doubt: a clause without a full stop.
    pub why: &'static str,
    /// What to do: whole sentences.
    pub remedy: &'static str,
    /// The severity unless the config sets another.
    pub severity: Severity,
    /// The streams or the part of the connector that use the code. Empty if the tables of streams name the code.
    pub concerns: &'static str,
}

/// How severe it is that data was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is missing. Never fails a stream.
    Note,
    /// The stream is complete without it.
    Warn,
    /// The stream ends INCOMPLETE.
    Fail,
}

pub static ISSUE_MISSING: Code = Code {
    name: "issue_missing",
    why: "the issue was deleted or hidden during the sync, or the site has this feature switched off",
    remedy: "If the issue still exists, give the account access to it. If the site has voting, watching or the like switched off, \
             remove the stream.",
    severity: Severity::Warn,
    concerns: "streams with requests for each issue",
};

pub static ARCHIVED_UNREADABLE: Code = Code {
    name: "archived_unreadable",
    why: "the issue's project is archived, and Jira does not show what has to be requested of its single issues",
    remedy: "Nothing: it is read once the project is restored. Restore the project if you need it now.",
    severity: Severity::Warn,
    concerns: "streams with requests for each issue, with `include_archived_projects`",
};

pub static LISTING_RESTARTED: Code = Code {
    name: "listing_restarted",
    why: "a page token was refused or repeated, so the rest was listed again from the last checkpoint; nothing is missing",
    remedy: "Nothing. Report it if it happens in every sync.",
    severity: Severity::Note,
    concerns: "the issue scan",
};

pub static SEARCH_ENDED_EARLY: Code = Code {
    name: "search_ended_early",
    why: "a search did not return all issues; a second listing found the others, and they were read",
    remedy: "Nothing. Report it if it happens in every sync.",
    severity: Severity::Note,
    concerns: "the issue scan",
};

pub static COUNT_MISMATCH: Code = Code {
    name: "count_mismatch",
    why: "the search returns fewer issues than Jira counts, even in windows of one minute",
    remedy: "The next sync searches again. If this stays, the site's search index is damaged: ask Atlassian support to rebuild it, \
             or accept the difference with `on_skip_codes`.",
    severity: Severity::Fail,
    concerns: "the issue scan",
};

pub static NOTHING_CAN_MATCH: Code = Code {
    name: "nothing_can_match",
    why: "the config lets no issue through: a date in the future, or only archived projects",
    remedy: "Correct the dates or `projects`, or set `include_archived_projects`.",
    severity: Severity::Warn,
    concerns: "the issue scan and the lists of boards",
};

pub static UNKNOWN_SHAPE: Code = Code {
    name: "unknown_shape",
    why: "a value has another shape than Jira documents, such as a text in place of a list, so the rows that come out of it are missing",
    remedy: "Report this as a bug, with an example of the value.",
    severity: Severity::Warn,
    concerns: "streams that come out of issues or of other records",
};

pub static COUNT_UNAVAILABLE: Code = Code {
    name: "count_unavailable",
    why: "the issues could not be counted; only a second listing could show what the first one left out",
    remedy: "Nothing, if the next sync can count them again. If this stays, report this as a bug.",
    severity: Severity::Warn,
    concerns: "the issue scan",
};

pub static COUNT_UNVERIFIED: Code = Code {
    name: "count_unverified",
    why: "the search returns a few percent fewer issues than Jira's estimated count, and there were too many issues to compare in \
          smaller windows",
    remedy: "Compare with your own count of the project. If yours is higher, too, read fewer projects in one connection.",
    severity: Severity::Warn,
    concerns: "the issue scan",
};

/// The lists of an archived or deleted project answer 404 (reported by users of other connectors).
pub static PROJECT_INACTIVE: Code = Code {
    name: "project_inactive",
    why: "the project is archived, in the trash or hidden",
    remedy: "Restore the project if you need its lists, or add it to `exclude_projects`.",
    severity: Severity::Warn,
    concerns: "",
};

pub static BOARD_WITHOUT_SPRINTS: Code = Code {
    name: "board_without_sprints",
    why: "the board does not support sprints",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static BOARD_HIDDEN: Code = Code {
    name: "board_hidden",
    why: "the board is private or was deleted",
    remedy: "If you need its issues, give the account access to the board and to its filter.",
    severity: Severity::Warn,
    concerns: "",
};

pub static BOARD_WITHOUT_LOCATION: Code = Code {
    name: "board_without_location",
    why: "the board belongs to no project, and the config selects projects",
    remedy: "If you need it, set a location in the board's settings, or leave `projects` empty.",
    severity: Severity::Note,
    concerns: "boards, sprints, board_issues",
};

/// Reported by users of other connectors, as 422 and as 500.
pub static BOARD_WITHOUT_COLUMNS: Code = Code {
    name: "board_without_columns",
    why: "no column of the board has a status, so the board is empty",
    remedy: "Nothing, or map statuses to the board's columns.",
    severity: Severity::Note,
    concerns: "",
};

pub static BOARD_BROKEN: Code = Code {
    name: "board_broken",
    why: "the issues of the board cannot be listed, usually because the filter of the board is invalid",
    remedy: "Open the board in Jira and correct its filter.",
    severity: Severity::Warn,
    concerns: "",
};

pub static FIELD_WITHOUT_CONTEXTS: Code = Code {
    name: "field_without_contexts",
    why: "the custom field was deleted, or has no contexts, like the fields of team-managed projects and apps",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static CONTEXT_WITHOUT_OPTIONS: Code = Code {
    name: "context_without_options",
    why: "the context was deleted, or an app manages its options",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static FILTER_HIDDEN: Code = Code {
    name: "filter_hidden",
    why: "the filter was deleted, or is no longer shared with the account",
    remedy: "If you need it, share the filter with the account.",
    severity: Severity::Warn,
    concerns: "",
};

pub static NOT_PERMITTED: Code = Code {
    name: "not_permitted",
    why: "the account does not have the permission to read it",
    remedy: "Give the account the permission that docs/streams.md names for the stream, or remove the stream.",
    severity: Severity::Warn,
    concerns: "",
};

pub static NOT_AVAILABLE: Code = Code {
    name: "not_available",
    why: "the site does not offer it, or has it switched off",
    remedy: "Remove the stream.",
    severity: Severity::Warn,
    concerns: "",
};

pub static FEATURE_FLAGS_UNAVAILABLE: Code = Code {
    name: "feature_flags_unavailable",
    why: "the site does not show this account which feature flags issues have, so none were read",
    remedy: "Remove the stream.",
    severity: Severity::Warn,
    concerns: "issue_feature_flags",
};

pub static PROJECT_FORBIDDEN: Code = Code {
    name: "project_forbidden",
    why: "the account does not have the permission to read this in the project",
    remedy: "Give the account the permission Administer projects there, or add the project to `exclude_projects`.",
    severity: Severity::Warn,
    concerns: "",
};

/// Jira answers both with 404 (Jira REST v3: "Get project's sender email").
pub static NO_SENDER_ADDRESS: Code = Code {
    name: "no_sender_address",
    why: "the project has no sender address, or is archived, in the trash or hidden",
    remedy: "Nothing, unless you need its sender address: then restore the project.",
    severity: Severity::Warn,
    concerns: "",
};

pub static SCREEN_DELETED: Code = Code {
    name: "screen_deleted",
    why: "the screen or its tab was deleted during the sync",
    remedy: "Nothing. The next sync reads the screens that exist.",
    severity: Severity::Warn,
    concerns: "",
};

pub static USER_DELETED: Code = Code {
    name: "user_deleted",
    why: "the user was deleted or hidden during the sync",
    remedy: "Nothing. The next sync reads the users that exist.",
    severity: Severity::Warn,
    concerns: "",
};

pub static TOO_MANY_TO_COMPARE: Code = Code {
    name: "too_many_to_compare",
    why: "the list has more than 20,000 entries, too many to compare, so its deletions are not reported",
    remedy: "Compare the table with the list in your destination instead.",
    severity: Severity::Warn,
    concerns: "deleted_versions, deleted_components, deleted_sprints",
};

pub static AUDIT_LOG_NOT_PERMITTED: Code = Code {
    name: "audit_log_not_permitted",
    why: "the account does not have the permission to read the audit log, so deleted and hidden issues cannot be distinguished",
    remedy: "Give the account the permission Administer Jira if you need the difference.",
    severity: Severity::Note,
    concerns: "deleted_issues",
};

pub static DELETIONS_UNDETECTABLE: Code = Code {
    name: "deletions_undetectable",
    why: "deleted issues cannot be detected: the account does not have the permission to read the audit log, and the IDs of sent \
          issues are not stored",
    remedy: "Set `track_sent_ids`, use --known-ids, or give the account the permission Administer Jira: see docs/deletions.md.",
    severity: Severity::Warn,
    concerns: "deleted_issues",
};

pub static COMMENT_DELETIONS_UNDETECTABLE: Code = Code {
    name: "comment_deletions_undetectable",
    why: "deleted comments cannot be detected: no comment IDs are stored",
    remedy: "Read the stream incrementally, without `track_sent_ids: false`, or remove it: see docs/deletions.md.",
    severity: Severity::Warn,
    concerns: "deleted_comments",
};

pub static MASS_DELETION_UNCONFIRMED: Code = Code {
    name: "mass_deletion_unconfirmed",
    why: "more than half of a project's issues, or all projects, are no longer visible, which looks like lost permissions; these \
          issues are not reported as deleted",
    remedy: "Check the account's permissions. If the issues were really deleted, add the project's key to `allow_mass_deletion_in`.",
    severity: Severity::Warn,
    concerns: "deleted_issues",
};

pub static TYPE_MISMATCH: Code = Code {
    name: "type_mismatch",
    why: "a value has another type than the schema in the catalog declares, or is a number too large for a double; it was sent unchanged",
    remedy: "Refresh the schema of the connection (run discover again). If this stays, the site has values that do not fit the \
             field.",
    severity: Severity::Note,
    concerns: "issues",
};

pub static DEEPLY_NESTED: Code = Code {
    name: "deeply_nested",
    why: "a record nests lists and objects more than 500 deep, which some readers of JSON refuse; it was sent unchanged",
    remedy: "Look for it in the destination. If it is missing there, shorten the text in Jira that nests so deeply.",
    severity: Severity::Warn,
    concerns: "all",
};

/// Every code, in the order of docs/errors.md.
pub static ALL: &[&Code] = &[
    &ISSUE_MISSING,
    &ARCHIVED_UNREADABLE,
    &LISTING_RESTARTED,
    &SEARCH_ENDED_EARLY,
    &COUNT_MISMATCH,
    &UNKNOWN_SHAPE,
    &COUNT_UNAVAILABLE,
    &COUNT_UNVERIFIED,
    &NOTHING_CAN_MATCH,
    &PROJECT_INACTIVE,
    &BOARD_WITHOUT_SPRINTS,
    &BOARD_HIDDEN,
    &BOARD_WITHOUT_LOCATION,
    &BOARD_WITHOUT_COLUMNS,
    &BOARD_BROKEN,
    &FIELD_WITHOUT_CONTEXTS,
    &CONTEXT_WITHOUT_OPTIONS,
    &FILTER_HIDDEN,
    &NOT_PERMITTED,
    &NOT_AVAILABLE,
    &FEATURE_FLAGS_UNAVAILABLE,
    &PROJECT_FORBIDDEN,
    &NO_SENDER_ADDRESS,
    &SCREEN_DELETED,
    &USER_DELETED,
    &TOO_MANY_TO_COMPARE,
    &AUDIT_LOG_NOT_PERMITTED,
    &DELETIONS_UNDETECTABLE,
    &COMMENT_DELETIONS_UNDETECTABLE,
    &MASS_DELETION_UNCONFIRMED,
    &TYPE_MISMATCH,
    &DEEPLY_NESTED,
];

/// The names of all codes.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|code| code.name).collect()
}
