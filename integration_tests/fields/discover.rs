//! `discover` lists the custom fields of a site, and everything else where it can't.

use super::{catalog, discover, named, schema, site};
use crate::support::{Form, Output, Site, schemas};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The custom fields of a schema: id or name, with its types and format.
fn custom(schema: &Value) -> BTreeMap<String, String> {
    let fields = schema["properties"]["fields"]["properties"].as_object().expect("fields");
    let custom = fields.iter().filter(|(_, field)| described(field).contains(": custom field customfield_"));
    custom.map(|(name, field)| (name.clone(), kind(field))).collect()
}

fn described(field: &Value) -> &str {
    field["description"].as_str().expect("a description")
}

fn kind(field: &Value) -> String {
    let types: Vec<&str> = field["type"].as_array().expect("types").iter().filter_map(Value::as_str).collect();
    match (&types[1..], field["format"].as_str(), &field["items"]) {
        (_, Some(format), _) => format.to_owned(),
        (["array"], _, items) => format!("[{}]", kind(items)),
        (types, ..) => types.join("|"),
    }
}

fn warnings(output: &Output) -> Vec<&str> {
    output.logs().into_iter().filter(|text| text.contains("custom fields")).collect()
}

#[test]
fn the_custom_fields_of_both_lists_are_in_the_schema_with_their_types() {
    let site = site(1);
    let output = discover(&site, &site.config());
    assert_eq!((output.messages.len(), output.stderr.as_str()), (1, ""));
    let found = custom(&schema(&output));
    let listed = site.truth("fields");
    let mut expected: BTreeSet<&str> =
        listed.iter().filter_map(|field| field["id"].as_str()).filter(|id| id.starts_with("customfield_")).collect();
    assert!(expected.insert("customfield_10220"), "the whole list shows what only the search should");
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for (id, expected) in [
        ("customfield_10015", "date"),
        ("customfield_10016", "number"),
        ("customfield_10019", "string"),
        ("customfield_10020", "[object]"),
        ("customfield_10021", "[object]"),
        ("customfield_10025", "object"),
        ("customfield_10026", "object"),
        ("customfield_10217", "string|number|boolean|object|array"),
        ("customfield_10219", "string"),
        ("customfield_10220", "number"),
    ] {
        assert_eq!(found[id], expected, "{id}");
    }
    let kinds: BTreeSet<&str> = found.values().map(String::as_str).collect();
    for kind in ["date-time", "[string]", "object"] {
        assert!(kinds.contains(kind), "{kinds:?}");
    }
    let asked = site.log();
    assert_eq!((asked.count("GET /rest/api/3/field"), asked.count("GET /rest/api/3/field/search")), (1, 3));
    assert_eq!(asked.requests, 5, "and signs in");
}

#[test]
fn schemas_with_custom_fields_keep_to_the_rules_of_all_schemas_and_are_the_same_each_time() {
    let site = site(1);
    for names in ["id", "name", "both"] {
        let output = discover(&site, &named(&site, names));
        assert_eq!(schemas::faults(&schema(&output)), [""; 0], "{names}");
        assert_eq!(discover(&site, &named(&site, names)).stdout, output.stdout, "{names}");
    }
}

/// Records of each spelling fit what was discovered, but for the one field that holds what it should not.
#[test]
fn every_record_fits_the_schema_that_was_discovered() {
    let site = site(300);
    for names in ["id", "name", "both"] {
        let config = named(&site, names);
        let schema = schema(&discover(&site, &config));
        let output = site.read_with(&config, &catalog(&schema, "full_refresh"), None).good();
        let validator = schemas::validator(&schema);
        let records = output.records("issues");
        let mut faults = BTreeSet::new();
        for record in &records {
            faults.extend(validator.iter_errors(record).map(|fault| fault.instance_path().to_string()));
        }
        let weight = ["/fields/customfield_10218", "/fields/weight"];
        let expected: BTreeSet<String> = match names {
            "id" => &weight[..1],
            "name" => &weight[1..],
            _ => &weight[..],
        }
        .iter()
        .map(|path| (*path).to_owned())
        .collect();
        assert_eq!(faults, expected, "{names}");
        let found = custom(&schema);
        let seen =
            |name: &str| records.iter().any(|record| record["fields"].get(name).is_some_and(|value| !value.is_null()));
        let unseen: Vec<&String> = found.keys().filter(|name| !seen(name)).collect();
        assert!(unseen.len() < found.len() / 2, "{names}: {unseen:?}");
    }
}

#[test]
fn without_an_answer_all_else_is_discovered_with_a_log_line() {
    let site = Site::new(1, 1, "");
    let plain = discover(&site, &site.config_with(json!({"discover_custom_fields": false})));
    assert_eq!((plain.messages.len(), site.log().requests), (1, 0));
    let mut wrong = site.config();
    wrong["credentials"]["api_token"] = json!("wrong");
    let mut unknown = site.config();
    unknown["credentials"]["auth_type"] = json!("Magic");
    for (config, expected) in [
        (json!({"domain": site.host()}), "credentials"),
        (unknown, "credentials.auth_type"),
        (wrong, "API token"),
        (site.config_with(json!({"domain": "nobody.invalid"})), "nobody.invalid"),
        (site.config_with(json!({"domain": "127.0.0.1:1"})), "127.0.0.1"),
    ] {
        let output = discover(&site, &config);
        let reported = warnings(&output);
        assert_eq!(reported.len(), 1, "{:?}", output.logs());
        assert!(reported[0].contains(expected), "{} does not say {expected}", reported[0]);
        assert_eq!(schema(&output), schema(&plain), "{expected}");
    }
}

#[test]
fn every_way_to_sign_in_reaches_the_fields_and_renewed_tokens_are_handed_on() {
    let site = site(1);
    for form in Form::ALL {
        let output = discover(&site, &site.config_of(form));
        assert!(custom(&schema(&output)).contains_key("customfield_10220"), "{}: {:?}", form.name(), output.logs());
        assert_eq!(output.of_type("CONTROL").count(), usize::from(form == Form::OAuth), "{}", form.name());
    }
}

#[test]
fn a_list_that_is_refused_leaves_the_other() {
    let site = site(1);
    site.change("[[fault]]\nroute = \"/rest/api/3/field/search\"\nkind = \"forbidden\"\n");
    for names in ["id", "name"] {
        let output = discover(&site, &named(&site, names));
        let found = schema(&output);
        let field = |id: &str| custom(&found).contains_key(id);
        assert!(!field("customfield_10220") && !field("shown_by_the_search_only"));
        assert!(field("customfield_10219") || field("shown_by_the_whole_list_only"));
        assert!(output.logs().iter().any(|text| text.contains("/rest/api/3/field/search")), "{:?}", output.logs());
    }
    site.change("[[fault]]\nroute = \"/rest/api/3/field\"\nkind = \"forbidden\"\n");
    let output = discover(&site, &site.config());
    assert!(custom(&schema(&output)).is_empty() && warnings(&output).len() == 1, "{:?}", output.logs());
}
