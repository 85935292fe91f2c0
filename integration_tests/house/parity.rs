//! Airbyte's catalogue against ours: no stream and no property of it is missing, and what differs says why.
//!
//! Airbyte's schemas are no part of this repository: `PARITY` names the file that describes them, and without it there is
//! nothing to compare. `PARITY_WRITE` writes docs/parity.md rather than compare it.

use super::source::{read, root};
use crate::support::schemas;
use serde_json::Value;
use source_jira::streams::{self, Stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Where we differ: stream (`*` for any), what of it (`key`, `cursor`, or a property), and why that is better. `compatibility`
/// in the config brings Airbyte's keys back.
const BETTER: &[(&str, &str, &str)] = &[
    ("*", "cursor", "read incrementally, too"),
    ("issue_votes", "key", "Airbyte has none, so nothing can be deduplicated"),
    ("issue_watchers", "key", "Airbyte has none, so nothing can be deduplicated"),
    ("issue_properties", "key", "issues share their property keys"),
    ("sprints", "key", "a sprint shows on several boards, and each of them gives a record"),
    ("avatars", "key", "Jira numbers the pictures of each type by themselves"),
    ("project_avatars", "key", "projects share the system's avatars"),
    ("project_permission_schemes", "key", "projects share their security levels"),
    ("project_types", "key", "Airbyte has none, so nothing can be deduplicated"),
    ("screen_tab_fields", "key", "a field stands on many screens"),
    ("board_issues", "key", "an issue shows on several boards"),
    ("issue_navigator_settings", "key", "Airbyte has none, so nothing can be deduplicated"),
    ("issue_transitions", "fields", "Jira sends an object"),
    ("board_issues", "fields.closedSprints", "Jira sends a list"),
    ("board_issues", "fields.comment", "Jira sends a page object"),
    ("board_issues", "fields.worklog", "Jira sends a page object"),
    ("board_issues", "fields.description", "Jira sends an Atlassian document"),
    ("issues", "renderedFields.*", "rendered values can be objects and lists"),
    ("sprint_issues", "fields.closedSprints", "Jira sends a list"),
    ("sprint_issues", "fields.comment", "Jira sends a page object"),
    ("sprint_issues", "fields.worklog", "Jira sends a page object"),
    ("sprint_issues", "fields.description", "Jira sends an Atlassian document"),
];

/// Airbyte's streams that we don't have, and why not.
const LEFT_OUT: &[(&str, &str)] = &[];

fn because(stream: &str, what: &str) -> Option<&'static str> {
    let fits =
        |of: &str, wanted: &str| of == wanted || of.strip_suffix('*').is_some_and(|begin| wanted.starts_with(begin));
    BETTER.iter().find(|(of, part, _)| fits(of, stream) && fits(part, what)).map(|(.., why)| *why)
}

/// One comparison: what the page says, and what is wrong.
#[derive(Default)]
struct Compared {
    page: String,
    faults: Vec<String>,
}

fn compared(theirs: &BTreeMap<String, Value>) -> Compared {
    let mut done = Compared { page: HEAD.to_owned(), faults: Vec::new() };
    for (name, theirs) in theirs {
        match (streams::find(name), LEFT_OUT.iter().find(|(left_out, _)| left_out == name)) {
            (Some(ours), _) => stream(&mut done, ours, theirs),
            (None, Some((_, why))) => {
                let _ = writeln!(done.page, "| {name} | left out: {why} | | | |");
            }
            (None, None) => done.faults.push(format!("the stream {name} is missing")),
        }
    }
    let own: Vec<String> =
        streams::ALL.iter().map(|ours| ours.name).filter(|name| !theirs.contains_key(*name)).map(linked).collect();
    let _ = write!(done.page, "\nBesides, there are {}.\n", own.join(", "));
    done
}

const HEAD: &str = "<!-- Made by `.ci/parity --write`; edit the test, not this page. -->\n# Beside Airbyte's catalogue\n\n\
    Each stream of Airbyte's Jira source against the same one here. Every property of theirs is there under its name; types are \
    equal, or ours permit theirs and more. `key` and `cursor` are equal unless the table says otherwise; a reason stands where \
    something differs. Beside each type, null is permitted.\n\n\
    | Stream | Key | Cursor | Their properties | Types |\n|---|---|---|---|---|\n";

fn linked(name: &str) -> String {
    format!("[{name}](streams.md#{name})")
}

