//! The fields of a site: its custom fields, the types of their values, and their names in records of `issues`.

pub mod columns;
pub mod kind;
pub mod names;

pub use columns::{Columns, Declared};
pub use names::Names;

use crate::{
    client::{Client, Error, Kind},
    jira,
    record::Object,
    streams::{self, SiteField},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The beginning of the ID of each custom field; its number follows.
pub const CUSTOM: &str = "customfield_";

/// The number in the ID of a custom field.
pub fn number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix(CUSTOM)?;
    // Only the form that Jira writes, so that the number gives the same ID again.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

/// One custom field, as the site describes it.
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

impl CustomField {
    fn is(&self, wanted: SiteField) -> bool {
        match wanted {
            SiteField::Sprint => self.custom == "com.pyxis.greenhopper.jira:gh-sprint",
            SiteField::StoryPoints => {
                let named = ["Story Points", "Story point estimate"].contains(&self.name.as_str());
                self.custom == "com.pyxis.greenhopper.jira:jsw-story-points" || (!self.custom.is_empty() && named)
            }
        }
    }
}

/// What the passes over the issues need to know about the site's fields.
#[derive(Clone, Debug, Default)]
pub struct SiteFields {
    pub ids: BTreeMap<SiteField, Vec<String>>,
    /// How records of `issues` contain fields.
    pub columns: Arc<Columns>,
}

/// The fields in the site's lists of fields.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Custom fields, by number.
    pub custom: BTreeMap<u64, CustomField>,
    /// IDs of system fields.
    pub system: BTreeSet<String>,
}

impl Catalogue {
    /// The list of all fields that are in use.
    pub async fn listed(client: &Client) -> Result<Self, Error> {
        let mut found = Self::default();
        jira::fields::all(client, |raw| found.add(raw)).await?;
        Ok(found)
    }

    /// Adds the custom fields that only the paged list contains. Returns the error if the account may not read that list.
    pub async fn add_searched(&mut self, client: &Client) -> Result<Option<Error>, Error> {
        match jira::fields::custom(client, |raw| self.add(raw)).await {
            Ok(()) => Ok(None),
            Err(error)
                if matches!(error.kind, Kind::Scope | Kind::Forbidden | Kind::NotFound | Kind::EndpointRemoved) =>
            {
                Ok(Some(error))
            }
            Err(error) => Err(error),
        }
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

    /// The IDs of a field on this site, found by its type, because names differ from site to site.
    pub fn ids(&self, wanted: SiteField) -> Vec<String> {
        let fitting = self.custom.iter().filter(|(_, field)| field.is(wanted));
        fitting.map(|(number, _)| format!("{CUSTOM}{number}")).collect()
    }

    /// The names of the custom fields; those in `pinned` don't change.
    pub fn names(&self, pinned: &[&BTreeMap<u64, String>]) -> Names {
        let system = self.system.iter().map(String::as_str);
        let declared = declared_fields();
        let taken = system.chain(declared.iter().map(String::as_str));
        Names::new(self.custom.iter().map(|(number, field)| (*number, field.name.as_str())), taken, pinned)
    }
}

/// The properties of `fields` in the schema of `issues`.
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
    fn the_first_list_that_has_a_field_counts() {
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
    }
}
