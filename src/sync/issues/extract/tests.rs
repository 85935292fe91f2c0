//! Extractors, each on its own, and their list against the table of streams.

use super::*;
use crate::{
    config::Expand,
    jira::issue::Issue,
    streams::{self, SiteField},
    sync::fields::{Columns, Declared, Names},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The records that a stream extracts from an issue.
fn extracted(stream: &str, raw: &str, context: &ExtractContext) -> Vec<Value> {
    let issue = Issue::read(serde_json::from_str(raw).unwrap()).unwrap();
    let mut records = Vec::new();
    let mut emit = |write: &mut dyn FnMut(&mut Vec<u8>)| {
        let mut line = Vec::new();
        write(&mut line);
        assert!(!line.contains(&b'\n'));
        records.push(serde_json::from_slice(&line).unwrap());
    };
    let mut sink = Sink::new(&mut emit);
    match &find(stream).unwrap().extraction {
        Extraction::Issue(extract) => extract(&issue, context, &mut sink),
        other => panic!("{other:?}"),
    }
    records
}

#[test]
fn every_issue_stream_has_its_extractor() {
    let tables: BTreeSet<&str> =
        streams::ALL.iter().filter(|stream| stream.issues().is_some()).map(|stream| stream.name).collect();
    let extractors: BTreeSet<&str> = ALL.iter().map(|extractor| extractor.stream).collect();
    assert_eq!(tables, extractors);
    assert_eq!(extractors.len(), ALL.len(), "one has two extractors");
    for extractor in ALL {
        if let Extraction::PerIssue(of) = &extractor.extraction {
            let routes = streams::find(extractor.stream).unwrap().routes();
            assert!(routes.contains(&of.route), "{}: the table lacks {}", extractor.stream, of.route);
        }
    }
}

fn issue(raw: &str, columns: Columns, airbyte: bool) -> Value {
    let expands = [Expand::RenderedFields].into();
    let context = ExtractContext { expands, airbyte, columns: Arc::new(columns), ..ExtractContext::default() };
    extracted("issues", raw, &context).remove(0)
}

#[test]
fn rendered_fields_have_the_names_of_their_fields() {
    let names = Names::new([(7, "Release notes")].into_iter(), std::iter::empty(), &[]);
    let raw = r#"{"id":"1","renderedFields":{"customfield_7":"<p>x</p>","customfield_8":null},"fields":{}}"#;
    let rendered = |columns, airbyte| issue(raw, columns, airbyte)["renderedFields"].clone();
    let by_name = Columns::by_name(Declared::default(), names.clone(), false);
    assert_eq!(rendered(by_name.clone(), false), json!({"release_notes": "<p>x</p>", "customfield_8": null}));
    assert_eq!(rendered(by_name, true), json!({"release_notes": "<p>x</p>"}));
    let both = Columns::by_name(Declared::default(), names, true);
    let expected = json!({"customfield_7": "<p>x</p>", "release_notes": "<p>x</p>", "customfield_8": null});
    assert_eq!(rendered(both, false), expected);
    let by_id = json!({"customfield_7": "<p>x</p>", "customfield_8": null});
    assert_eq!(rendered(Columns::default(), false), by_id);
}

#[test]
fn for_airbyte_empty_fields_are_left_out_on_the_first_level_only() {
    let raw = r#"{"id":"1","renderedFields":{"a":null,"b":[null]},"fields":{"c":null,"d":{"e":null},"f":""}}"#;
    let (whole, bare) = (issue(raw, Columns::default(), false), issue(raw, Columns::default(), true));
    assert_eq!(
        (&whole["renderedFields"], &whole["fields"]),
        (&json!({"a": null, "b": [null]}), &json!({"c": null, "d": {"e": null}, "f": ""}))
    );
    assert_eq!(
        (&bare["renderedFields"], &bare["fields"]),
        (&json!({"b": [null]}), &json!({"d": {"e": null}, "f": ""}))
    );
    let none = issue(r#"{"id":"1","renderedFields":null,"fields":{}}"#, Columns::default(), true);
    assert_eq!(none["renderedFields"], Value::Null);
}

#[test]
fn a_sprint_is_one_record_whatever_its_id() {
    let site_fields = BTreeMap::from([(SiteField::Sprint, vec!["sprint".to_owned()])]);
    let context = ExtractContext { site_fields, ..ExtractContext::default() };
    for (id, row) in [("7", "7-5"), (r#""7""#, "7-5"), (r#""""#, "-5"), (r#""a\"b""#, "a\"b-5")] {
        let raw = format!(r#"{{"id":"5","fields":{{"sprint":[{{"id":{id}}}],"status":"s"}}}}"#);
        let records = extracted("sprint_issues", &raw, &context);
        assert_eq!((records.len(), &records[0]["id"]), (1, &json!(row)));
        assert_eq!(records[0]["sprintId"], serde_json::from_str::<Value>(id).unwrap(), "as it came");
        assert_eq!(records[0]["fields"]["status"], "s");
    }
}
