//! Compares what a destination holds with the site's truth, and says what differs without printing whole tables.

use super::{
    destination::Destination,
    expected::{Rows, expected, held, plain},
    site::Site,
};
use serde_json::Value;

/// Members of issues that show other issues, or change without `updated`: they are as old as the last change.
const NEIGHBOURS: [&str; 5] = ["parent", "subtasks", "issuelinks", "votes", "watches"];

/// Lists that the site cuts in issues; they have streams of their own.
const CUT: [&str; 2] = ["comment", "worklog"];

/// The destination holds exactly the expected rows, each member of each.
pub fn assert_equal(site: &Site, destination: &Destination, streams: &[&str]) {
    for stream in streams {
        if *stream == "sprints" {
            assert_sprints(site, destination);
            continue;
        }
        let rows: Rows =
            destination.table(stream).iter().map(|(key, row)| (key.clone(), plain(stream, row.clone()))).collect();
        assert_rows(stream, &rows, &expected(site, stream));
    }
}

/// Two sets of rows are the same.
pub fn assert_rows(stream: &str, rows: &Rows, expected: &Rows) {
    let missing: Vec<&String> = expected.keys().filter(|key| !rows.contains_key(*key)).collect();
    let extra: Vec<&String> = rows.keys().filter(|key| !expected.contains_key(*key)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{stream}: missing {missing:?}, not in the site {extra:?}");
    for (key, row) in expected {
        if let Some(difference) = difference(row, &rows[key], "") {
            panic!("{stream} {key}: {difference}");
        }
    }
}

/// The destination holds all that the site holds now. Rows deleted from the site may stay, and what only other
/// issues show of an issue may be old.
pub fn assert_holds(site: &Site, destination: &Destination, streams: &[&str]) {
    for stream in streams {
        let rows = destination.table(stream);
        for (key, wanted) in held(site, stream) {
            let Some(row) = rows.get(&key) else { panic!("{stream}: {key} is missing; the site has {wanted}") };
            let wanted_updated = wanted["fields"]["updated"].clone();
            let (mut wanted, mut row) = (plain(stream, wanted), plain(stream, row.clone()));
            if *stream == "issue_links" {
                for side in ["inwardIssue", "outwardIssue"] {
                    wanted[side] = wanted[side]["id"].clone();
                    row[side] = row[side]["id"].clone();
                }
                // A neighbour that moved has another key.
                wanted["linkedIssueKey"] = row["linkedIssueKey"].clone();
            }
            if *stream == "issues" {
                let fields = wanted["fields"].as_object_mut().expect("fields are an object");
                let found = row["fields"].as_object_mut().expect("fields are an object");
                for name in NEIGHBOURS.iter().chain(&CUT) {
                    fields.remove(*name);
                    found.remove(*name);
                }
            }
            for (name, wanted) in wanted.as_object().expect("a row is an object") {
                // Only we know `updated` of changelogs.
                if !(*stream == "issue_changelogs" && name == "updated")
                    && let Some(difference) = difference(wanted, &row[name], name)
                {
                    let (old, new) = (&row["updated"], &wanted_updated);
                    panic!("{stream} {key}: {difference} (sent at {old}, changed at {new})");
                }
            }
        }
    }
}

/// Each sprint of the site is there at least once, as the site has it, under the boards that show it.
fn assert_sprints(site: &Site, destination: &Destination) {
    let mut rows = Rows::new();
    for (key, row) in destination.table("sprints") {
        let mut row = row.clone();
        let board = row["boardId"].take();
        assert_eq!(*key, format!("{board}/{}", row["id"]));
        assert!(site.truth("boards").iter().any(|known| known["id"] == board), "no board {board}");
        row.as_object_mut().expect("a row is an object").remove("boardId");
        rows.insert(row["id"].to_string(), row);
    }
    assert_rows("sprints", &rows, &site.truth_by("sprints", &["id"]));
}

/// The first place where two values differ.
pub fn difference(wanted: &Value, found: &Value, path: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            let here = wanted.iter().find_map(|(name, value)| match found.get(name) {
                Some(found) => difference(value, found, &format!("{path}.{name}")),
                None => Some(format!("{path}.{name} is missing; the site has {}", short(value))),
            });
            here.or_else(|| {
                let extra = found.iter().find(|(name, _)| !wanted.contains_key(*name));
                extra.map(|(name, value)| format!("{path}.{name} is not in the site: {}", short(value)))
            })
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(at, (wanted, found))| difference(wanted, found, &format!("{path}[{at}]"))),
        _ if wanted == found => None,
        _ => Some(format!("{path} is {}; the site has {}", short(found), short(wanted))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
