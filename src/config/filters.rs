//! The members that narrow down what is read: projects, dates, JQL.

use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{
    fault::Fault,
    jql::{self, Jql},
};

/// Which issues are wanted. Everything absent means: all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub struct Filters {
    /// The keys of the projects to read, for example PROJ1. Leave it empty to read every project the account can see.
    #[serde(default, deserialize_with = "distinct")]
    #[schemars(title = "Projects", extend("order" = 3, "examples" = ["PROJ1", "PROJ2"]))]
    pub projects: Vec<String>,

    /// The keys of projects to leave out, for example SANDBOX.
    #[serde(default, deserialize_with = "distinct")]
    #[schemars(title = "Excluded Projects", extend("order" = 4, "examples" = ["SANDBOX"]))]
    pub exclude_projects: Vec<String>,

    /// Only what was updated at or after this time (UTC) is read. Leave it empty to read everything.
    #[schemars(title = "Start Date", extend("order" = 5))]
    start_date: Option<Timestamp>,

    /// Only what was updated at or after this time (UTC) is read. If there is a start date as well, the later one
    /// counts.
    #[schemars(title = "Updated After", extend("order" = 6))]
    updated_after: Option<Timestamp>,

    /// Only issues last updated before this time (UTC) are read. Useful for a one-time copy of the past; leave it empty
    /// for syncs that shall stay up to date.
    #[schemars(title = "Updated Before", extend("order" = 7))]
    pub updated_before: Option<Timestamp>,

    /// Only issues created at or after this time (UTC) are read.
    #[schemars(title = "Created After", extend("order" = 8))]
    pub created_after: Option<Timestamp>,

    /// Only issues created before this time (UTC) are read.
    #[schemars(title = "Created Before", extend("order" = 9))]
    pub created_before: Option<Timestamp>,

    /// A further condition on issues in the Jira Query Language, for example: issuetype = Bug AND labels = customer. It
    /// is combined with the other filters by AND; leave ORDER BY out.
    #[schemars(title = "JQL Condition", extend("order" = 10, "examples" = ["issuetype = Bug AND labels = customer"]))]
    jql: Option<Jql>,

    /// Also reads the projects that were archived, and their issues.
    #[serde(default)]
    #[schemars(title = "Include Archived Projects", extend("order" = 11))]
    pub include_archived_projects: bool,
}

impl Filters {
    /// The lower bound on update times: the later of start date and "updated after".
    pub fn updated_after(&self) -> Option<Timestamp> {
        self.start_date.max(self.updated_after)
    }

    /// The start date by itself.
    pub fn start_date(&self) -> Option<Timestamp> {
        self.start_date
    }

    /// The extra condition. Safe to put in parentheses and join with AND.
    pub fn jql(&self) -> Option<&str> {
        self.jql.as_ref().map(Jql::as_str)
    }
}

/// Drops repetitions, so that no project is read twice.
fn distinct<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let mut keys = Vec::new();
    for key in Vec::<String>::deserialize(deserializer)? {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// A point in time, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Milliseconds since 1970, as JQL takes them.
    pub fn epoch_millis(self) -> i64 {
        self.0.timestamp_millis()
    }
}

impl FromStr for Timestamp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = NaiveDateTime::parse_from_str(text, Self::FORMAT);
        time.map(|time| Self(time.and_utc())).map_err(|_| "is not a date of the calendar; check month, day and time")
    }
}

impl TryFrom<String> for Timestamp {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(Self::FORMAT).fmt(f)
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
            "pattern_descriptor": "YYYY-MM-DDTHH:MM:SSZ",
            "examples": ["2024-01-01T00:00:00Z"],
        })
    }
}

/// What the schema cannot say about the filters.
pub(super) fn faults(root: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = project_faults(root);
    faults.extend(date_faults(root));
    if let Some(Err(problem)) = root.get("jql").and_then(Value::as_str).map(jql::check) {
        faults.push(Fault::new("jql", problem));
    }
    faults
}

fn project_faults(root: &Map<String, Value>) -> Vec<Fault> {
    let keys = |name: &str| -> Vec<Option<String>> {
        let items = root.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| item.as_str().map(str::to_uppercase)).collect()
    };
    let (wanted, excluded) = (keys("projects"), keys("exclude_projects"));
    let mut faults = Vec::new();
    for (name, list) in [("projects", &wanted), ("exclude_projects", &excluded)] {
        let blank = list.iter().enumerate().filter(|(_, key)| key.as_deref() == Some(""));
        let problem = "is blank; give the key of a project, or remove it";
        faults.extend(blank.map(|(index, _)| Fault::new(format!("{name}[{index}]"), problem)));
    }
    for (index, key) in excluded.iter().enumerate() {
        if let Some(at) = wanted.iter().position(|other| key.is_some() && other == key) {
            let problem = format!("is also in projects[{at}]; keep the key in one of the two lists");
            faults.push(Fault::new(format!("exclude_projects[{index}]"), problem));
        }
    }
    faults
}

fn date_faults(root: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut date = |name: &'static str| {
        let parsed = root.get(name)?.as_str()?.parse::<Timestamp>();
        parsed.map_err(|problem| faults.push(Fault::new(name, problem))).ok().map(|time| (time, name))
    };
    let updated = (date("start_date").max(date("updated_after")), date("updated_before"));
    let created = (date("created_after"), date("created_before"));
    for bounds in [updated, created] {
        if let (Some((after, lower)), Some((before, upper))) = bounds
            && after >= before
        {
            faults.push(Fault::new(upper, format!("must be later than {lower} ({after}); nothing lies between them")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn timestamps() {
        let time: Timestamp = "2024-02-29T23:59:59Z".parse().unwrap();
        assert_eq!(time.to_string(), "2024-02-29T23:59:59Z");
        assert_eq!(time.epoch_millis(), 1_709_251_199_000);
        assert_eq!(time.utc().timestamp(), 1_709_251_199);
        for odd in ["2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01", ""] {
            assert!(odd.parse::<Timestamp>().is_err(), "{odd}");
        }
    }

    #[test]
    fn the_later_lower_bound_counts() {
        let (early, late) = ("2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z");
        let table = [
            (json!({}), None),
            (json!({"start_date": early}), Some(early)),
            (json!({"updated_after": early}), Some(early)),
            (json!({"start_date": early, "updated_after": late}), Some(late)),
            (json!({"start_date": late, "updated_after": early}), Some(late)),
        ];
        for (members, expected) in table {
            let filters: Filters = serde_json::from_value(members).unwrap();
            assert_eq!(filters.updated_after().map(|time| time.to_string()).as_deref(), expected);
        }
    }
}
