//! Every code under which something is left out or doubted: why, how bad that is, and what to do about it.
//!
//! On the ground, because three floors need it: `streams` name a code for each refusal that is to be expected, `config`
//! knows the names that `on_skip_codes` may hold, and `sync` counts. None of these may look up at another.

use schemars::JsonSchema;
use serde::Serialize;

/// One code. A report, an error and docs/errors.md say the same of it, because all of them read it here.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name for reports and for `on_skip_codes`.
    pub name: &'static str,
    /// A clause without its full stop.
    pub why: &'static str,
    /// A whole sentence.
    pub remedy: &'static str,
    /// What it counts as unless the config says otherwise.
    pub severity: Severity,
    /// Whom it concerns. Empty if the tables of streams say so.
    pub concerns: &'static str,
}

/// How bad it is that something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is missing: never fails.
    Note,
    Warn,
    /// The stream ends INCOMPLETE.
    Fail,
}

pub static ISSUE_GONE: Code = Code {
    name: "issue_gone",
    why: "the issue was deleted or hidden while it was read, or the site has this switched off",
    remedy: "If the issue is still there, let the account see it; if the site has voting, watching or the like switched off, \
             leave the stream out.",
    severity: Severity::Warn,
    concerns: "streams with requests for each issue",
};

pub static LISTED_AGAIN: Code = Code {
    name: "listed_again",
    why: "a page token was refused or repeated, so the rest was listed again from the last mark; nothing is missing",
    remedy: "Nothing; report it if every sync says so.",
    severity: Severity::Note,
    concerns: "the issue scan",
};

pub static SEARCH_ENDED_EARLY: Code = Code {
    name: "search_ended_early",
    why: "a search left issues out without a word; they were found by listing again, and read",
    remedy: "Nothing; report it if every sync says so.",
    severity: Severity::Note,
    concerns: "the issue scan",
};

pub static COUNT_DIFFERS: Code = Code {
    name: "count_differs",
    why: "the search shows fewer issues than Jira counts, however small the windows in which it is asked",
    remedy: "The next sync looks again. If it stays, the site's search index is broken: ask Atlassian support to rebuild it, or take it \
             as it is with `on_skip_codes`.",
    severity: Severity::Fail,
    concerns: "the issue scan",
};

pub static COUNT_DOUBTED: Code = Code {
    name: "count_doubted",
    why: "the search shows a few percent fewer issues than Jira counts, which is an estimate, and there was too much to look into it \
          further",
    remedy: "Nothing, if your own count of the project agrees; otherwise read fewer projects at a time.",
    severity: Severity::Warn,
    concerns: "the issue scan",
};

/// The lists of an archived or deleted project answer 404 (reported by users of other connectors).
pub static PROJECT_NOT_LIVE: Code = Code {
    name: "project_not_live",
    why: "the project is archived, in the trash or hidden",
    remedy: "Restore the project if its lists are wanted, or name it in `exclude_projects`.",
    severity: Severity::Warn,
    concerns: "",
};

