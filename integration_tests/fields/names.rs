//! Custom fields under names that every destination can use: the same values, no collisions, and no column moves.

use super::{catalog, discover, named, schema, site};
use crate::support::{self, Destination, Site};
use jira_simulator::Edit;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const POINTS: &str = "customfield_10024";
/// A condition that every issue meets.
const ALL: &str = "labels is EMPTY or labels is not EMPTY";

/// The fields of each issue by its id.
fn fields(site: &Site, names: &str) -> BTreeMap<String, Map<String, Value>> {
    let output = site.read_with(&named(site, names), &catalog(&json!({}), "full_refresh"), None).good();
    let of = |record: &&Value| {
        let fields = record["fields"].as_object().expect("fields").clone();
        (record["id"].as_str().expect("an id").to_owned(), fields)
    };
    output.records("issues").iter().map(of).collect()
}

/// What a field of the schema stands for.
fn ids(site: &Site) -> BTreeMap<String, String> {
    let schema = schema(&discover(site, &named(site, "name")));
    let fields = schema["properties"]["fields"]["properties"].as_object().expect("fields");
    let marked =
        fields.iter().filter_map(|(name, field)| Some((name.clone(), field.get("jira_field")?.as_str()?.to_owned())));
    marked.collect()
}

#[test]
fn names_hold_the_values_of_their_ids() {
    let site = site(120);
    let (by_id, by_name, both) = (fields(&site, "id"), fields(&site, "name"), fields(&site, "both"));
    let ids = ids(&site);
    assert!(by_id.len() > 80 && ids.len() > 100);
    for (issue, plain) in &by_id {
        let renamed: Map<String, Value> =
            by_name[issue].iter().map(|(name, value)| (ids.get(name).unwrap_or(name).clone(), value.clone())).collect();
        assert_eq!(&renamed, plain, "{issue}");
        let mut all = plain.clone();
        all.extend(by_name[issue].clone());
        assert_eq!(both[issue], all, "{issue}");
    }
}

#[test]
fn names_are_safe_and_no_two_collide() {
    let site = site(60);
    let (by_name, ids) = (fields(&site, "name"), ids(&site));
    for (name, id) in [
        ("story_points", POINTS),
        ("severity", "customfield_10032"),
        ("severity_10051", "customfield_10051"),
        ("severity_10051_10202", "customfield_10202"),
        ("fix_versions_10204", "customfield_10204"),
        ("summary_10205", "customfield_10205"),
        ("field_2nd_approver", "customfield_10207"),
        ("a_very_long_name_of_a_field_that_says_all_there", "customfield_10209"),
        ("shown_by_the_search_only", "customfield_10220"),
        ("grosse", "customfield_10223"),
    ] {
        assert_eq!(ids.get(name).map(String::as_str), Some(id), "{name}: {ids:#?}");
    }
    for fields in by_name.values() {
        let bare = |name: &String| name.replace('_', "").to_lowercase();
        assert_eq!(fields.keys().map(bare).collect::<BTreeSet<_>>().len(), fields.len());
        let kept: Vec<&str> =
            fields.keys().map(String::as_str).filter(|name| name.starts_with("customfield_")).collect();
        let nameless = ["customfield_10203", "customfield_10206", "customfield_10208"];
        assert!(kept.iter().all(|id| nameless.contains(id) || !ids.values().any(|known| known == id)), "{kept:?}");
        assert!(nameless.iter().all(|id| kept.contains(id)), "{kept:?}");
    }
}

/// An issue that has the field, and one more edit of it, so that it is read again.
fn touch(site: &Site, number: u32) -> String {
    let issue = site.truth("issues").into_iter().find(|issue| issue["fields"].get(POINTS).is_some()).expect("one");
    let id = issue["id"].as_str().expect("an id").to_owned();
    let value = json!(f64::from(number));
    site.edit(Edit::SetField { issue: id.clone(), field: POINTS.into(), value }).expect("a field that can be set");
    id
}

