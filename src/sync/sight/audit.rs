//! The audit log, as far as it tells of deleted issues.

use crate::{
    client::{Client, Error, Kind, Request, classify},
    record::{Object, page, time},
};
use std::collections::BTreeSet;

/// Under this type two other connectors have seen deleted issues, with the key for a name; Atlassian does not document it.
const DELETED: &str = "ISSUE_DELETE";
const PAGE: usize = 1_000;

/// A record of an issue's deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Of the record.
    pub record: u64,
    pub key: String,
    pub at: String,
    pub millis: Option<i64>,
    pub by: Option<String>,
}

/// The deletions from a moment on, newest first; `None` if the account may not read the log.
pub async fn deletions(client: &Client, from: Option<i64>) -> Result<Option<Vec<Deleted>>, Error> {
    let (mut found, mut known, mut offset) = (Vec::new(), BTreeSet::new(), 0);
    loop {
        let mut request = Request::get("/rest/api/3/auditing/record", &[])
            .query("offset", offset.to_string())
            .query("limit", PAGE.to_string());
        if let Some(from) = from {
            request = request.query("from", time::format(from));
        }
        let body = match client.call(&request).await {
            Ok(reply) => reply.body,
            Err(error) if matches!(error.kind, Kind::Forbidden | Kind::Scope) => return Ok(None),
            Err(error) => return Err(error),
        };
        let page = page::split(&body, "records").map_err(|why| classify::malformed(&request, why))?;
        for raw in &page.records {
            let deleted = read(raw).map_err(|why| classify::malformed(&request, why))?;
            // Records that come in meanwhile push older ones onto the next page, so some come twice, but none is missed.
            found.extend(deleted.filter(|deleted| known.insert(deleted.record)));
        }
        offset += page.records.len();
        if page.records.is_empty() || page.total.is_some_and(|total| offset as i64 >= total) {
            return Ok(Some(found));
        }
    }
}

fn read(raw: &str) -> Result<Option<Deleted>, String> {
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
    Ok(Some(Deleted { record: number, key, at, millis, by }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deleted_issues_are_told() {
        let record =
            |object: &str| format!(r#"{{"id":5,"created":"2026-06-29T23:50:00.000+0000","objectItem":{object}}}"#);
        let deleted = read(&record(r#"{"typeName":"ISSUE_DELETE","name":"A-1"}"#)).unwrap().unwrap();
        assert_eq!((deleted.key.as_str(), deleted.millis), ("A-1", Some(1_782_777_000_000)));
        assert_eq!(read(&record(r#"{"typeName":"USER","name":"A-1"}"#)), Ok(None));
        assert_eq!(read(r#"{"id":5}"#), Ok(None));
        assert!(read(&record(r#"{"typeName":"ISSUE_DELETE"}"#)).is_err(), "a nameless deletion is never passed over");
    }
}