fn stream(done: &mut Compared, ours: &Stream, theirs: &Value) {
    let schema: Value = serde_json::from_str(ours.schema).expect("a JSON schema");
    let key = reported(done, ours.name, "key", &list(&theirs["primary_key"]), ours.primary_key);
    let cursor = reported(done, ours.name, "cursor", &list(&theirs["cursor_field"]), ours.cursor().as_slice());
    let declared: BTreeMap<String, &Value> = schemas::properties(&schema).into_iter().collect();
    let wanted = wanted(theirs);
    let mut differing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, property) in &wanted {
        let what = format!("{}.{path}", ours.name);
        let Some(found) = declared.get(path) else {
            done.faults.push(format!("{what} is missing"));
            continue;
        };
        let (types, format) = (types(&found["type"]), found["format"].as_str());
        if property.format.is_some() && format != property.format.as_deref() {
            done.faults.push(format!("{what} has the format {format:?}, not {:?}", property.format));
        }
        if types == property.types || property.types.is_empty() {
            continue;
        }
        // What Jira really sends may be nothing of what theirs declare.
        match because(ours.name, path).filter(|why| types.is_superset(&property.types) || why.starts_with("Jira sends"))
        {
            Some(why) => differing.entry(why).or_default().push(path),
            None => done.faults.push(format!("{what} is {types:?}, not {:?}", property.types)),
        }
    }
    let differing: Vec<String> =
        differing.iter().map(|(why, paths)| format!("`{}`: {why}", paths.join("`, `"))).collect();
    let differing = if differing.is_empty() { "equal".to_owned() } else { differing.join("; ") };
    let name = linked(ours.name);
    let _ = writeln!(done.page, "| {name} | {key} | {cursor} | all {} | {differing} |", wanted.len());
}

/// A key or cursor: equal, or why not.
fn reported(done: &mut Compared, stream: &str, what: &str, theirs: &[String], ours: &[&str]) -> String {
    if theirs == ours {
        return if ours.is_empty() { "–".to_owned() } else { format!("`{}`", ours.join("`, `")) };
    }
    match because(stream, what).filter(|_| !ours.is_empty() && (what == "key" || theirs.is_empty())) {
        Some(why) => format!("`{}`: {why}", ours.join("`, `")),
        None => {
            done.faults.push(format!("{stream} has the {what} {ours:?}, not {theirs:?}"));
            String::new()
        }
    }
}

#[derive(Debug)]
struct Property {
    types: BTreeSet<String>,
    format: Option<String>,
}

/// Airbyte's properties by path. A date-time of a nested one stands among its types.
fn wanted(theirs: &Value) -> BTreeMap<String, Property> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for (name, declared) in members(&theirs["properties"]) {
        let format = theirs["formats"][&name].as_str().map(str::to_owned);
        found.insert(name, Property { types: types(&declared), format });
    }
    for (above, below) in members(&theirs["nested_properties"]) {
        for (name, declared) in members(&below) {
            let mut types = types(&declared);
            let format = types.take("date-time");
            found.insert(format!("{above}.{name}"), Property { types, format });
        }
    }
    found
}

/// The types besides null.
fn types(declared: &Value) -> BTreeSet<String> {
    list(declared).into_iter().filter(|name| name != "null").collect()
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(only) => vec![only.clone()],
        value => value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

#[test]
fn nothing_of_airbytes_catalogue_is_missing_and_differences_say_why() {
    let Ok(path) = std::env::var("PARITY") else { return };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let done = compared(&serde_json::from_str(&text).expect("streams by name"));
    if std::env::var_os("PARITY_WRITE").is_some() {
        std::fs::write(root().join("docs/parity.md"), &done.page).expect("docs/ can be written");
    }
    assert!(done.faults.is_empty(), "{:#?}", done.faults);
    assert!(read("docs/parity.md") == done.page, "docs/parity.md is out of date; run `.ci/parity --write`");
}

/// The comparison itself, on a catalogue made up of ours.
#[test]
fn every_kind_of_difference_is_found() {
    let with = |change: fn(&mut Value)| {
        let mut labels = serde_json::json!({"primary_key": ["label"], "cursor_field": null,
            "properties": {"label": ["string", "null"]}, "formats": {}});
        change(&mut labels);
        compared(&BTreeMap::from([("labels".to_owned(), labels)])).faults
    };
    assert_eq!(with(|_| ()), [""; 0]);
    for (change, expected) in [
        (
            (|labels| labels["primary_key"] = "id".into()) as fn(&mut Value),
            "labels has the key [\"label\"], not [\"id\"]",
        ),
        (|labels| labels["cursor_field"] = "updated".into(), "labels has the cursor [], not [\"updated\"]"),
        (|labels| labels["properties"]["label"] = "array".into(), "labels.label is {\"string\"}, not {\"array\"}"),
        (|labels| labels["properties"]["colour"] = "string".into(), "labels.colour is missing"),
        (|labels| labels["formats"]["label"] = "date".into(), "labels.label has the format None, not Some(\"date\")"),
        (|labels| labels["nested_properties"]["label"]["size"] = "string".into(), "labels.label.size is missing"),
    ] {
        assert_eq!(with(change), [expected]);
    }
    let unknown = compared(&BTreeMap::from([("moons".to_owned(), Value::Null)]));
    assert_eq!(unknown.faults, ["the stream moons is missing"]);
}

#[test]
fn reasons_are_about_streams_that_exist_and_stand_once() {
    let mut seen = BTreeSet::new();
    for (stream, what, why) in BETTER {
        assert!(*stream == "*" || streams::find(stream).is_some(), "{stream}");
        assert!(seen.insert((stream, what)) && why.len() > 10 && !why.ends_with('.'), "{stream}.{what}");
    }
}
