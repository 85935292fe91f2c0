//! A walk over a JSON schema, and what every schema of ours keeps to.

use serde_json::Value;

/// Every property below a schema with its path: `fields.status.name`, and `items[].id` within a list.
pub fn properties(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(schema, "", &mut found);
    found
}

fn collect<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(property, &path, found);
        found.push((path, property));
    }
    if let Some(items) = schema.get("items") {
        collect(items, &format!("{path}[]"), found);
    }
}

/// Holds records to a schema, formats included.
pub fn validator(schema: &Value) -> jsonschema::Validator {
    let options = jsonschema::draft7::options().should_validate_formats(true).with_format("date-time", is_time);
    options.build(schema).expect("a valid schema")
}

/// Jira writes `+0100` where RFC 3339 has `+01:00`; the reference schemas call that a date-time too.
fn is_time(text: &str) -> bool {
    let jira = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z");
    jira.is_ok() || chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

/// What a schema does wrong: each property says what it is, has a type and permits null, and lets new members in.
pub fn faults(schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if schema["$schema"] != "http://json-schema.org/draft-07/schema#" || !jsonschema::draft7::meta::is_valid(schema) {
        faults.push("is no draft-07 schema".to_owned());
    }
    if schema["type"] != "object" || schema["additionalProperties"] != true {
        faults.push("is no object that new members may come into".to_owned());
    }
    for (path, property) in properties(schema) {
        let text = property["description"].as_str().unwrap_or_default();
        if text.len() <= 1 {
            faults.push(format!("{path} has no description"));
        }
        permits_null(&path, property, &mut faults);
    }
    faults
}

fn permits_null(path: &str, schema: &Value, faults: &mut Vec<String>) {
    let types: Vec<&str> = schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // target-duckdb and others fail on a property without a type.
    if types.len() < 2 || !types.contains(&"null") {
        faults.push(format!("{path} does not have null and another type: {}", schema["type"]));
    }
    if schema["additionalProperties"] == false {
        faults.push(format!("{path} keeps new members out"));
    }
    if let Some(items) = schema.get("items") {
        permits_null(&format!("{path}[]"), items, faults);
    }
}

/// Whether a record has a value at a path of [`properties`].
pub fn occurs(record: &Value, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = &record[name.trim_end_matches("[]")];
    match (value, rest) {
        (Value::Null, _) => false,
        (_, "") => true,
        (Value::Array(items), rest) => items.iter().any(|item| occurs(item, rest)),
        (value, rest) => occurs(value, rest),
    }
}