pub static BOARD_WITHOUT_SPRINTS: Code = Code {
    name: "board_without_sprints",
    why: "the board does not support sprints, so it has none",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static BOARD_HIDDEN: Code = Code {
    name: "board_hidden",
    why: "the board is private or gone",
    remedy: "If what is on it is wanted, let the account see the board and its filter.",
    severity: Severity::Warn,
    concerns: "",
};

pub static BOARD_WITHOUT_LOCATION: Code = Code {
    name: "board_without_location",
    why: "the board belongs to no project, and the config asks for some projects only",
    remedy: "If it is wanted, give the board a location in its settings, or leave `projects` empty.",
    severity: Severity::Note,
    concerns: "boards, sprints, board_issues",
};

/// Reported by users of other connectors, as 422 and as 500.
pub static BOARD_WITHOUT_COLUMNS: Code = Code {
    name: "board_without_columns",
    why: "no column of the board has a status, so nothing is on it",
    remedy: "Nothing, or map statuses to the board's columns.",
    severity: Severity::Note,
    concerns: "",
};

pub static BOARD_BROKEN: Code = Code {
    name: "board_broken",
    why: "what is on the board can't be listed, as a rule because its filter is broken",
    remedy: "Open the board in Jira and repair its filter.",
    severity: Severity::Warn,
    concerns: "",
};

pub static FIELD_WITHOUT_CONTEXTS: Code = Code {
    name: "field_without_contexts",
    why: "the custom field is gone, or is one without contexts, such as those of team-managed projects and apps",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static CONTEXT_WITHOUT_OPTIONS: Code = Code {
    name: "context_without_options",
    why: "the context is gone, or an app keeps its options",
    remedy: "Nothing.",
    severity: Severity::Note,
    concerns: "",
};

pub static FILTER_HIDDEN: Code = Code {
    name: "filter_hidden",
    why: "the filter was deleted, or is not shared with the account any more",
    remedy: "If it is wanted, share the filter with the account.",
    severity: Severity::Warn,
    concerns: "",
};

pub static NOT_PERMITTED: Code = Code {
    name: "not_permitted",
    why: "the account may not read it",
    remedy: "Give the account the permission that docs/streams.md names for the stream, or leave the stream out.",
    severity: Severity::Warn,
    concerns: "",
};

pub static NOT_OFFERED: Code = Code {
    name: "not_offered",
    why: "the site does not offer it, or has it switched off",
    remedy: "Leave the stream out.",
    severity: Severity::Warn,
    concerns: "",
};

pub static FEATURE_FLAGS_ABSENT: Code = Code {
    name: "feature_flags_absent",
    why: "the site does not tell which feature flags issues have, or not to this account, so none was read",
    remedy: "Leave the stream out.",
    severity: Severity::Warn,
    concerns: "issue_feature_flags",
};

pub static PROJECT_FORBIDDEN: Code = Code {
    name: "project_forbidden",
    why: "the account may not read this of the project",
    remedy: "Give the account the permission Administer projects there, or name the project in `exclude_projects`.",
    severity: Severity::Warn,
    concerns: "",
};

/// Jira answers both with 404 (Jira REST v3: "Get project's sender email").
pub static NO_SENDER_ADDRESS: Code = Code {
    name: "no_sender_address",
    why: "the project has no sender address, or it is archived, in the trash or hidden",
    remedy: "Nothing, unless its sender address is wanted: then restore the project.",
    severity: Severity::Warn,
    concerns: "",
};

pub static SCREEN_GONE: Code = Code {
    name: "screen_gone",
    why: "the screen or its tab was deleted while screens were read",
    remedy: "Nothing; the next sync reads what is there.",
    severity: Severity::Warn,
    concerns: "",
};

pub static USER_GONE: Code = Code {
    name: "user_gone",
    why: "the user was deleted or hidden while users were read",
    remedy: "Nothing; the next sync reads who is there.",
    severity: Severity::Warn,
    concerns: "",
};

pub static TOO_MANY_TO_COMPARE: Code = Code {
    name: "too_many_to_compare",
    why: "more than 20,000 entries to compare; what goes of them is not reported",
    remedy: "Compare the table with the list in your destination instead.",
    severity: Severity::Warn,
    concerns: "deleted_versions, deleted_components, deleted_sprints",
};

pub static AUDIT_NOT_PERMITTED: Code = Code {
    name: "audit_not_permitted",
    why: "the account may not read the audit log, so what is deleted can't be told from what is hidden",
    remedy: "Give the account Administer Jira, if that matters.",
    severity: Severity::Note,
    concerns: "deleted_issues",
};

pub static DELETIONS_UNKNOWN: Code = Code {
    name: "deletions_unknown",
    why: "the account may not read the audit log, and nobody remembers which issues were sent, so nothing can be found",
    remedy: "Set `known_ids_in_state`, give --known-ids, or give the account Administer Jira: see docs/deletions.md.",
    severity: Severity::Warn,
    concerns: "deleted_issues",
};

pub static COMMENTS_UNKNOWN: Code = Code {
    name: "comments_unknown",
    why: "nobody remembers which comments were sent, so none can be missed",
    remedy: "Set `known_ids_in_state` and read the stream incrementally, or leave it out: see docs/deletions.md.",
    severity: Severity::Warn,
    concerns: "deleted_comments",
};

pub static MASS_ABSENCE: Code = Code {
    name: "mass_absence",
    why: "more than half of a project, or every project, can't be seen any more, which looks like lost permissions; these issues are \
          not reported as gone",
    remedy: "Check the account's permissions; if the issues are gone, put the project's key into `accept_absence_of`.",
    severity: Severity::Warn,
    concerns: "deleted_issues",
};

pub static TYPE_DIFFERS: Code = Code {
    name: "type_differs",
    why: "a value is of another type than the schema in the catalog declares; it was sent as it is",
    remedy: "Refresh the schema of the connection (run discover again); if it stays, the site holds values that do not fit the field.",
    severity: Severity::Note,
    concerns: "issues",
};

/// Every code, in the order of docs/errors.md.
pub static ALL: &[&Code] = &[
    &ISSUE_GONE,
    &LISTED_AGAIN,
    &SEARCH_ENDED_EARLY,
    &COUNT_DIFFERS,
    &COUNT_DOUBTED,
    &PROJECT_NOT_LIVE,
    &BOARD_WITHOUT_SPRINTS,
    &BOARD_HIDDEN,
    &BOARD_WITHOUT_LOCATION,
    &BOARD_WITHOUT_COLUMNS,
    &BOARD_BROKEN,
    &FIELD_WITHOUT_CONTEXTS,
    &CONTEXT_WITHOUT_OPTIONS,
    &FILTER_HIDDEN,
    &NOT_PERMITTED,
    &NOT_OFFERED,
    &FEATURE_FLAGS_ABSENT,
    &PROJECT_FORBIDDEN,
    &NO_SENDER_ADDRESS,
    &SCREEN_GONE,
    &USER_GONE,
    &TOO_MANY_TO_COMPARE,
    &AUDIT_NOT_PERMITTED,
    &DELETIONS_UNKNOWN,
    &COMMENTS_UNKNOWN,
    &MASS_ABSENCE,
    &TYPE_DIFFERS,
];

/// The names of all codes.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|code| code.name).collect()
}