#[test]
fn a_rename_on_the_site_moves_no_column() {
    let site = site(60);
    let config = site.config_with(json!({"custom_field_names": "name", "jql": ALL}));
    let before = schema(&discover(&site, &config));
    let mut destination = Destination::default();
    destination.load(&site.read_with(&config, &catalog(&before, "incremental"), None).good());
    site.edit(Edit::RenameField { field: POINTS.into(), name: "Größe".into() }).expect("a custom field");
    let issue = touch(&site, 21);
    let after = schema(&discover(&site, &config));
    assert!(after["properties"]["fields"]["properties"].get("grosse").is_some());
    // The state knows the name, whatever the catalog says by now, and whatever causes a full refresh.
    for (jql, anew) in [(ALL, false), ("status is not EMPTY", true)] {
        let config = site.config_with(json!({"custom_field_names": "name", "jql": jql}));
        let next = site.read_with(&config, &catalog(&after, "incremental"), Some(&destination.state())).good();
        let records = next.records("issues");
        let row = records.iter().find(|record| record["id"] == *issue).expect("the issue has changed");
        assert_eq!(row["fields"]["story_points"], 21.0);
        assert!(records.iter().all(|record| record["fields"].get("grosse_10024").is_none()));
        assert_eq!(next.logs().iter().any(|text| text.contains("read in full.")), anew, "{jql}");
        let state = next.state();
        assert_eq!(state[0]["stream"]["stream_state"]["field_names"]["10024"], "story_points", "{state:#}");
    }
    // Without a state the catalog knows it; without either, the site.
    for (schema, expected) in [(&before, "story_points"), (&json!({}), "grosse")] {
        let output = site.read_with(&config, &catalog(schema, "full_refresh"), None).good();
        let records = output.records("issues");
        let row = records.iter().find(|record| record["id"] == *issue).expect("the issue");
        assert_eq!(row["fields"][expected], 21.0, "{:#}", row["fields"]);
    }
}

#[test]
fn other_streams_keep_the_ids() {
    let site = site(80);
    let streams = ["issues", "sprint_issues", "issue_changelogs"];
    touch(&site, 5);
    let rows = |names: &str| {
        let mut rows = Destination::default();
        rows.load(&site.read_with(&named(&site, names), &support::catalog(&streams, "full_refresh"), None).good());
        (rows.table("sprint_issues").clone(), rows.table("issue_changelogs").clone())
    };
    let (by_id, by_name) = (rows("id"), rows("name"));
    assert!(by_id.0.values().any(|row| row["fields"].get(POINTS).is_some()));
    let changed =
        |row: &Value| row["items"].as_array().is_some_and(|items| items.iter().any(|item| item["fieldId"] == POINTS));
    assert!(by_id.1.values().any(changed));
    assert_eq!(by_name, by_id);
}

#[test]
fn names_cost_two_lists_and_ids_none() {
    let site = site(30);
    let asked = |names: &str| {
        site.reset_log();
        site.read_with(&named(&site, names), &support::catalog(&["issues"], "full_refresh"), None).good();
        let log = site.log();
        (log.count("GET /rest/api/3/field"), log.count("GET /rest/api/3/field/search"), log.requests)
    };
    let (id, name) = (asked("id"), asked("name"));
    assert_eq!(((id.0, id.1), (name.0, name.1), name.2), ((0, 0), (1, 3), id.2 + 4));
}

#[test]
fn fields_that_cannot_be_listed_stop_the_stream_before_its_first_record() {
    let site = site(30);
    site.change("[[fault]]\nroute = \"/rest/api/3/field/search\"\nkind = \"bad_request\"\n");
    let output = site.read_with(&named(&site, "name"), &support::catalog(&["issues"], "incremental"), None);
    assert_eq!((output.code, output.records("issues").len()), (Some(1), 0));
    assert!(output.errors()[0].contains("/rest/api/3/field/search"), "{:?}", output.errors());
    // What the account may not list stays under its id.
    site.change("[[fault]]\nroute = \"/rest/api/3/field/search\"\nkind = \"forbidden\"\n");
    let output = site.read_with(&named(&site, "name"), &support::catalog(&["issues"], "incremental"), None).good();
    let has = |name: &str| output.records("issues").iter().any(|record| record["fields"].get(name).is_some());
    assert!(has("story_points") && has("customfield_10220") && !has("shown_by_the_search_only"));
    assert!(output.logs().iter().any(|text| text.contains("stay under their IDs")), "{:?}", output.logs());
}
