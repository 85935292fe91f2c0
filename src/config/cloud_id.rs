//! The cloud ID of a site, and the check that all options that contain one agree.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{domain::Site, fault::Fault};

/// The UUID that Atlassian gives each site (Atlassian support: "Retrieve my Atlassian site's Cloud ID").
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct CloudId(String);

/// A text is no cloud ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not a UUID")]
pub struct CloudIdError;

impl CloudId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CloudId {
    type Err = CloudIdError;

    fn from_str(text: &str) -> Result<Self, CloudIdError> {
        let text = text.trim();
        let groups: Vec<&str> = text.split('-').collect();
        let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_uuid { Ok(Self(text.to_ascii_lowercase())) } else { Err(CloudIdError) }
    }
}

impl TryFrom<String> for CloudId {
    type Error = CloudIdError;

    fn try_from(text: String) -> Result<Self, CloudIdError> {
        text.parse()
    }
}

impl fmt::Display for CloudId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for CloudId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CloudId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
            "pattern_descriptor": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "examples": ["11223344-a1b2-3b33-c444-def123456789"],
        })
    }
}

/// What the schema cannot express about cloud IDs: those in `domain`, in `cloud_id` and in `credentials` must agree.
pub(super) fn faults(root: &Map<String, Value>) -> Vec<Fault> {
    let text = |holder: Option<&Value>| holder.and_then(Value::as_str).map(str::to_owned);
    let id = |holder: Option<&Value>| text(holder).and_then(|text| text.parse::<CloudId>().ok());
    let site = text(root.get("domain")).and_then(|text| text.parse::<Site>().ok());
    let given = [
        ("domain", site.and_then(|site| site.cloud_id().cloned())),
        ("cloud_id", id(root.get("cloud_id"))),
        ("credentials.cloud_id", id(root.get("credentials").and_then(|credentials| credentials.get("cloud_id")))),
    ];
    let mut given = given.into_iter().filter_map(|(path, id)| id.map(|id| (path, id)));
    let Some((first, expected)) = given.next() else { return Vec::new() };
    let problem = format!("names another site than {first}; remove one of the two");
    given.filter(|(_, id)| *id != expected).map(|(path, _)| Fault::new(path, problem.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "11223344-a1b2-3b33-c444-def123456789";

    #[test]
    fn only_uuids_pass() {
        let id: CloudId = " 11223344-A1B2-3b33-c444-def123456789".parse().unwrap();
        assert_eq!(id.to_string(), "11223344-a1b2-3b33-c444-def123456789");
        for odd in ["", "acme", "11223344a1b23b33c444def123456789", "1122334g-a1b2-3b33-c444-def123456789"] {
            assert!(odd.parse::<CloudId>().is_err(), "{odd}");
        }
    }

    #[test]
    fn cloud_ids_agree() {
        let other = "99999999-a1b2-3b33-c444-def123456789";
        let gateway = format!("https://api.atlassian.com/ex/jira/{ID}");
        let table = [
            (json!({"domain": gateway, "cloud_id": ID.to_uppercase(), "credentials": {"cloud_id": ID}}), vec![]),
            (json!({"domain": "acme.atlassian.net", "cloud_id": ID}), vec![]),
            (json!({"domain": gateway, "cloud_id": other}), vec!["cloud_id"]),
            (json!({"cloud_id": ID, "credentials": {"cloud_id": other}}), vec!["credentials.cloud_id"]),
            (json!({"cloud_id": ID, "credentials": {"cloud_id": "odd"}}), vec![]),
        ];
        for (root, expected) in table {
            let faults = faults(root.as_object().unwrap());
            assert_eq!(faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), expected, "{root}");
            assert!(faults.iter().all(|fault| fault.problem.starts_with("names another site than ")));
        }
    }
}
