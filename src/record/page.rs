//! Splits the body of a reply into raw records, and reads what it says about further pages.

use super::object::{self, Object};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One page of a list endpoint. What the reply doesn't contain is `None`.
#[derive(Debug, Default)]
pub struct Page<'a> {
    /// Raw JSON, each on one line.
    pub records: Vec<Cow<'a, str>>,
    /// `startAt`: the index of the first record of this page.
    pub start: Option<i64>,
    /// `total`: records of all pages. Some endpoints estimate it.
    pub total: Option<i64>,
    /// `isLast`.
    pub is_last: Option<bool>,
    /// `nextPageToken`; an empty one counts as none.
    pub next_token: Option<String>,
    /// Of a feed: where the next page begins, epoch milliseconds.
    pub until: Option<i64>,
}

/// The page whose records are the list at the property `records`, or the whole body if `records` is `""`.
///
/// A missing property is an error: reading it as "no records" would lose them silently.
pub fn split<'a>(body: &'a str, records: &str) -> Result<Page<'a>, String> {
    if records.is_empty() {
        let list: Vec<&RawValue> = serde_json::from_str(body).map_err(|error| format!("expected a list: {error}"))?;
        return Ok(Page { records: raw(list), ..Page::default() });
    }
    let object = object(body)?;
    let Some(list) = object.get(records) else {
        return Err(format!("the property '{records}' is missing"));
    };
    let list: Vec<&RawValue> =
        serde_json::from_str(list.get()).map_err(|error| format!("'{records}' is not a list: {error}"))?;
    Ok(Page {
        records: raw(list),
        start: object.integer("startAt"),
        total: object.integer("total"),
        is_last: object.get("isLast").and_then(|value| value.get().parse().ok()),
        next_token: next_token(&object)?,
        until: None,
    })
}

/// The page whose records are the values of the object at the property `records`.
pub fn values<'a>(body: &'a str, records: &str) -> Result<Page<'a>, String> {
    let object = object(body)?;
    let Some(map) = object.get(records) else {
        return Err(format!("the property '{records}' is missing"));
    };
    let map = Object::parse(map.get()).map_err(|error| format!("'{records}' is not an object: {error}"))?;
    Ok(Page { records: raw(map.entries.into_iter().map(|(_, record)| record).collect()), ..Page::default() })
}

/// The page whose records are those of the lists at `names`, one list after the other. Some may be missing, but not all.
pub fn lists<'a>(body: &'a str, names: &[&str]) -> Result<Page<'a>, String> {
    let object = object(body)?;
    let mut found = None;
    for name in names {
        let Some(list) = object.get(name) else { continue };
        let list: Vec<&RawValue> =
            serde_json::from_str(list.get()).map_err(|error| format!("'{name}' is not a list: {error}"))?;
        found.get_or_insert_with(Vec::new).extend(raw(list));
    }
    let records = found.ok_or_else(|| format!("the properties {} are missing", names.join(", ")))?;
    Ok(Page { records, ..Page::default() })
}

/// The page whose only record is the whole body.
pub fn one(body: &str) -> Result<Page<'_>, String> {
    object(body)?;
    Ok(Page { records: vec![one_line(body.trim())], ..Page::default() })
}

fn object(body: &str) -> Result<Object<'_>, String> {
    Object::parse(body).map_err(|error| format!("expected an object: {error}"))
}

/// The token of the next page. One that can't be read is an error, not the end of the list.
fn next_token(object: &Object<'_>) -> Result<Option<String>, String> {
    match object.get("nextPageToken").map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(raw) => {
            let token = object::text(raw).ok_or("'nextPageToken' is not a string")?.into_owned();
            Ok(Some(token).filter(|token| !token.is_empty()))
        }
    }
}

fn raw(list: Vec<&RawValue>) -> Vec<Cow<'_, str>> {
    list.into_iter().map(|record| one_line(record.get())).collect()
}

/// A raw value on one line. A line break can only occur between tokens (inside a JSON string it must be escaped), so
/// replacing it by a space changes only the layout.
pub fn one_line(json: &str) -> Cow<'_, str> {
    match memchr::memchr2(b'\n', b'\r', json.as_bytes()) {
        None => Cow::Borrowed(json),
        Some(_) => Cow::Owned(json.replace(['\n', '\r'], " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_both_forms_and_reads_the_paging() {
        let page =
            split(r#"{"startAt":50,"total":120,"isLast":false,"values":[{"id":1},{"id":2}]}"#, "values").unwrap();
        assert_eq!(page.records, [r#"{"id":1}"#, r#"{"id":2}"#]);
        assert_eq!((page.start, page.total, page.is_last), (Some(50), Some(120), Some(false)));
        assert_eq!(split(r#"["a", "b"]"#, "").unwrap().records, [r#""a""#, r#""b""#]);
        assert_eq!(split(r#"{"values":[],"nextPageToken":null}"#, "values").unwrap().next_token, None);
    }

    #[test]
    fn a_missing_or_wrong_list_is_never_an_empty_page() {
        assert!(split(r#"{"errorMessages":["no"]}"#, "values").is_err());
        assert!(split(r#"{"values":null}"#, "values").is_err());
        assert!(split(r#"{"values":[]}"#, "").is_err());
        assert!(split(r#"{"values":[{"id":1}"#, "values").is_err());
        assert!(
            split(r#"{"values":[],"nextPageToken":5}"#, "values").is_err(),
            "an unreadable token is not the last page"
        );
    }

    #[test]
    fn records_outside_of_a_list_are_found() {
        assert_eq!(values(r#"{"p":{"A":{"k":1},"B":{"k":2}}}"#, "p").unwrap().records, [r#"{"k":1}"#, r#"{"k":2}"#]);
        assert_eq!(lists(r#"{"a":[1],"x":[9],"b":[2,3]}"#, &["a", "b"]).unwrap().records, ["1", "2", "3"]);
        assert!(lists(r#"{"b":[]}"#, &["a", "b"]).unwrap().records.is_empty());
        assert_eq!(one("{\"a\":\n1}\n").unwrap().records, ["{\"a\": 1}"]);
        for wrong in [values("{}", "p"), values(r#"{"p":[]}"#, "p"), values("[]", "p")] {
            assert!(wrong.is_err());
        }
        for wrong in [lists("{}", &["a"]), lists(r#"{"a":{}}"#, &["a"]), lists("[]", &["a"]), one("[]"), one("null")] {
            assert!(wrong.is_err());
        }
    }

    #[test]
    fn a_pretty_printed_record_becomes_one_line() {
        let page = split("[{\n  \"a\": \"x\\ny\"\r\n}]", "").unwrap();
        assert_eq!(page.records, ["{   \"a\": \"x\\ny\"  }"]);
    }
}
