//! Recorded issues, wiki text and oddities included: every row equals its source body, member by member.
//!
//! The folder `records` here is made up. `RECORDS=folder cargo test --test integration any_folder` checks another one.

use crate::support::{Destination, Rows, Site, assert_rows};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const STREAMS: [&str; 13] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_attachments",
    "issue_links",
    "issue_remote_links",
    "sprint_issues",
    "projects",
    "users",
    "issue_types",
    "workflow_statuses",
    "issue_votes",
];

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap_or_default();
    text.split('\n').filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The bodies of a kind of child, embedded or in a file of their own, which goes first.
fn children(folder: &Path, file: &str, embedded: impl Fn(&Value) -> Vec<Value>) -> Rows {
    let mut rows = Rows::new();
    let keys: BTreeMap<String, Value> =
        lines(folder, "issues").iter().map(|issue| (id(&issue["id"]), issue["key"].clone())).collect();
    let mut add = |issue: &str, mut body: Value| {
        body["issueId"] = issue.into();
        body["issueKey"] = keys[issue].clone();
        rows.insert(id(&body["id"]), body);
    };
    for issue in lines(folder, "issues") {
        embedded(&issue).into_iter().for_each(|body| add(&id(&issue["id"]), body));
    }
    for line in lines(folder, file) {
        if keys.contains_key(&id(&line["issue_id"])) {
            add(&id(&line["issue_id"]), line["body"].clone());
        }
    }
    rows
}

/// Members that only rows have, taken from the rows: the sources know nothing of them.
fn with_ours(mut wanted: Rows, rows: &Rows, ours: &[&str]) -> Rows {
    for (key, row) in &mut wanted {
        for name in ours {
            row[name] = rows.get(key).map(|row| row[name].clone()).unwrap_or_default();
        }
    }
    wanted
}

/// Bulk answers give the time of a changelog entry as a number, without its time zone.
fn as_instants(rows: Rows) -> Rows {
    rows.into_iter().map(|(key, row)| (key, crate::support::plain("issue_changelogs", row))).collect()
}

fn check(folder: &Path) -> usize {
    let site = Site::recorded(folder);
    let mut destination = Destination::default();
    destination.load(&site.read(&STREAMS, "incremental", None).good());
    let issues = destination.table("issues");
    let mut wanted = Rows::new();
    for mut issue in lines(folder, "issues") {
        issue.as_object_mut().unwrap().remove("changelog");
        for (name, list, newest) in [("comment", "comments", true), ("worklog", "worklogs", false)] {
            // Longer lists are cut; what is cut off is compared below.
            let row = &issues[&id(&issue["id"])]["fields"][name];
            let all = list_of(&issue["fields"][name], list);
            let shown = list_of(row, list);
            assert!(!newest || all.ends_with(&shown), "{name} of {}", issue["key"]);
            if issue["fields"].get(name).is_some() {
                issue["fields"][name] = row.clone();
            }
        }
        wanted.insert(id(&issue["id"]), issue);
    }
    assert_rows("issues", issues, &with_ours(wanted, issues, &["projectId", "projectKey", "created", "updated"]));
    let field = |list_name: &'static str, name: &'static str| {
        move |issue: &Value| {
            if name.is_empty() { list(&issue["fields"][list_name]) } else { list(&issue["fields"][list_name][name]) }
        }
    };
    let table = |stream: &str| destination.table(stream);
    assert_rows("issue_comments", table("issue_comments"), &children(folder, "", field("comment", "comments")));
    assert_rows("issue_worklogs", table("issue_worklogs"), &children(folder, "worklogs", field("worklog", "worklogs")));
    let histories = children(folder, "changelogs", |issue| list(&issue["changelog"]["histories"]));
    let rows = as_instants(table("issue_changelogs").clone());
    assert_rows("issue_changelogs", &rows, &with_ours(as_instants(histories), &rows, &["updated"]));
    for (stream, file, list_name) in
        [("issue_attachments", "", "attachment"), ("issue_remote_links", "remotelinks", "")]
    {
        let wanted = children(folder, file, field(list_name, ""));
        assert_rows(stream, table(stream), &with_ours(wanted, table(stream), &["updated"]));
    }
    for (stream, file, key) in [
        ("projects", "projects", "id"),
        ("users", "users", "accountId"),
        ("issue_types", "issue_types", "id"),
        ("workflow_statuses", "statuses", "id"),
    ] {
        let wanted: Rows = lines(folder, file).into_iter().map(|body| (id(&body[key]), body)).collect();
        let rows = table(stream);
        for (key, body) in wanted {
            for (name, value) in body.as_object().unwrap() {
                assert_eq!(&rows[&key][name], value, "{stream} {key} {name}");
            }
        }
    }
    STREAMS.iter().map(|stream| table(stream).len()).sum()
}

fn list_of(page: &Value, name: &str) -> Vec<Value> {
    list(&page[name])
}

#[test]
fn recorded_issues_arrive_as_they_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("integration_tests/sync/records");
    assert!(check(&folder) > 100);
    let site = Site::recorded(&folder);
    let output = site.read(&["issue_links", "sprint_issues"], "incremental", None).good();
    let link = output.records("issue_links")[0];
    assert_eq!((&link["direction"], &link["linkedIssueKey"]), (&json!("inward"), &json!("AND-2")));
}

/// The folder that RECORDS names, such as one recorded at a real site; the made-up one without.
#[test]
fn any_folder_of_records() {
    let made_up = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration_tests/sync/records");
    let folder = std::env::var_os("RECORDS").map_or(made_up, PathBuf::from);
    let rows = check(&folder);
    println!("{rows} rows equal their sources");
    assert!(rows > 0, "{} holds no records", folder.display());
}
