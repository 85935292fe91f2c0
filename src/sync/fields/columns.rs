//! How a record of `issues` contains the issue's fields: under which names, and whether their values have the types that the
//! catalog declares.

use super::{Names, kind::MARK, number};
use crate::{protocol::ConfiguredCatalog, record::splice};
use serde_json::{Value, value::RawValue};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

/// Types as bits. The first byte of a value shows its type.
type Types = u8;

const TEXT: Types = 1;
const NUMBER: Types = 2;
const BOOLEAN: Types = 4;
const OBJECT: Types = 8;
const LIST: Types = 16;

/// The types that the catalog declares for the properties of `fields`. A property that it does not declare may have any.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    types: HashMap<String, Types>,
    names: BTreeMap<u64, String>,
}

impl Declared {
    /// From the schema of `issues` in a catalog, which is the one that the destination has.
    pub fn of(catalog: &ConfiguredCatalog) -> Self {
        let issues = catalog.streams.iter().find(|stream| stream.name == "issues");
        let fields = issues.and_then(|stream| stream.json_schema.pointer("/properties/fields/properties"));
        let mut declared = Self::default();
        for (name, property) in fields.and_then(Value::as_object).into_iter().flatten() {
            if let Some(types) = types(property.get("type")) {
                declared.types.insert(name.clone(), types);
            }
            if let Some(number) = property.get(MARK).and_then(Value::as_str).and_then(number) {
                declared.names.insert(number, name.clone());
            }
        }
        declared
    }

    /// The names of custom fields that the destination has.
    pub const fn names(&self) -> &BTreeMap<u64, String> {
        &self.names
    }

    fn fits(&self, name: &str, value: &str) -> bool {
        let Some(type_of) = first(value) else { return true };
        // Readers take a number that no double holds for infinity, or refuse the whole record.
        let is_held = type_of != NUMBER || value.trim_ascii().parse().is_ok_and(f64::is_finite);
        is_held && self.types.get(name).is_none_or(|types| types & type_of != 0)
    }
}

/// The types that a schema allows; `None` if it names none, or one that is not known here.
fn types(declared: Option<&Value>) -> Option<Types> {
    let bit = |name: &Value| {
        Some(match name.as_str()? {
            "null" => 0,
            "string" => TEXT,
            "number" | "integer" => NUMBER,
            "boolean" => BOOLEAN,
            "object" => OBJECT,
            "array" => LIST,
            _ => return None,
        })
    };
    match declared? {
        Value::Array(names) => names.iter().try_fold(0, |types, name| Some(types | bit(name)?)),
        name => bit(name),
    }
}

/// The type of a value; `None` for null, which every type permits.
fn first(value: &str) -> Option<Types> {
    match value.as_bytes().first()? {
        b'"' => Some(TEXT),
        b'-' | b'0'..=b'9' => Some(NUMBER),
        b't' | b'f' => Some(BOOLEAN),
        b'{' => Some(OBJECT),
        b'[' => Some(LIST),
        _ => None,
    }
}

/// The columns of `issues` that contain fields.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    declared: Declared,
    names: Names,
    /// Custom fields are written under their IDs as well.
    ids: bool,
}

impl Columns {
    /// Fields under their IDs.
    pub fn by_id(declared: Declared) -> Self {
        Self { declared, ..Self::default() }
    }

    /// Fields under their names, and under their IDs as well if `ids`.
    pub const fn by_name(declared: Declared, names: Names, ids: bool) -> Self {
        Self { declared, names, ids }
    }

