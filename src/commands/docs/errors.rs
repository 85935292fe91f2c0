//! `docs/errors.md`: what each failure means and what to do about it.

use crate::{client::classify::RULES, protocol::FailureType, streams::ALL};
use std::fmt::Write as _;

pub fn page() -> String {
    let mut page = format!(
        "{}# Errors\n\n\
         A failing stream ends INCOMPLETE with an error of its own; the others go on, and the exit code is 1. Nothing that \
         failed moves a cursor: the next sync reads it again.\n\n\
         | Code | Seen as | Tried again | Whose turn | What happened | What to do |\n|---|---|---|---|---|---|\n",
        super::MADE
    );
    for rule in RULES {
        let retry = if rule.retry { "yes" } else { "no" };
        let turn = match rule.failure {
            FailureType::ConfigError => "yours (`config_error`)",
            FailureType::TransientError => "time's (`transient_error`)",
            FailureType::SystemError => "ours (`system_error`)",
        };
        let _ =
            writeln!(page, "| `{}` | {} | {retry} | {turn} | {}. | {} |", rule.code, rule.when, rule.what, rule.remedy);
    }
    page.push_str(
        "\n## What is left out\n\n\
         Some refusals are to be expected. They are counted, and the closing report names them; they don't fail the sync.\n\n\
         | Code | Streams | Why |\n|---|---|---|\n\
         | `issue_gone` | streams with requests for each issue | the issue was deleted or hidden while it was read |\n\
         | `listed_again` | the issue scan | a page token was refused or repeated; nothing is missing |\n\
         | `search_ended_early` | the issue scan | the search ended long before Jira's own estimate; listed again, and an error if that did not help |\n\
         | `too_many_to_compare` | deleted_versions, deleted_components, deleted_sprints | more than 20,000 entries to compare; what goes of them is not reported |\n",
    );
    for stream in ALL {
        for skip in stream.table().map(|table| table.skip).unwrap_or_default() {
            let _ = writeln!(page, "| `{}` | {} | {} |", skip.code, stream.name, skip.why);
        }
    }
    page
}
