//! The options that select what is read: projects, dates, JQL.
//!
//! A filter acts in two places: it becomes a condition of every query, and states remember it, so that a later sync knows
//! what an earlier one covered. [`Filters::each`] is the one list that both are made from. It takes [`Filters`] apart
//! without `..`, so an option that is missing there does not compile.

use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    fault::Fault,
    jql::{self, Jql},
};

/// Which issues are read. Without any filter: all that the account has access to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub struct Filters {
    /// Keys of the projects to read, for example PROJ1. If empty, every project that the account can browse is read.
    #[serde(default, deserialize_with = "distinct")]
    #[schemars(title = "Projects", extend("order" = 3, "examples" = ["PROJ1", "PROJ2"]))]
    pub projects: Vec<String>,

    /// Keys of the projects to skip, for example SANDBOX.
    #[serde(default, deserialize_with = "distinct")]
    #[schemars(title = "Excluded Projects", extend("order" = 4, "examples" = ["SANDBOX"]))]
    pub exclude_projects: Vec<String>,

    /// Reads only issues that were updated at or after this time (UTC). If empty, there is no lower limit.
    #[schemars(title = "Start Date", extend("order" = 5))]
    start_date: Option<Timestamp>,

    /// Reads only issues that were updated at or after this time (UTC). If a start date is set as well, the later of the
    /// two applies.
    #[schemars(title = "Updated After", extend("order" = 6))]
    updated_after: Option<Timestamp>,

    /// Reads only issues that were last updated before this time (UTC). Useful for a one-time export; leave it empty for
    /// recurring syncs, because an issue that changes later no longer matches.
    #[schemars(title = "Updated Before", extend("order" = 7))]
    pub updated_before: Option<Timestamp>,

    /// Reads only issues that were created at or after this time (UTC).
    #[schemars(title = "Created After", extend("order" = 8))]
    pub created_after: Option<Timestamp>,

    /// Reads only issues that were created before this time (UTC).
    #[schemars(title = "Created Before", extend("order" = 9))]
    pub created_before: Option<Timestamp>,

    /// An additional filter on issues in the Jira Query Language, for example: issuetype = Bug AND labels = customer. It is
    /// joined to the other filters by AND. Do not use ORDER BY.
    #[schemars(title = "JQL Filter", extend("order" = 10, "examples" = ["issuetype = Bug AND labels = customer"]))]
    jql: Option<Jql>,

    /// Whether archived projects and their issues are read as well.
    #[serde(default)]
    #[schemars(title = "Include Archived Projects", extend("order" = 11))]
    pub include_archived_projects: bool,
}

/// One filter that is set, as far as queries and states need to know it. Match on it without `_`: a new kind of filter
/// then compiles only where it is both asked for and remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter<'a> {
    /// Only issues of these projects (`exclude: false`), or of all others (`true`). What a change of it adds follows from
    /// the projects that match before and after.
    Projects { keys: &'a [String], exclude: bool },
    /// Only issues whose JQL field `field` is in the interval. What a change of it adds is the difference of the
    /// intervals.
    Dates { field: &'static str, interval: Interval },
    /// Only issues that meet a JQL condition, which the named option sets. Setting it adds nothing; what any other change of it
    /// adds is unknown.
    Condition { option: &'static str, jql: Cow<'a, str> },
    /// Issues of archived projects, too. What a change of it adds follows from the projects, as for `Projects`.
    Archived,
}

/// From `from` on and before `to`; open where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Filters {
    /// Every filter that is set, in the order in which queries contain them.
    pub fn each(&self) -> Vec<Filter<'_>> {
        let Self {
            projects,
            exclude_projects,
            start_date,
            updated_after,
            updated_before,
            created_after,
            created_before,
            jql,
            include_archived_projects,
        } = self;
        let keys = |keys: &'_ Vec<String>| !keys.is_empty();
        let dates = |field, from, to| {
            let interval = Interval { from, to };
            (interval != Interval::default()).then_some(Filter::Dates { field, interval })
        };
        let each = [
            keys(projects).then_some(Filter::Projects { keys: projects, exclude: false }),
            keys(exclude_projects).then_some(Filter::Projects { keys: exclude_projects, exclude: true }),
            dates("updated", (*start_date).max(*updated_after), *updated_before),
            dates("created", *created_after, *created_before),
            jql.as_ref().map(|jql| Filter::Condition { option: "jql", jql: Cow::Borrowed(jql.as_str()) }),
            include_archived_projects.then_some(Filter::Archived),
        ];
        each.into_iter().flatten().collect()
    }

    /// The lower limit on update times: the later of `start_date` and `updated_after`.
    pub fn updated_after(&self) -> Option<Timestamp> {
        self.start_date.max(self.updated_after)
    }

    /// The option `start_date` alone: Airbyte's connector knows no other lower limit.
    pub fn start_date(&self) -> Option<Timestamp> {
        self.start_date
    }

    /// The user's own condition. Safe to put in parentheses and join with AND.
    pub fn jql(&self) -> Option<&str> {
        self.jql.as_ref().map(Jql::as_str)
    }
}

