//! Which streams and properties are read, and how.

use super::harness::{chosen, discovered, entry, read, records, say, schema, tap};
use crate::support::{Output, Site, assert_singer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn with(site: &Site, catalog: &Value) -> Output {
    let output = Output::of(tap(site, &site.config(), Some(catalog), None));
    assert_singer(&output);
    output
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn properties_left_out_are_in_no_record_and_not_in_the_schema() {
    let site = Site::new(40, 41, "");
    let mut catalog = chosen(&site, &["issues"]);
    for name in ["self", "expand", "key", "fields"] {
        say(&mut catalog, "issues", &[name], "selected", false);
    }
    // What is automatic cannot be left out.
    for name in ["id", "updated"] {
        say(&mut catalog, "issues", &[name], "selected", false);
    }
    let output = with(&site, &catalog);
    let schema = &schema(&output, "issues")["schema"];
    let left = names(&schema["properties"]);
    assert!(left.contains("id") && left.contains("updated") && left.contains("projectKey"), "{left:?}");
    let issues = records(&output, "issues");
    assert_eq!(issues.len(), site.truth("issues").len());
    for name in ["self", "expand", "key", "fields"] {
        assert!(!left.contains(name), "{name}");
        assert!(issues.iter().all(|issue| issue.get(name).is_none()), "{name}");
    }
    assert!(issues.iter().all(|issue| issue["projectKey"].is_string() && issue["updated"].is_string()));
}

#[test]
fn properties_of_properties_are_left_out_alike() {
    let site = Site::new(40, 42, "");
    let mut catalog = chosen(&site, &["issues"]);
    let fields = entry(&mut catalog, "issues")["schema"]["properties"]["fields"]["properties"].clone();
    for name in names(&fields) {
        say(&mut catalog, "issues", &["fields", name], "selected", name == "summary" || name == "status");
    }
    let output = with(&site, &catalog);
    for issue in records(&output, "issues") {
        // Neither the custom fields, which the schema may not name.
        assert_eq!(names(&issue["fields"]), BTreeSet::from(["status", "summary"]));
        assert!(issue["key"].is_string());
    }
    assert!(names(&records(&output, "issues")[0]["fields"]["status"]).contains("statusCategory"));
}

#[test]
fn nothing_is_lost_where_nothing_is_left_out() {
    let site = Site::new(40, 43, "");
    let output = read(&site, &["issues"], None);
    let truth = site.truth("issues");
    for issue in records(&output, "issues") {
        let known = truth.iter().find(|known| known["id"] == issue["id"]).expect("an issue");
        assert_eq!(names(&issue["fields"]), names(&known["fields"]));
    }
}

/// What is said, and whether the stream is read.
type Case = (&'static str, fn(&mut Value), bool);

#[test]
fn what_counts_is_what_was_said_and_then_the_default() {
    let site = Site::new(20, 44, "");
    // Each says something of labels alone; boards stay selected.
    let cases: [Case; 10] = [
        ("by default", |_| (), true),
        ("selected", |catalog| say(catalog, "labels", &[], "selected", true), true),
        ("not selected", |catalog| say(catalog, "labels", &[], "selected", false), false),
        ("selected is null", |catalog| say(catalog, "labels", &[], "selected", Value::Null), true),
        ("not by default", |catalog| say(catalog, "labels", &[], "selected-by-default", false), false),
        ("unsupported", |catalog| say(catalog, "labels", &[], "inclusion", "unsupported"), false),
        (
            "metadata without a word",
            |catalog| entry(catalog, "labels")["metadata"] = json!([{"breadcrumb": [], "metadata": {}}]),
            false,
        ),
        ("no metadata", |catalog| entry(catalog, "labels")["metadata"] = json!([]), true),
        (
            "an old catalog, beside the schema",
            |catalog| {
                entry(catalog, "labels")["metadata"] = json!(null);
                entry(catalog, "labels")["selected"] = json!(false);
            },
            false,
        ),
        (
            "an old catalog, in the schema",
            |catalog| {
                entry(catalog, "labels")["metadata"] = json!(null);
                entry(catalog, "labels")["schema"]["selected"] = json!(false);
            },
            false,
        ),
    ];
    for (case, change, expected) in cases {
        let mut catalog = discovered(&site).0;
        catalog["streams"]
            .as_array_mut()
            .expect("streams")
            .retain(|entry| entry["stream"] == "labels" || entry["stream"] == "boards");
        change(&mut catalog);
        let output = with(&site, &catalog);
        assert_eq!(!records(&output, "labels").is_empty(), expected, "{case}");
        assert!(!records(&output, "boards").is_empty(), "{case}");
    }
}

#[test]
fn unsupported_properties_and_those_of_old_catalogs_are_left_out() {
    let site = Site::new(20, 45, "");
    let mut catalog = chosen(&site, &["boards"]);
    say(&mut catalog, "boards", &["name"], "inclusion", "unsupported");
    say(&mut catalog, "boards", &["name"], "selected", true);
    say(&mut catalog, "boards", &["type"], "selected-by-default", false);
    entry(&mut catalog, "boards")["schema"]["properties"]["self"]["selected"] = false.into();
    let output = with(&site, &catalog);
    for board in records(&output, "boards") {
        assert!(["name", "type", "self"].iter().all(|name| board.get(name).is_none()), "{board}");
        assert!(board["location"].is_object() || board["projectId"].is_null(), "{board}");
    }
}

#[test]
fn a_stream_can_be_refreshed_in_full_each_time() {
    let site = Site::new(40, 46, "");
    let all = site.truth("issues").len();
    let ways: [fn(&mut Value); 2] = [
        |catalog| say(catalog, "issues", &[], "replication-method", "FULL_TABLE"),
        |catalog| {
            say(catalog, "issues", &[], "replication-method", Value::Null);
            entry(catalog, "issues")["replication_method"] = "FULL_TABLE".into();
        },
    ];
    for way in ways {
        let mut catalog = chosen(&site, &["issues"]);
        way(&mut catalog);
        let first = with(&site, &catalog);
        let state = assert_singer(&first).state;
        assert_eq!(schema(&first, "issues").get("bookmark_properties"), None);
        let second = Output::of(tap(&site, &site.config(), Some(&catalog), state.as_ref()));
        assert_singer(&second);
        assert_eq!((records(&first, "issues").len(), records(&second, "issues").len()), (all, all));
    }
}

/// Meltano's users say it once for all streams.
#[test]
fn full_refresh_streams_are_refreshed_in_incremental_mode() {
    let site = Site::new(20, 47, "");
    let mut catalog = chosen(&site, &["labels"]);
    say(&mut catalog, "labels", &[], "replication-method", "INCREMENTAL");
    let state = assert_singer(&with(&site, &catalog)).state;
    let second = Output::of(tap(&site, &site.config(), Some(&catalog), state.as_ref()));
    assert_singer(&second);
    assert_eq!(records(&second, "labels").len(), site.truth("labels").len());
}

#[test]
fn the_schema_of_the_catalog_counts() {
    let site = Site::new(20, 48, "");
    let mut catalog = chosen(&site, &["boards"]);
    entry(&mut catalog, "boards")["schema"]["properties"]["name"]["description"] = "changed".into();
    assert_eq!(schema(&with(&site, &catalog), "boards")["schema"]["properties"]["name"]["description"], "changed");
    // One that has none takes the connector's own.
    entry(&mut catalog, "boards")["schema"] = json!({});
    assert!(schema(&with(&site, &catalog), "boards")["schema"]["properties"]["name"]["type"].is_array());
}

#[test]
fn nothing_selected_is_a_short_run() {
    let site = Site::new(20, 49, "");
    let output = read(&site, &[], None);
    assert_eq!((output.code, output.messages.len()), (Some(0), 0));
    assert!(output.stderr.contains("WARN The catalog selects no stream"), "{}", output.stderr);
}
