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
    remedy: "If its sprints are wanted, let the account see the board and its filter.",
    severity: Severity::Warn,
    concerns: "",
};

pub static NEEDS_ADMIN: Code = Code {
    name: "needs_admin",
    why: "only administrators may read this, and the account is none",
    remedy: "Give the account the permission Administer Jira, or leave the stream out.",
    severity: Severity::Warn,
    concerns: "",
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
    &NEEDS_ADMIN,
    &PROJECT_FORBIDDEN,
    &NO_SENDER_ADDRESS,
    &SCREEN_GONE,
    &USER_GONE,
    &TOO_MANY_TO_COMPARE,
    &AUDIT_NOT_PERMITTED,
    &DELETIONS_UNKNOWN,
    &COMMENTS_UNKNOWN,
    &MASS_ABSENCE,
];

/// The names of all codes.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|code| code.name).collect()
}
