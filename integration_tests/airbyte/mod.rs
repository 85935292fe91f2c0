//! In the place of Airbyte's source-jira: its states, its ways, and back to it.

mod compatibility;
mod shapes;
mod start;
mod switching_back;

use crate::support::{Destination, Output, Site, catalog, time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The streams that its connector and ours both read incrementally out of issues.
pub const SHARED: [&str; 5] = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs", "sprint_issues"];

/// An issue, as far as positions go.
#[derive(Clone, Copy)]
pub struct Place {
    pub project: u64,
    pub created: i64,
    pub updated: i64,
}

/// The issues of the site by id.
pub fn places(site: &Site) -> BTreeMap<String, Place> {
    let moment = |row: &Value, name: &str| time::parse(row["fields"][name].as_str().unwrap()).unwrap();
    let place = |row: &Value| Place {
        project: row["fields"]["project"]["id"].as_str().unwrap().parse().unwrap(),
        created: moment(row, "created"),
        updated: moment(row, "updated"),
    };
    site.truth("issues").iter().map(|row| (row["id"].as_str().unwrap().to_owned(), place(row))).collect()
}

/// The issue of a row.
pub fn issue_of<'a>(stream: &str, row: &'a Value) -> &'a str {
    row[if stream == "issues" { "id" } else { "issueId" }].as_str().unwrap()
}

/// What is in the destination of Airbyte's connector: those rows of a full read that it had sent.
pub fn destination(full: &Destination, had: impl Fn(&str, &Value) -> bool) -> Destination {
    let mut its = Destination::default();
    for (stream, table) in &full.tables {
        let rows = table.iter().filter(|(_, row)| had(stream, row)).map(|(key, row)| (key.clone(), row.clone()));
        its.tables.insert(stream.clone(), rows.collect());
    }
    its
}

/// A full read with our own ways.
pub fn full(site: &Site) -> Destination {
    let mut destination = Destination::default();
    let config = site.config_with(json!({"compatibility": "none"}));
    destination.load(&site.read_with(&config, &catalog(&SHARED, "incremental"), None).good());
    destination
}

pub fn message(stream: &str, state: &Value) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}})
}

/// A moment as its connector writes it.
pub fn text(millis: i64) -> String {
    time::format(millis).replace(".000", "")
}

pub fn sent(output: &Output, stream: &str) -> BTreeSet<String> {
    output.records(stream).iter().map(|row| issue_of(stream, row).to_owned()).collect()
}

/// The last state of a stream.
pub fn state_of(output: &Output, stream: &str) -> Value {
    let state = output.state();
    let of = |state: &&Value| state["stream"]["stream_descriptor"]["name"] == stream;
    state.as_array().unwrap().iter().find(of).unwrap()["stream"]["stream_state"].clone()
}
