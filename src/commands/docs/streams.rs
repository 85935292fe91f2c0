//! `docs/streams.md`: each stream with its endpoint, key, cursor, cost, scopes and permissions.

use crate::{
    commands::scopes,
    streams::{ALL, Boards, Deletions, IssueStream, ListEndpoint, Paging, Partition, Source, Stream},
};
use std::fmt::Write as _;

pub(super) fn page() -> String {
    let mut page = format!(
        "{}# Streams\n\n\
         Streams with a cursor support incremental syncs; all streams can be resumed. The streams of the *one-pass read* share one \
         pass over the issues: each further one of them adds fields to the same requests. The column *More requests* lists the \
         requests that it adds.\n\n\
         | Stream | Source | Primary key | Cursor | More requests | Scopes |\n|---|---|---|---|---|---|\n",
        super::GENERATED
    );
    for stream in ALL {
        let (from, more) = match &stream.source {
            Source::List(table) => (format!("`GET {}`", table.path), requests(table)),
            Source::Boards(boards) => (format!("`GET {}`", boards.current.path), BOARDS.to_owned()),
            Source::Issues(projection) => ("the one-pass read".to_owned(), overflow(projection)),
            Source::IssueIds => ("the ID snapshot".to_owned(), "1 per 5,000 issues".to_owned()),
            Source::Deletions(Deletions::Issues) => (
                "the ID snapshot and the audit log".to_owned(),
                "1 per 50 missing issues, 1 per 1,000 audit records".to_owned(),
            ),
            Source::Deletions(Deletions::SnapshotDiff(diff)) => (
                format!("the lists of [{0}](#{0})", diff.list.name),
                format!("`GET {}`, 1 for each missing record", diff.by_id),
            ),
            Source::Deletions(deletions @ Deletions::Feed) => {
                (format!("`GET {}`", deletions.route().unwrap_or_default()), "1 per 1,000".to_owned())
            }
        };
        let cursor = stream.cursor().map_or("–".to_owned(), |cursor| format!("`{cursor}`"));
        let _ = writeln!(
            page,
            "| [{0}](#{0}) | {from} | {1} | {cursor} | {more} | {2} |",
            stream.name,
            code(stream.primary_key),
            code(&scopes::least([*stream]).into_iter().collect::<Vec<_>>())
        );
    }
    page.push_str(ONE_PASS);
    for stream in ALL {
        details(&mut page, stream);
    }
    page
}

const BOARDS: &str =
    "for each of `boards`: 1 per 100 issues and 1 for the count; if there are several pages, 1 more per 5,000 issues";

const ONE_PASS: &str = "\n## The one-pass read\n\n\
    For 1,000 issues it takes 0.2 requests for IDs (5,000 per page) and 10 for the issues (100 per request), or 10 requests for \
    pages of whole issues where reading IDs first does not pay. What the pages omit takes the requests of the table above.\n\n\
    - The first sync reads by creation date, which never changes. Later syncs read the issues that changed since the cursor, with \
    an overlap of at least 10 minutes. Rows of the overlap that were already sent are not sent again.\n\
    - A changed issue is sent with all of its children, not only the changed ones: the issue may be newly visible, because it moved \
    into the filter, out of another project or out of a security level.\n\
    - Issues are listed twice, in two orders, and compared with Jira's count. Issues that only the second listing returns are read \
    too. If Jira counts more issues than it lists, the connector searches in smaller windows; if the issues stay missing, the stream \
    ends INCOMPLETE. The first sync of an OAuth 2.0 app, whose quota charges for each listed issue, lists a second time only if the \
    count is higher or if issues may have left the list in between.\n\
    - A project that becomes visible or is added to the filter is read in full, without the others. The same applies to a wider date \
    range. A changed `jql` starts a full re-read of the stream. The log names the reason.\n\
    - A single issue that becomes visible without a change is found only if the IDs of sent issues are stored: see \
    [deletions](deletions.md).\n\n\
    ## Deletion streams\n\n\
    A normal sync does not report deletions. The streams `deleted_…` have one record for each deleted object: \
    [deletions](deletions.md) explains how to use them. Each is incremental with its own state: the first sync has nothing to compare \
    with. If the stream of the lists that a deletion stream compares is selected too, the lists are read only once. A sync that is \
    killed can report the same deletions again.\n";

