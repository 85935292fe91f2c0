//! `docs/errors.md`: what each failure means and what to do about it.

use crate::{
    client::classify::RULES,
    codes::{self, Code},
    protocol::FailureType,
    streams::{ALL, Stream},
};
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
         Some refusals are to be expected, and some answers are doubted. They are counted by code, and the closing report names \
         them. `note`: nothing is missing; it never fails. `warn`: told, and the stream is complete without it. `fail`: once \
         everything else of it has arrived, the stream ends INCOMPLETE with an error, and the next sync tries again. The config's \
         `on_skip` and `on_skip_codes` change defaults other than `note`.\n\n\
         A list that is left out as a whole brings no records, and with `warn` its stream is complete: a destination that overwrites \
         has an empty table then, even if it had one with rows before the account lost its rights. Where that would hurt, say `fail`: \
         of a stream that ends INCOMPLETE, Airbyte's destinations keep what they have.\n\n\
         | Code | Streams | Why | Default | What to do |\n|---|---|---|---|---|\n",
    );
    for code in codes::ALL {
        let default = serde_json::to_value(code.severity).unwrap_or_default();
        let default = default.as_str().unwrap_or_default();
        let _ =
            writeln!(page, "| `{}` | {} | {} | `{default}` | {} |", code.name, concerned(code), code.why, code.remedy);
    }
    page
}

/// Whom a code concerns.
fn concerned(code: &Code) -> String {
    let skips = |stream: &&&Stream| stream.table().is_some_and(|table| table.skip.iter().any(|skip| skip.code == code));
    let streams: Vec<&str> = ALL.iter().filter(skips).map(|stream| stream.name).collect();
    if streams.is_empty() { code.concerns.to_owned() } else { streams.join(", ") }
}
