//! `docs/streams.md`: each stream with what it takes to read it.

use crate::{
    commands::scopes,
    streams::{ALL, Boards, Gone, Listed, Paging, Partition, Projection, Sight, Source, Stream, Table},
};
use std::fmt::Write as _;

pub fn page() -> String {
    let mut page = format!(
        "{}# Streams\n\n\
         Streams with a cursor can be read incrementally; all can be resumed. Streams *from the issue scan* \
         share one pass over the issues: selecting more of them adds fields to the same requests, not requests, except \
         for what the column *More requests* says.\n\n\
         | Stream | From | Key | Cursor | More requests | Scopes |\n|---|---|---|---|---|---|\n",
        super::MADE
    );
    for stream in ALL {
        let (from, more) = match &stream.source {
            Source::Table(table) => (format!("`GET {}`", table.path), requests(table)),
            Source::Boards(boards) => (format!("`GET {}`", boards.now.path), BOARDS.to_owned()),
            Source::Issues(projection) => ("the issue scan".to_owned(), overflow(projection)),
            Source::Sight(Sight::Ids) => ("the census".to_owned(), "1 per 5,000 issues".to_owned()),
            Source::Sight(Sight::Gone) => (
                "the census and the audit log".to_owned(),
                "1 per 50 issues that are missing, 1 per 1,000 audit records".to_owned(),
            ),
            Source::Gone(Gone::Listed(Listed { of, one, .. })) => {
                (format!("the lists of [{0}](#{0})", of.name), format!("`GET {one}`, 1 for each that is missing"))
            }
            Source::Gone(gone) => (format!("`GET {}`", gone.route()), "1 per 1,000".to_owned()),
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
    page.push_str(SCAN);
    for stream in ALL {
        details(&mut page, stream);
    }
    page
}

const BOARDS: &str = "1 per 100 issues and 1 for the count, for each of `boards`; 1 per 5,000 issues besides where there are several pages";

const SCAN: &str = "\n## The issue scan\n\n\
    Per 1,000 issues: 0.2 requests for ids (5,000 a page) and 10 for the issues (100 each), or 10 for whole pages where \
    ids first does not pay. Then what pages leave out, as the table says.\n\n\
    - The first sync reads by creation, which never changes; later ones read what changed since the cursor, 10 minutes \
    of overlap included. Rows of the overlap that were already sent are recognised and left out.\n\
    - A changed issue brings all that it has, not only what changed: it may have come into the filter just now, or out of a \
    project or a security level that the account can't see.\n\
    - Each listing is made twice, in two orders, and compared with Jira's own count. What the second shows is read, too; what \
    Jira counts and does not show is looked for in ever smaller windows, and if it stays away, the stream ends INCOMPLETE. \
    The first sync of an OAuth app, whose quota pays for each issue listed, lists once, and again where the count is higher or \
    an issue may have left meanwhile.\n\
    - A project that comes (back) into sight, or into the filter, is read in full, and nothing else; so are wider bounds. \
    Another condition in `jql` makes the stream begin anew. The log says which and why.\n\
    - A single issue that comes back into sight without a change is noticed only if the sent ids are known: see \
    [deletions](deletions.md).\n\n\
    ## What is gone\n\n\
    Of what is deleted, a sync that reads what is there says nothing. The streams whose names begin with `deleted_` have a row \
    for each loss, to delete by or to join with; [deletions](deletions.md) says how to read `deleted_issues`. The lists that the \
    others compare are read once, whether or not the stream of the lists is selected, too. Each is read incrementally from its \
    own state: without the state of an earlier sync there is nothing to compare with. A sync that is killed may report the same \
    losses again.\n";

fn details(page: &mut String, stream: &Stream) {
    let _ = writeln!(page, "\n## {}\n", stream.name);
    let schema: serde_json::Value = serde_json::from_str(stream.schema).unwrap_or_default();
    if let Some(text) = schema.get("description").and_then(|text| text.as_str()) {
        let _ = writeln!(page, "{text}\n");
    }
    let _ = writeln!(page, "- Endpoints: {}", endpoints(stream));
    let _ = writeln!(page, "- Page size: {}", page_size(stream));
    let cursor = stream.cursor().map_or_else(|| "none, read in full at each sync".to_owned(), |cursor| code(&[cursor]));
    let _ = writeln!(page, "- Key: {}; cursor: {cursor}", code(stream.primary_key));
    let _ = writeln!(page, "- Jira permission: {}", permissions(stream));
    let _ = writeln!(page, "- Scopes: {}", code(&scopes::least([stream]).into_iter().collect::<Vec<_>>()));
    let granular = scopes::granular(stream).into_iter().collect::<Vec<_>>();
    if !granular.is_empty() && !scopes::least([stream]).is_superset(&granular.iter().copied().collect()) {
        let _ = writeln!(page, "- Granular scopes instead: {}", code(&granular));
    }
    let _ = writeln!(page, "- How fresh and complete: {}", stream.consistency);
    if let Source::Issues(projection) = &stream.source {
        let expand = projection.expand.map_or(String::new(), |expand| format!(", expand `{expand}`"));
        if !projection.fields.is_empty() || !expand.is_empty() {
            let _ = writeln!(
                page,
                "- Asks of each issue: {}{expand}",
                if projection.fields.is_empty() { "no field".to_owned() } else { code(projection.fields) }
            );
        }
    }
    if let Some(table) = stream.table() {
        for skip in table.skip {
            let _ = writeln!(
                page,
                "- Left out and counted as `{}`: status {}, {}",
                skip.code.name, skip.status, skip.code.why
            );
        }
    }
    let _ = writeln!(page, "- [Atlassian's page]({})", stream.docs);
}

/// Where the records come from, and of what: a parent's last endpoint is the stream's own.
fn endpoints(stream: &Stream) -> String {
    let routes = stream.routes();
    let own = match &stream.source {
        Source::Table(table) => code(&[table.path]),
        Source::Boards(boards) => {
            let (now, before) = (code(&[boards.now.path, boards.count]), code(&[boards.before.path]));
            format!("{now}, or {before} where they are missing")
        }
        Source::Issues(_) | Source::Sight(_) | Source::Gone(_) => code(&routes),
    };
    match &stream.source {
        Source::Table(Table { partition: Partition::Each { of, .. }, .. })
        | Source::Boards(Boards { now: Table { partition: Partition::Each { of, .. }, .. }, .. }) => {
            format!("{own}, once for each of its parent [{0}](#{0})", of.name)
        }
        Source::Gone(Gone::Listed(Listed { of, .. })) => format!("{own}; its parent is [{0}](#{0})", of.name),
        _ => own,
    }
}

fn page_size(stream: &Stream) -> String {
    match &stream.source {
        Source::Boards(_) => "100, or 5,000 ids".to_owned(),
        Source::Table(table) => match table.paging {
            Paging::None => "all in one reply".to_owned(),
            Paging::Offset { max } | Paging::UntilEmpty { max } | Paging::Token { max } => max.to_string(),
        },
        Source::Issues(_) => "5,000 ids, 100 issues".to_owned(),
        Source::Sight(_) => "5,000 ids".to_owned(),
        Source::Gone(Gone::Listed(Listed { of, .. })) => format!("that of {}", of.name),
        Source::Gone(Gone::Worklogs) => "1,000".to_owned(),
    }
}

fn permissions(stream: &Stream) -> String {
    let named: Vec<String> =
        stream.permissions.iter().map(|permission| format!("{} (`{}`)", permission.name, permission.key)).collect();
    if named.is_empty() { "none but access to Jira".to_owned() } else { named.join(", ") }
}

fn requests(table: &Table) -> String {
    let size = match table.paging {
        Paging::None => "1".to_owned(),
        Paging::Offset { max } => format!("1 per {max}"),
        Paging::Token { max } => format!("1 per {max} at most"),
        Paging::UntilEmpty { max } => format!("1 per {max}, and one empty"),
    };
    match table.partition {
        Partition::One => size,
        Partition::Fixed(values) => format!("{size}, for each of {}", code(values)),
        Partition::Each { of, .. } if table.embedded.is_some() => format!("none: `{}` embeds them", of.name),
        Partition::Each { of, .. } => format!("{size}, for each of `{}`", of.name),
    }
}

fn overflow(projection: &Projection) -> String {
    if projection.overflow.is_empty() { "none".to_owned() } else { projection.overflow.to_owned() }
}

fn code(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