/// Drops repeated keys, so that no project is read twice.
fn distinct<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let mut keys = Vec::new();
    for key in Vec::<String>::deserialize(deserializer)? {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// A point in time in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Timestamp(DateTime<Utc>);

/// A text is no timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not a date of the calendar; check month, day and time")]
pub struct TimestampError;

impl Timestamp {
    const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Epoch milliseconds.
    pub fn epoch_millis(self) -> i64 {
        self.0.timestamp_millis()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let time = NaiveDateTime::parse_from_str(text, Self::FORMAT);
        time.map(|time| Self(time.and_utc())).map_err(|_| TimestampError)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
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

/// What the schema cannot express about the filters.
pub(super) fn faults(root: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = project_faults(root);
    faults.extend(date_faults(root));
    if let Some(Err(problem)) = root.get("jql").and_then(Value::as_str).map(jql::check) {
        faults.push(Fault::new("jql", problem.to_string()));
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
        let problem = "is blank; write the key of a project, or remove it";
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
        parsed.map_err(|problem| faults.push(Fault::new(name, problem.to_string()))).ok().map(|time| (time, name))
    };
    let updated = (date("start_date").max(date("updated_after")), date("updated_before"));
    let created = (date("created_after"), date("created_before"));
    for bounds in [updated, created] {
        if let (Some((after, lower)), Some((before, upper))) = bounds
            && after >= before
        {
            faults.push(Fault::new(upper, format!("must be later than {lower} ({after}), or no issue can match")));
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
    fn the_later_lower_limit_applies() {
        let (early, late) = ("2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z");
        let table = [
            (json!({}), None),
            (json!({"start_date": early}), Some(early)),
            (json!({"updated_after": early}), Some(early)),
            (json!({"start_date": early, "updated_after": late}), Some(late)),
            (json!({"start_date": late, "updated_after": early}), Some(late)),
        ];
        for (options, expected) in table {
            let filters: Filters = serde_json::from_value(options).unwrap();
            assert_eq!(filters.updated_after().map(|time| time.to_string()).as_deref(), expected);
        }
    }
    #[test]
    fn each_filter_that_is_set_is_listed_once() {
        let filters = |options: Value| serde_json::from_value::<Filters>(options).unwrap();
        assert_eq!(filters(json!({"projects": [], "include_archived_projects": false})).each(), []);
        let (early, late) = ("2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z");
        let all = filters(json!({
            "projects": ["A", "B"], "exclude_projects": ["C"], "start_date": early, "updated_after": late,
            "created_before": late, "jql": "labels = x", "include_archived_projects": true,
        }));
        let (keys, excluded, late) = (["A".to_owned(), "B".to_owned()], ["C".to_owned()], late.parse().ok());
        let expected = [
            Filter::Projects { keys: &keys, exclude: false },
            Filter::Projects { keys: &excluded, exclude: true },
            Filter::Dates { field: "updated", interval: Interval { from: late, to: None } },
            Filter::Dates { field: "created", interval: Interval { from: None, to: late } },
            Filter::Condition { option: "jql", jql: "labels = x".into() },
            Filter::Archived,
        ];
        assert_eq!(all.each(), expected);
    }
}