fn details(page: &mut String, stream: &Stream) {
    let _ = writeln!(page, "\n## {}\n", stream.name);
    let schema: serde_json::Value = serde_json::from_str(stream.schema).unwrap_or_default();
    if let Some(text) = schema.get("description").and_then(|text| text.as_str()) {
        let _ = writeln!(page, "{text}\n");
    }
    let _ = writeln!(page, "- Endpoints: {}", endpoints(stream));
    let _ = writeln!(page, "- Page size: {}", page_size(stream));
    let cursor = stream.cursor().map_or_else(|| "none (full refresh)".to_owned(), |cursor| code(&[cursor]));
    let _ = writeln!(page, "- Primary key: {}; cursor: {cursor}", code(stream.primary_key));
    let _ = writeln!(page, "- Jira permission: {}", permissions(stream));
    let _ = writeln!(page, "- Scopes: {}", code(&scopes::least([stream]).into_iter().collect::<Vec<_>>()));
    let granular = scopes::granular(stream).into_iter().collect::<Vec<_>>();
    if !granular.is_empty() && !scopes::least([stream]).is_superset(&granular.iter().copied().collect()) {
        let _ = writeln!(page, "- Equivalent granular scopes: {}", code(&granular));
    }
    let _ = writeln!(page, "- Freshness and completeness: {}", stream.consistency);
    if let Source::Issues(projection) = &stream.source {
        let expand = projection.expand.map_or(String::new(), |expand| format!(", expand `{expand}`"));
        if !projection.fields.is_empty() || !expand.is_empty() {
            let _ = writeln!(
                page,
                "- Requested of each issue: {}{expand}",
                if projection.fields.is_empty() { "no field".to_owned() } else { code(projection.fields) }
            );
        }
    }
    if let Some(table) = stream.list() {
        for skip in table.skip {
            let _ = writeln!(
                page,
                "- Skipped and counted as `{}`: status {}, {}",
                skip.code.name, skip.status, skip.code.why
            );
        }
    }
    let _ = writeln!(page, "- [Atlassian's documentation]({})", stream.docs);
}

/// The endpoints of the records, and the parent stream if there is one.
fn endpoints(stream: &Stream) -> String {
    let routes = stream.routes();
    let own = match &stream.source {
        Source::List(table) => code(&[table.path]),
        Source::Boards(boards) => {
            let (now, before) = (code(&[boards.current.path, boards.count]), code(&[boards.deprecated.path]));
            format!("{now}, or {before} on sites without it")
        }
        Source::Issues(_) | Source::IssueIds | Source::Deletions(_) => code(&routes),
    };
    match &stream.source {
        Source::List(ListEndpoint { partition: Partition::Each { of, .. }, .. })
        | Source::Boards(Boards { current: ListEndpoint { partition: Partition::Each { of, .. }, .. }, .. }) => {
            format!("{own}, for each record of the parent [{0}](#{0})", of.name)
        }
        Source::Deletions(Deletions::SnapshotDiff(diff)) => {
            format!("{own}; its parent is [{0}](#{0})", diff.list.name)
        }
        _ => own,
    }
}

fn page_size(stream: &Stream) -> String {
    match &stream.source {
        Source::Boards(_) => "100 issues or 5,000 IDs".to_owned(),
        Source::List(table) => match table.paging {
            Paging::None => "everything in one response".to_owned(),
            Paging::Offset { max } | Paging::UntilEmpty { max } | Paging::Token { max } => max.to_string(),
        },
        Source::Issues(_) => "5,000 IDs, 100 issues".to_owned(),
        Source::IssueIds | Source::Deletions(Deletions::Issues) => "5,000 IDs".to_owned(),
        Source::Deletions(Deletions::SnapshotDiff(diff)) => format!("as {}", diff.list.name),
        Source::Deletions(Deletions::Feed) => "1,000".to_owned(),
    }
}

fn permissions(stream: &Stream) -> String {
    let named: Vec<String> =
        stream.permissions.iter().map(|permission| format!("{} (`{}`)", permission.name, permission.key)).collect();
    if named.is_empty() { "access to Jira".to_owned() } else { named.join(", ") }
}

fn requests(table: &ListEndpoint) -> String {
    let size = match table.paging {
        Paging::None => "1".to_owned(),
        Paging::Offset { max } => format!("1 per {max}"),
        Paging::Token { max } => format!("1 per {max} at most"),
        Paging::UntilEmpty { max } => format!("1 per {max}, and 1 for an empty page"),
    };
    match table.partition {
        Partition::One => size,
        Partition::Static(values) => format!("{size}, for each of {}", code(values)),
        Partition::Each { of, .. } if table.embedded.is_some() => format!("none: embedded in `{}`", of.name),
        Partition::Each { of, .. } => format!("{size}, for each of `{}`", of.name),
    }
}

fn overflow(projection: &IssueStream) -> String {
    if projection.overflow.is_empty() { "none".to_owned() } else { projection.overflow.to_owned() }
}

fn code(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
