//! One issue as it came, with the little that the scan must know about it.

use crate::record::{Object, object, splice, time};
use std::borrow::Cow;

/// A raw issue, one level of it and of its fields parsed.
pub struct Issue<'a> {
    pub raw: &'a str,
    pub top: Object<'a>,
    pub fields: Object<'a>,
    pub number: u64,
    pub created: Option<i64>,
    pub updated: Option<i64>,
    pub refers: IssueRef,
}

/// What the records of an issue's children say about the issue. All values are JSON.
#[derive(Clone, Debug)]
pub struct IssueRef {
    pub number: u64,
    pub id: String,
    pub key: String,
    pub updated: String,
}

impl<'a> Issue<'a> {
    pub fn read(raw: &'a str) -> Result<Self, String> {
        let top = Object::parse(raw).map_err(|error| format!("an issue is not an object: {error}"))?;
        let id = top.id("id").ok_or("an issue has no id")?;
        let number = id.parse().map_err(|_| format!("the issue id '{id}' is not a number"))?;
        let fields = match top.get("fields") {
            Some(_) => top.object("fields").ok_or_else(|| format!("the fields of issue {id} are not an object"))?,
            None => Object::default(),
        };
        let refers = IssueRef {
            number,
            id: splice::quoted(&id),
            key: json(&top, "key").to_owned(),
            updated: json(&fields, "updated").to_owned(),
        };
        let (created, updated) = (moment(&fields, "created"), moment(&fields, "updated"));
        Ok(Self { raw, top, fields, number, created, updated, refers })
    }

    /// A field as JSON; `null` where it is missing.
    pub fn field(&self, name: &str) -> &'a str {
        json(&self.fields, name)
    }

    /// The issue's key as text.
    pub fn key(&self) -> String {
        object::text(&self.refers.key).map(Cow::into_owned).unwrap_or_default()
    }

    /// A member of the issue's project as JSON text; `null` where it is missing.
    pub fn project(&self, name: &str) -> String {
        let project = self.fields.object("project");
        project
            .and_then(|project| project.id(name).map(|value| splice::quoted(&value)))
            .unwrap_or_else(|| "null".to_owned())
    }
}

fn json<'a>(object: &Object<'a>, name: &str) -> &'a str {
    object.get(name).map_or("null", |value| value.get())
}

/// A timestamp member as epoch milliseconds.
pub fn moment(object: &Object<'_>, name: &str) -> Option<i64> {
    object.text(name).and_then(|text| time::parse(&text))
}

/// A list that Jira embeds in an issue, possibly cut off: `total` says so.
pub struct Embedded<'a> {
    pub items: Vec<&'a str>,
    pub start: i64,
    pub total: i64,
}

impl<'a> Embedded<'a> {
    /// Reads `object` with its list at `member`; without it, an empty list (Jira leaves empty ones out).
    pub fn read(object: Option<Object<'a>>, member: &str) -> Self {
        let Some(object) = object else { return Self { items: Vec::new(), start: 0, total: 0 } };
        let items: Vec<&str> = object.list(member).unwrap_or_default().into_iter().map(|item| item.get()).collect();
        let count = items.len() as i64;
        Self {
            start: object.integer("startAt").unwrap_or(0),
            total: object.integer("total").unwrap_or(count).max(count),
            items,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.items.len() as i64 >= self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_it_must_and_survives_what_is_missing() {
        let issue = Issue::read(r#"{"id":"10001","key":"A-1","fields":{"updated":"2026-06-29T23:50:00.000+0000","project":{"id":"7","key":"A"}}}"#).unwrap();
        assert_eq!((issue.number, issue.updated, issue.created), (10001, Some(1_782_777_000_000), None));
        assert_eq!((issue.project("id").as_str(), issue.project("name").as_str()), ("\"7\"", "null"));
        assert_eq!(issue.refers.key, "\"A-1\"");
        let bare = Issue::read(r#"{"id":5}"#).unwrap();
        assert_eq!((bare.refers.id.as_str(), bare.refers.updated.as_str(), bare.field("x")), ("\"5\"", "null", "null"));
        assert!(Issue::read(r#"{"key":"A-1"}"#).is_err());
        assert!(Issue::read(r#"{"id":"x"}"#).is_err());
        assert!(Issue::read(r#"{"id":"1","fields":[]}"#).is_err());
    }

    #[test]
    fn an_embedded_list_is_whole_only_if_all_are_there() {
        let read = |json| Embedded::read(Object::parse(json).ok(), "comments");
        assert!(read(r#"{"comments":[{},{}],"total":2}"#).is_whole());
        assert!(!read(r#"{"comments":[{}],"total":2,"startAt":1}"#).is_whole());
        assert!(read(r#"{"comments":[{}]}"#).is_whole());
        assert!(Embedded::read(None, "comments").is_whole());
    }
}
