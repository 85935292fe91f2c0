//! The audit log, as far as it reports deleted issues.

use super::paginator::{List, PageCursor, Paginator, Paging};
use crate::{
    client::{Client, Error, Kind, Request},
    record::{Object, page, time},
};
use std::collections::BTreeSet;

pub const ROUTE: &str = "/rest/api/3/auditing/record";
/// Other connectors have seen deleted issues under this type, with the key as the name; Atlassian does not document it.
const DELETED: &str = "ISSUE_DELETE";
const PAGE: u32 = 1_000;

/// A record of an issue's deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The ID of the audit record.
    pub record: u64,
    pub key: String,
    pub at: String,
    pub millis: Option<i64>,
    pub by: Option<String>,
}

/// The deletions from a moment on, newest first; `None` if the account may not read the log.
pub async fn deletions(client: &Client, from: Option<i64>) -> Result<Option<Vec<Deletion>>, Error> {
    let request = Request::get(ROUTE, &[]);
    let request = from.into_iter().fold(request, |request, from| request.query("from", time::format(from)));
    let paging = Paging::Offset { start: "offset", size: "limit" };
    let cursor = PageCursor::new(List::Get(request), paging, PAGE);
    let pages = Paginator::new(client, cursor, Box::new(|body| page::split(body, "records")));
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let read = pages.for_each(|raw| {
        // Records that come in meanwhile push older ones onto the next page, so some come twice, but none is missed.
        found.extend(read(raw)?.filter(|deletion| known.insert(deletion.record)));
        Ok(())
    });
    match read.await {
        Ok(()) => Ok(Some(found)),
        Err(error) if matches!(error.kind, Kind::Forbidden | Kind::Scope) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(raw: &str) -> Result<Option<Deletion>, String> {
    let record = Object::parse(raw).map_err(|error| error.to_string())?;
    let object = record.object("objectItem").unwrap_or_default();
    if object.text("typeName").as_deref() != Some(DELETED) {
        return Ok(None);
    }
    let number = record.id("id").and_then(|id| id.parse().ok()).ok_or("an audit record has no numeric id")?;
    let key = object.text("name").ok_or("the audit record of a deleted issue does not name it")?.into_owned();
    let at = record.text("created").unwrap_or_default().into_owned();
    let millis = time::parse(&at);
    let by = record.text("authorAccountId").map(|by| by.into_owned());
    Ok(Some(Deletion { record: number, key, at, millis, by }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deleted_issues_are_reported() {
        let record =
            |object: &str| format!(r#"{{"id":5,"created":"2026-06-29T23:50:00.000+0000","objectItem":{object}}}"#);
        let deleted = read(&record(r#"{"typeName":"ISSUE_DELETE","name":"A-1"}"#)).unwrap().unwrap();
        assert_eq!((deleted.key.as_str(), deleted.millis), ("A-1", Some(1_782_777_000_000)));
        assert_eq!(read(&record(r#"{"typeName":"USER","name":"A-1"}"#)), Ok(None));
        assert_eq!(read(r#"{"id":5}"#), Ok(None));
        assert!(read(&record(r#"{"typeName":"ISSUE_DELETE"}"#)).is_err(), "a nameless deletion is never passed over");
    }
}
