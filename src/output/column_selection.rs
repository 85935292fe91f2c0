//! Brings records into the shape that a selected schema promises: only the selected properties, and times as in RFC 3339.
//!
//! Jira writes `+0100` where the standard has `+01:00`, and targets that check formats refuse that.

use crate::record::{Object, splice::write_property};
use serde_json::{Value, value::RawValue};
use std::collections::HashMap;

/// What to do with an object.
#[derive(Debug, Default)]
pub(super) struct ColumnSelection {
    /// Properties that are not listed are left out.
    closed: bool,
    /// The properties that need more than copying, or all properties of a closed object.
    properties: HashMap<String, Part>,
}

#[derive(Debug)]
enum Part {
    Copy,
    DateTime,
    Object(ColumnSelection),
    List(Box<Part>),
}

impl ColumnSelection {
    pub(super) fn of(schema: &Value) -> Self {
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let properties = properties.map(|(name, property)| (name.clone(), Part::of(property)));
        Self { closed, properties: properties.filter(|(_, part)| closed || !matches!(part, Part::Copy)).collect() }
    }

    /// Whether records need no change.
    pub(super) fn copies_all(&self) -> bool {
        !self.closed && self.properties.is_empty()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>, record: &[u8]) {
        match std::str::from_utf8(record).ok().map(|text| (text, Object::parse(text))) {
            Some((_, Ok(object))) => self.object(out, &object),
            // A name that is no Unicode text, such as half a surrogate pair: the whole record is better than none.
            _ => out.extend_from_slice(record),
        }
    }

    fn object(&self, out: &mut Vec<u8>, object: &Object<'_>) {
        let mut first = true;
        let mut value = Vec::new();
        out.push(b'{');
        for (name, raw) in &object.entries {
            match self.properties.get(name.as_ref()) {
                None if self.closed => {}
                None | Some(Part::Copy) => write_property(out, &mut first, name, raw.get()),
                Some(part) => {
                    value.clear();
                    part.write(&mut value, raw);
                    write_property(out, &mut first, name, std::str::from_utf8(&value).unwrap_or(raw.get()));
                }
            }
        }
        out.push(b'}');
    }
}

impl Part {
    fn of(schema: &Value) -> Self {
        let shape = ColumnSelection::of(schema);
        match schema.get("items").map(Self::of) {
            _ if !shape.copies_all() => Self::Object(shape),
            Some(part) if !matches!(part, Self::Copy) => Self::List(Box::new(part)),
            _ if schema.get("format").is_some_and(|format| format == "date-time") => Self::DateTime,
            _ => Self::Copy,
        }
    }

    fn write(&self, out: &mut Vec<u8>, raw: &RawValue) {
        let text = raw.get();
        match (self, text.as_bytes().first()) {
            (Self::Object(shape), Some(b'{')) => shape.write(out, text.as_bytes()),
            (Self::List(part), Some(b'[')) => part.list(out, text),
            (Self::DateTime, Some(b'"')) => date_time(out, text),
            _ => out.extend_from_slice(text.as_bytes()),
        }
    }

    fn list(&self, out: &mut Vec<u8>, text: &str) {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
            return out.extend_from_slice(text.as_bytes());
        };
        out.push(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.write(out, item);
        }
        out.push(b']');
    }
}

/// Writes a quoted time, with the colon in its offset if that is missing.
fn date_time(out: &mut Vec<u8>, quoted: &str) {
    let bytes = quoted.as_bytes();
    let missing = bytes.len().checked_sub(6).filter(|at| {
        let (sign, digits) = (bytes[*at], &bytes[*at + 1..bytes.len() - 1]);
        bytes[..*at].contains(&b'T') && b"+-".contains(&sign) && digits.iter().all(u8::is_ascii_digit)
    });
    match missing {
        Some(at) => {
            out.extend_from_slice(&bytes[..at + 3]);
            out.push(b':');
            out.extend_from_slice(&bytes[at + 3..]);
        }
        None => out.extend_from_slice(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shaped(schema: &Value, record: &str) -> String {
        let mut out = Vec::new();
        ColumnSelection::of(schema).write(&mut out, record.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_get_their_colon_wherever_the_schema_has_one() {
        let time = json!({"type": ["null", "string"], "format": "date-time"});
        let schema = json!({"properties": {
            "at": time, "in": {"properties": {"at": time}}, "all": {"items": time}, "each": {"items": {"properties": {"at": time}}},
        }});
        for (before, after) in [
            (r#"{"at":"2026-01-31T12:00:00.000+0100"}"#, r#"{"at":"2026-01-31T12:00:00.000+01:00"}"#),
            (r#"{"at":"2026-01-31T12:00:00-0330","x":[1, 2]}"#, r#"{"at":"2026-01-31T12:00:00-03:30","x":[1, 2]}"#),
            (r#"{"at":"2026-01-31T12:00:00.000+01:00"}"#, r#"{"at":"2026-01-31T12:00:00.000+01:00"}"#),
            (r#"{"at":"2026-01-31T12:00:00Z"}"#, r#"{"at":"2026-01-31T12:00:00Z"}"#),
            (r#"{"at":"2026-01-31"}"#, r#"{"at":"2026-01-31"}"#),
            (r#"{"at":"+0100"}"#, r#"{"at":"+0100"}"#),
            (r#"{"at":""}"#, r#"{"at":""}"#),
            (r#"{"at":null}"#, r#"{"at":null}"#),
            (r#"{"at":7}"#, r#"{"at":7}"#),
            (r#"{"in":{"at":"2026-01-31T12:00:00+0000"}}"#, r#"{"in":{"at":"2026-01-31T12:00:00+00:00"}}"#),
            (r#"{"in":"2026-01-31T12:00:00+0000"}"#, r#"{"in":"2026-01-31T12:00:00+0000"}"#),
            (r#"{"all":["2026-01-31T12:00:00+0000",null]}"#, r#"{"all":["2026-01-31T12:00:00+00:00",null]}"#),
            (
                r#"{"each":[{"at":"2026-01-31T12:00:00+0000"},{}]}"#,
                r#"{"each":[{"at":"2026-01-31T12:00:00+00:00"},{}]}"#,
            ),
            (r#"{"other":"2026-01-31T12:00:00+0000"}"#, r#"{"other":"2026-01-31T12:00:00+0000"}"#),
            (r#"{"\ud800":1,"at":"x"}"#, r#"{"\ud800":1,"at":"x"}"#),
        ] {
            assert_eq!(shaped(&schema, before), after);
        }
    }

    #[test]
    fn closed_objects_hold_only_listed_properties() {
        let schema = json!({"additionalProperties": false, "properties": {
            "id": {"type": "string"}, "fields": {"additionalProperties": false, "properties": {"summary": {}}}, "open": {"properties": {"a": {}}},
        }});
        let record = r#"{"id":"1","key":"A-1","fields":{"summary":"x","description":"y"},"open":{"a":1,"b":2}}"#;
        assert_eq!(shaped(&schema, record), r#"{"id":"1","fields":{"summary":"x"},"open":{"a":1,"b":2}}"#);
    }

    #[test]
    fn a_schema_without_selection_needs_no_parsing() {
        assert!(
            ColumnSelection::of(&json!({"properties": {"a": {"type": "string"}, "b": {"properties": {"c": {}}}}}))
                .copies_all()
        );
        assert!(!ColumnSelection::of(&json!({"properties": {}, "additionalProperties": false})).copies_all());
    }
}
