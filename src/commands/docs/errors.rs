//! `docs/errors.md`: what each error and each skip code means, and what to do.

use crate::{
    client::classify::RULES,
    codes::{self, Code},
    protocol::FailureType,
    streams::{ALL, Stream},
};
use std::fmt::Write as _;

pub(super) fn page() -> String {
    let mut page = format!(
        "{}# Errors\n\n\
         A stream that fails ends INCOMPLETE with its own error. The other streams continue, and the exit code is 1. Failed reads \
         don't move a cursor, so the next sync reads the same records again.\n\n\
         | Code | Recognised by | Retried | Who fixes it | What happened | What to do |\n|---|---|---|---|---|---|\n",
        super::GENERATED
    );
    for rule in RULES {
        let retry = if rule.retry { "yes" } else { "no" };
        let fixer = match rule.failure {
            FailureType::ConfigError => "you (`config_error`)",
            FailureType::TransientError => "retry later (`transient_error`)",
            FailureType::SystemError => "us (`system_error`)",
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {retry} | {fixer} | {}. | {} |",
            rule.code, rule.when, rule.what, rule.remedy
        );
    }
    page.push_str(
        "\n## Skip codes\n\n\
         Jira refuses some objects, such as a private board or an archived project, and some responses contradict each other. The \
         connector skips these objects, counts them by code and lists the counts in the closing report. The severity of a code \
         decides what happens to the stream:\n\n\
         - `note`: nothing is missing. The stream completes.\n\
         - `warn`: the connector logs a warning. The stream completes without the skipped objects.\n\
         - `fail`: the stream reads everything else, then ends INCOMPLETE with an error. The next sync tries again.\n\n\
         The options `on_skip` and `on_skip_codes` change the severity of codes whose default is not `note`.\n\n\
         With `warn`, a list that is skipped as a whole gives a complete stream without records. A destination that overwrites then \
         has an empty table, even if the table had rows before the account lost its permissions. To keep the rows, set the code to \
         `fail`: Airbyte's destinations don't replace the table of a stream that ends INCOMPLETE.\n\n\
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

/// The streams that a code concerns.
fn concerned(code: &Code) -> String {
    let skips = |stream: &&&Stream| stream.list().is_some_and(|table| table.skip.iter().any(|skip| skip.code == code));
    let streams: Vec<&str> = ALL.iter().filter(skips).map(|stream| stream.name).collect();
    if streams.is_empty() { code.concerns.to_owned() } else { streams.join(", ") }
}
