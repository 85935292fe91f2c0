//! The fields of a site: which custom ones it has, what they hold, and what they are called in records of `issues`.

pub mod columns;
pub mod kind;
pub mod names;

pub use columns::{Columns, Declared};
pub use names::Names;

use super::table;
use crate::{
    client::{Client, Error, Kind},
    record::Object,
    streams::{self, CUSTOM_FIELDS, ISSUE_FIELDS, Table},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the ids of custom fields begin with; their number follows.
pub const CUSTOM: &str = "customfield_";

/// The number in the id of a custom field.
pub fn number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix(CUSTOM)?;
    // As Jira writes it, so that the id can be made of the number again.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

/// One custom field, as the site tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomField {
    pub name: String,
    /// The type of its values.
    pub kind: String,
    /// The type of the elements, if the values are lists.
    pub items: String,
    /// The full name of the field's own type.
    pub custom: String,
}

/// What the lists of fields tell.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By number.
    pub custom: BTreeMap<u64, CustomField>,
    /// Ids of the system's own.
    pub system: BTreeSet<String>,
}

impl Catalogue {
    /// The list of all fields that are in use.
    pub async fn listed(client: &Client) -> Result<Self, Error> {
        let mut found = Self::default();
        if let Some(table) = ISSUE_FIELDS.table() {
            found.read(client, table).await?;
        }
        Ok(found)
    }

    /// Adds the custom fields that only the paged list shows; says why that may not be, if it may not.
    pub async fn add_searched(&mut self, client: &Client) -> Result<Option<Error>, Error> {
        match self.read(client, &CUSTOM_FIELDS).await {
            Ok(()) => Ok(None),
            Err(error) if matches!(error.kind, Kind::Scope | Kind::Forbidden | Kind::NotFound | Kind::Gone) => {
                Ok(Some(error))
            }
            Err(error) => Err(error),
        }
    }

    async fn read(&mut self, client: &Client, table: &'static Table) -> Result<(), Error> {
        table::each(client, table, |raw| self.add(raw)).await
    }

    fn add(&mut self, raw: &str) {
        let Ok(field) = Object::parse(raw) else { return };
        let Some(id) = field.text("id") else { return };
        let Some(number) = number(&id) else {
            self.system.insert(id.into_owned());
            return;
        };
        let schema = field.object("schema").unwrap_or_default();
        let text = |object: &Object<'_>, name: &str| object.text(name).unwrap_or_default().into_owned();
        self.custom.entry(number).or_insert_with(|| CustomField {
            name: text(&field, "name"),
            kind: text(&schema, "type"),
            items: text(&schema, "items"),
            custom: text(&schema, "custom"),
        });
    }

    /// The ids of the custom fields that fit.
    pub fn ids(&self, fits: impl Fn(&CustomField) -> bool) -> Vec<String> {
        let fitting = self.custom.iter().filter(|(_, field)| fits(field));
        fitting.map(|(number, _)| format!("{CUSTOM}{number}")).collect()
    }

    /// The names of the custom fields; those of `pinned` stay what they are.
    pub fn names(&self, pinned: &[&BTreeMap<u64, String>]) -> Names {
        let system = self.system.iter().map(String::as_str);
        let declared = declared_fields();
        let taken = system.chain(declared.iter().map(String::as_str));
        Names::new(self.custom.iter().map(|(number, field)| (*number, field.name.as_str())), taken, pinned)
    }
}

/// The members of `fields` in the schema of `issues`.
fn declared_fields() -> Vec<String> {
    let schema = streams::find("issues").and_then(|stream| serde_json::from_str::<Value>(stream.schema).ok());
    let fields = schema.as_ref().and_then(|schema| schema.pointer("/properties/fields/properties"));
    fields.and_then(Value::as_object).into_iter().flat_map(|fields| fields.keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_custom_fields_have_numbers() {
        let table = [
            ("customfield_10020", Some(10_020)),
            ("customfield_", None),
            ("customfield_07", None),
            ("customfield_+7", None),
            ("customfield_99999999999999999999", None),
            ("summary", None),
        ];
        for (id, expected) in table {
            assert_eq!(number(id), expected, "{id}");
        }
    }

    #[test]
    fn the_first_list_that_knows_a_field_is_believed() {
        let mut found = Catalogue::default();
        found.add(r#"{"id":"customfield_7","name":"A","schema":{"type":"array","items":"option","custom":"x:y"}}"#);
        found.add(r#"{"id":"customfield_7","name":"B"}"#);
        found.add(r#"{"id":"customfield_8"}"#);
        found.add(r#"{"id":"summary","name":"Summary","schema":{"type":"string","system":"summary"}}"#);
        found.add("[]");
        let field =
            CustomField { name: "A".into(), kind: "array".into(), items: "option".into(), custom: "x:y".into() };
        assert_eq!(found.custom, BTreeMap::from([(7, field), (8, CustomField::default())]));
        assert_eq!(found.system, BTreeSet::from(["summary".to_owned()]));
        assert_eq!(found.ids(|field| field.custom == "x:y"), ["customfield_7"]);
    }
}
