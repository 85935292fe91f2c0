//! Splits the body of a reply into raw records.

use super::object::{self, Object};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What a list endpoint answered: its records, and what it says about the next page.
#[derive(Debug, Default)]
pub struct Page<'a> {
    pub records: Vec<Cow<'a, str>>,
    pub start: Option<i64>,
    pub total: Option<i64>,
    pub is_last: Option<bool>,
    pub next_token: Option<String>,
}

/// Cuts `body` at `records`: `""` for a list as the whole body, `"values"` for a member.
///
/// A member that is missing is an error: reading it as "no records" would lose them silently.
pub fn split<'a>(body: &'a str, records: &str) -> Result<Page<'a>, String> {
    if records.is_empty() {
        let list: Vec<&RawValue> = serde_json::from_str(body).map_err(|error| format!("expected a list: {error}"))?;
        return Ok(Page { records: raw(list), ..Page::default() });
    }
    let object = Object::parse(body).map_err(|error| format!("expected an object: {error}"))?;
    let Some(list) = object.get(records) else {
        return Err(format!("the member '{records}' is missing"));
    };
    let list: Vec<&RawValue> =
        serde_json::from_str(list.get()).map_err(|error| format!("'{records}' is not a list: {error}"))?;
    Ok(Page {
        records: raw(list),
        start: object.integer("startAt"),
        total: object.integer("total"),
        is_last: object.get("isLast").map(|value| value.get() == "true"),
        next_token: next_token(&object)?,
    })
}

/// One that can't be read is no end of the list.
fn next_token(object: &Object<'_>) -> Result<Option<String>, String> {
    match object.get("nextPageToken").map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(raw) => {
            let token = object::text(raw).ok_or("'nextPageToken' is not a text")?.into_owned();
            Ok(Some(token).filter(|token| !token.is_empty()))
        }
    }
}

fn raw(list: Vec<&RawValue>) -> Vec<Cow<'_, str>> {
    list.into_iter().map(|record| one_line(record.get())).collect()
}

/// A raw value on one line. A line break can only stand between tokens (inside a JSON string it must be escaped), so
/// a blank in its place changes nothing but the layout.
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
        assert!(split(r#"{"values":[],"nextPageToken":5}"#, "values").is_err(), "nor is it the last page");
    }

    #[test]
    fn a_pretty_printed_record_becomes_one_line() {
        let page = split("[{\n  \"a\": \"x\\ny\"\r\n}]", "").unwrap();
        assert_eq!(page.records, ["{   \"a\": \"x\\ny\"  }"]);
    }
}
