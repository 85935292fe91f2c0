//! An issue as Jira sent it, with the little that has to be known about it.

use crate::record::{Object, object, splice, time};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// A page of issues, from search or bulkfetch. Everything is parsed in one pass over the body: pages are megabytes.
#[derive(serde::Deserialize)]
pub struct IssuePage<'a> {
    #[serde(borrow)]
    pub issues: Vec<RawIssue<'a>>,
    #[serde(rename = "nextPageToken", default)]
    pub token: Option<String>,
    #[serde(rename = "isLast", default)]
    pub is_last: Option<bool>,
    /// Experimental: what Jira says it left out.
    #[serde(borrow, default)]
    pub warnings: Option<Vec<&'a RawValue>>,
    /// Issues that Jira could not load now (Jira REST v3: "Bulk fetch issues").
    #[serde(rename = "issueErrors", borrow, default)]
    pub errors: Option<Vec<Object<'a>>>,
}

impl<'a> IssuePage<'a> {
    pub fn parse(body: &'a str) -> Result<Self, String> {
        // Serde's derive would read a list as the properties in their order.
        if body.trim_start().starts_with('[') {
            return Err("expected an object, found a list".to_owned());
        }
        serde_json::from_str(body).map_err(|error| error.to_string())
    }
}

/// The properties of an issue other than its fields, and the fields, both unparsed.
#[derive(Default)]
pub struct RawIssue<'a> {
    top: Object<'a>,
    fields: Object<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for RawIssue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawIssue<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an issue")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawIssue<'de>, A::Error> {
                let mut issue = RawIssue::default();
                while let Some(object::Text(name)) = map.next_key::<object::Text<'de>>()? {
                    if name == "fields" {
                        issue.fields = map.next_value()?;
                    } else {
                        issue.top.entries.push((name, map.next_value::<&'de RawValue>()?));
                    }
                }
                Ok(issue)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl RawIssue<'_> {
    /// Its ID, without parsing its fields.
    pub fn number(&self) -> Result<u64, String> {
        let id = self.top.id("id").ok_or("an issue has no id")?;
        id.parse().map_err(|_| format!("the issue id '{id}' is not a number"))
    }

    /// Its key; empty where the page has none.
    pub fn key(&self) -> String {
        self.top.text("key").map(Cow::into_owned).unwrap_or_default()
    }
}

/// An issue, one level of it and of its fields parsed.
pub struct Issue<'a> {
    /// Without `fields`.
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

impl IssueRef {
    /// The key of its project.
    pub fn project_key(&self) -> &str {
        let key = self.key.trim_matches('"');
        key.rsplit_once('-').map_or(key, |(project, _)| project)
    }

    /// As the children refer to it that Airbyte's connector asks for by the issue's key.
    pub fn by_key(&self) -> Self {
        Self { id: self.key.clone(), ..self.clone() }
    }
}

impl<'a> Issue<'a> {
    pub fn read(raw: RawIssue<'a>) -> Result<Self, String> {
        let number = raw.number()?;
        let RawIssue { top, fields } = raw;
        let refers = IssueRef {
            number,
            id: splice::quoted(&top.id("id").unwrap_or_default()),
            key: json(&top, "key").to_owned(),
            updated: json(&fields, "updated").to_owned(),
        };
        let (created, updated) = (moment(&fields, "created"), moment(&fields, "updated"));
        Ok(Self { top, fields, number, created, updated, refers })
    }

    /// A field as JSON; `null` where it is missing.
    pub fn field(&self, name: &str) -> &'a str {
        json(&self.fields, name)
    }

    /// The issue's key as text.
    pub fn key(&self) -> String {
        object::text(&self.refers.key).map(Cow::into_owned).unwrap_or_default()
    }

    /// A property of the issue's project as JSON text; `null` where it is missing.
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

/// A timestamp as epoch milliseconds.
pub fn moment(object: &Object<'_>, name: &str) -> Option<i64> {
    object.text(name).and_then(|text| time::parse(&text))
}