    /// The names of custom fields; empty if they are written under their IDs only.
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Writes the properties of `fields`, without those that are null if `bare`. Returns the names of those whose values have
    /// other types than declared.
    pub fn fields(&self, line: &mut Vec<u8>, members: &[(Cow<'_, str>, &RawValue)], bare: bool) -> Vec<String> {
        let (mut first, mut mismatches) = (true, Vec::new());
        for (id, value) in members.iter().filter(|(_, value)| !bare || value.get() != "null") {
            let name = self.member(line, &mut first, id, value.get());
            if !self.declared.fits(name, value.get()) {
                mismatches.push(name.to_owned());
            }
        }
        mismatches
    }

    /// Writes properties of an object other than `fields` that is keyed by field, too.
    pub fn renamed(&self, line: &mut Vec<u8>, members: &[(Cow<'_, str>, &RawValue)], bare: bool) {
        let mut first = true;
        for (id, value) in members.iter().filter(|(_, value)| !bare || value.get() != "null") {
            self.member(line, &mut first, id, value.get());
        }
    }

    /// Writes one property under each of its names, and returns the first.
    fn member<'a>(&'a self, line: &mut Vec<u8>, first: &mut bool, id: &'a str, value: &str) -> &'a str {
        match self.name(id) {
            None => {
                splice::write_property(line, first, id, value);
                id
            }
            Some(name) => {
                if self.ids {
                    splice::write_property(line, first, id, value);
                }
                splice::write_property(line, first, name, value);
                if self.ids { id } else { name }
            }
        }
    }

    /// The name of a field, if that is not its ID.
    fn name(&self, id: &str) -> Option<&str> {
        if self.names.is_empty() {
            return None;
        }
        self.names.of(id).filter(|name| *name != id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Object;
    use serde_json::json;

    fn catalog(fields: &Value) -> ConfiguredCatalog {
        let schema = json!({"properties": {"fields": {"properties": fields}}});
        let streams = json!([{"stream": {"name": "issues", "json_schema": schema}, "sync_mode": "incremental"}]);
        ConfiguredCatalog::parse(json!({"streams": streams}).to_string().as_bytes()).unwrap()
    }

    fn names() -> Names {
        Names::new([(7, "Story Points"), (8, "リスク")].into_iter(), ["summary"].into_iter(), &[])
    }

    fn written(columns: &Columns, fields: &str) -> (String, Vec<String>) {
        let mut line = Vec::new();
        let mismatches = columns.fields(&mut line, &Object::parse(fields).unwrap().entries, false);
        (String::from_utf8(line).unwrap(), mismatches)
    }

    #[test]
    fn members_stand_under_their_ids_their_names_or_both() {
        let fields = r#"{"summary":"s","customfield_7":3.0,"customfield_8":null,"customfield_9":[1]}"#;
        let none = Declared::default;
        let by_id = written(&Columns::by_id(none()), fields).0;
        assert_eq!(format!("{{{by_id}}}"), fields);
        let by_name = written(&Columns::by_name(none(), names(), false), fields).0;
        assert_eq!(by_name, r#""summary":"s","story_points":3.0,"customfield_8":null,"customfield_9":[1]"#);
        let both = written(&Columns::by_name(none(), names(), true), fields).0;
        assert_eq!(
            both,
            r#""summary":"s","customfield_7":3.0,"story_points":3.0,"customfield_8":null,"customfield_9":[1]"#
        );
    }

    #[test]
    fn values_of_other_types_than_declared_are_noted_once() {
        let declared = Declared::of(&catalog(&json!({
            "t": {"type": ["null", "string"]}, "n": {"type": ["null", "integer"]}, "b": {"type": "boolean"},
            "o": {"type": ["object", "null"]}, "l": {"type": ["array"]}, "u": {"type": ["string", "object"]},
            "any": {}, "odd": {"type": ["string", "moon"]}, "customfield_7": {"type": ["null", "number"]},
            "story_points": {"type": ["null", "number"], "jira_field": "customfield_7"},
        })));
        assert_eq!(declared.names(), &BTreeMap::from([(7, "story_points".to_owned())]));
        let columns = Columns::by_id(declared.clone());
        for fits in [r#"{"t":"","n":-1,"b":false,"o":{},"l":[],"u":"","any":1,"odd":1,"other":[]}"#, r#"{"u":{}}"#] {
            assert_eq!(written(&columns, fits).1, [""; 0], "{fits}");
        }
        assert_eq!(written(&columns, r#"{"t":null,"n":null,"b":null,"o":null,"l":null,"u":null}"#).1, [""; 0]);
        assert_eq!(written(&columns, r#"{"n":1e400,"x":-1E999}"#).1, ["n", "x"]);
        let mismatches = r#"{"t":{},"n":"1","b":0,"o":[],"l":"[]","u":true}"#;
        assert_eq!(written(&columns, mismatches).1, ["t", "n", "b", "o", "l", "u"]);
        for (ids, expected) in [(true, "customfield_7"), (false, "story_points")] {
            let columns = Columns::by_name(declared.clone(), names(), ids);
            assert_eq!(written(&columns, r#"{"customfield_7":"3"}"#).1, [expected]);
        }
    }
}