/// A list that Jira embeds in an issue, possibly cut off: `total` says so.
pub struct Embedded<'a> {
    pub items: Vec<&'a str>,
    pub start: i64,
    pub total: i64,
}

/// Numbers that no list has must not overflow where they are added.
const LARGEST_TOTAL: i64 = u32::MAX as i64;

impl<'a> Embedded<'a> {
    /// Reads the object at `name` with its list at `member`. Without the object, the list is empty (Jira leaves empty ones
    /// out); one that can't be read is cut off before its first item, so that all of it is requested.
    pub fn read(parent: &Object<'a>, name: &str, member: &str) -> Self {
        let total = if cfg!(mutant = "lists_of_unknown_shape_are_empty") { 0 } else { LARGEST_TOTAL };
        let cut_off = Self { items: Vec::new(), start: 0, total };
        let Ok(object) = parent.child(name) else { return cut_off };
        let Some(object) = object else { return Self { total: 0, ..cut_off } };
        let Ok(items) = object.elements(member) else { return cut_off };
        let items: Vec<&str> = items.into_iter().map(|item| item.get()).collect();
        let count = items.len() as i64;
        let number = |name: &str| object.integer(name).map(|number| number.clamp(0, LARGEST_TOTAL));
        Self { start: number("startAt").unwrap_or(0), total: number("total").unwrap_or(count).max(count), items }
    }

    pub fn is_whole(&self) -> bool {
        self.items.len() as i64 >= self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Issue<'_>, String> {
        Issue::read(serde_json::from_str(json).map_err(|error| error.to_string())?)
    }

    #[test]
    fn knows_what_it_must_and_survives_what_is_missing() {
        let issue = read(
            r#"{"id":"10001","key":"A-1","fields":{"updated":"2026-06-29T23:50:00.000+0000","project":{"id":"7","key":"A"}}}"#,
        )
        .unwrap();
        assert_eq!((issue.number, issue.updated, issue.created), (10001, Some(1_782_777_000_000), None));
        assert_eq!((issue.project("id").as_str(), issue.project("name").as_str()), ("\"7\"", "null"));
        assert_eq!(issue.refers.key, "\"A-1\"");
        let bare = read(r#"{"id":5}"#).unwrap();
        assert_eq!((bare.refers.id.as_str(), bare.refers.updated.as_str(), bare.field("x")), ("\"5\"", "null", "null"));
        assert!(read(r#"{"key":"A-1"}"#).is_err());
        assert!(read(r#"{"id":"x"}"#).is_err());
        assert!(read(r#"{"id":"1","fields":[]}"#).is_err());
    }

    #[test]
    fn a_page_without_a_list_is_never_an_empty_one() {
        assert!(IssuePage::parse(r#"{"issues":[]}"#).is_ok());
        assert!(IssuePage::parse(r#"{"errorMessages":["no"]}"#).is_err());
        assert!(IssuePage::parse(" [[]]").is_err(), "a list is no page");
    }

    #[test]
    fn an_embedded_list_is_whole_only_if_all_are_there() {
        let read = |json: &str| {
            let fields = format!(r#"{{"comment":{json}}}"#);
            let list = Embedded::read(&Object::parse(&fields).unwrap(), "comment", "comments");
            (list.items.len(), list.start, list.total, list.is_whole())
        };
        assert_eq!(read(r#"{"comments":[{},{}],"total":2}"#), (2, 0, 2, true));
        assert_eq!(read(r#"{"comments":[{}],"total":2,"startAt":1}"#), (1, 1, 2, false));
        assert_eq!(read(r#"{"comments":[{}]}"#), (1, 0, 1, true));
        assert_eq!(read("null"), (0, 0, 0, true));
        let odd = read(r#"{"comments":[{}],"startAt":9223372036854775807,"total":-9223372036854775808}"#);
        assert_eq!(odd, (1, u32::MAX.into(), 1, true));
        for unknown in ["\"text\"", "[]", "7", r#"{"comments":{}}"#, r#"{"comments":[],"\ud800":1}"#] {
            assert_eq!(read(unknown), (0, 0, u32::MAX.into(), false), "{unknown}");
        }
    }
}
