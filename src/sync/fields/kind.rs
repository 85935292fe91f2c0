//! The JSON Schema of a custom field, derived from its type in Jira.
//!
//! Jira names a type (such as `option`), the type of a list's elements (`items`), and the full name of the field's own type
//! (`custom`), which decides what the first two leave open (Jira REST v3: "Get fields", `JsonTypeBean`).

use super::{CUSTOM, CustomField};
use serde_json::{Map, Value, json};

/// The keyword of a property's schema that gives the ID of the field that the property contains.
pub const MARK: &str = "jira_field";

/// A property of an object: name, type, description.
type Member = (&'static str, &'static str, &'static str);

const OPTION: &[Member] = &[("id", "string", "Option ID"), ("value", "string", "Text of the option")];
const USER: &[Member] = &[
    ("accountId", "string", "Atlassian account ID"),
    ("displayName", "string", "Name shown for the user"),
    ("emailAddress", "string", "Email address, present only if visible to the account"),
    ("active", "boolean", "True while the account is enabled"),
];
const GROUP: &[Member] = &[("groupId", "string", "Group ID"), ("name", "string", "Group name")];
const PROJECT: &[Member] =
    &[("id", "string", "Project ID"), ("key", "string", "Project key"), ("name", "string", "Project name")];
const VERSION: &[Member] = &[
    ("id", "string", "Version ID"),
    ("name", "string", "Version name"),
    ("archived", "boolean", "True if the version is archived"),
    ("released", "boolean", "True if the version is out"),
    ("releaseDate", "date", "Day of the release"),
];
const NAMED: &[Member] = &[("id", "string", "ID"), ("name", "string", "Name")];
const SPRINT: &[Member] = &[
    ("id", "integer", "Sprint ID"),
    ("name", "string", "Sprint name"),
    ("state", "string", "State of the sprint: future, active or closed"),
    ("boardId", "integer", "Board the sprint belongs to"),
    ("goal", "string", "Goal of the sprint"),
    ("startDate", "date-time", "When the sprint starts"),
    ("endDate", "date-time", "When the sprint is planned to end"),
    ("completeDate", "date-time", "When the sprint was closed"),
];
const SLA: &[Member] = &[
    ("id", "string", "SLA ID"),
    ("name", "string", "SLA name"),
    ("ongoingCycle", "object", "Cycle that is running, if any"),
    ("completedCycles", "objects", "Cycles that have ended"),
];
const REQUEST_TYPE: &[Member] =
    &[("requestType", "object", "Type of the request"), ("currentStatus", "object", "Status as customers see it")];

/// The schema of a field's values. `name` is the property's name, if that is not the field's ID.
pub fn schema(number: u64, field: &CustomField, name: Option<&str>) -> Value {
    let mut schema = values(field);
    let CustomField { name: title, kind, items, custom } = field;
    let of = if items.is_empty() { kind.clone() } else { format!("{kind} of {items}") };
    let kinds: Vec<&str> = [of.as_str(), custom].into_iter().filter(|kind| !kind.is_empty()).collect();
    let kinds = if kinds.is_empty() { "unknown".to_owned() } else { kinds.join(", ") };
    schema["description"] = format!("{title}: custom field {CUSTOM}{number} of type {kinds}").into();
    if name.is_some() {
        schema[MARK] = format!("{CUSTOM}{number}").into();
    }
    schema
}

fn values(field: &CustomField) -> Value {
    // `com.pyxis.greenhopper.jira:gh-sprint`
    let own = field.custom.rsplit(':').next().unwrap_or_default();
    match (field.kind.as_str(), own) {
        // On some sites `items` is text.
        (_, "gh-sprint") => list(object(SPRINT)),
        ("string", "textarea") => described(object(&[]), "an Atlassian document"),
        ("any", "gh-lexo-rank" | "gh-epic-link" | "gh-epic-label" | "devsummarycf") => plain("string"),
        ("array", _) => list(value(&field.items)),
        ("sd-approvals", _) => list(object(&[])),
        (kind, _) => value(kind),
    }
}

/// One value, or one element of a list.
fn value(kind: &str) -> Value {
    match kind {
        "string" | "number" | "boolean" | "date" => plain(kind),
        "datetime" => plain("date-time"),
        "option" | "option2" => object(OPTION),
        "option-with-child" => {
            let mut schema = object(OPTION);
            schema["properties"]["child"] = described(object(OPTION), "Option of the second level, if one is chosen");
            schema
        }
        "user" => object(USER),
        "group" => object(GROUP),
        "project" => object(PROJECT),
        "version" => object(VERSION),
        "component"
        | "priority"
        | "resolution"
        | "issuetype"
        | "status"
        | "securitylevel"
        | "team"
        | "sd-customerorganization" => object(NAMED),
        "sd-servicelevelagreement" => object(SLA),
        "sd-customerrequesttype" => object(REQUEST_TYPE),
        "json" | "object" | "issuelink" | "issuelinks" | "attachment" | "progress" | "timetracking" | "votes"
        | "watches" | "sd-feedback" | "sd-request-lang" => object(&[]),
        _ => open(),
    }
}

fn plain(kind: &str) -> Value {
    match kind {
        "date" | "date-time" => json!({"type": ["null", "string"], "format": kind}),
        kind => json!({"type": ["null", kind]}),
    }
}

fn object(members: &[Member]) -> Value {
    let mut schema = json!({"type": ["null", "object"], "additionalProperties": true});
    if !members.is_empty() {
        let properties: Map<String, Value> = members
            .iter()
            .map(|(name, kind, text)| {
                let member = match *kind {
                    "object" => object(&[]),
                    "objects" => list(object(&[])),
                    kind => plain(kind),
                };
                ((*name).to_owned(), described(member, text))
            })
            .collect();
        schema["properties"] = properties.into();
    }
    schema
}

fn list(items: Value) -> Value {
    json!({"type": ["null", "array"], "items": items})
}

/// Any value. All types are listed, because some clients fail on a property without a type.
fn open() -> Value {
    json!({"type": ["null", "string", "number", "boolean", "object", "array"], "additionalProperties": true, "items": {
        "type": ["null", "string", "number", "boolean", "object", "array"], "additionalProperties": true,
    }})
}

fn described(mut schema: Value, text: &str) -> Value {
    schema["description"] = text.into();
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, items: &str, custom: &str) -> Value {
        let field = CustomField { name: "F".into(), kind: kind.into(), items: items.into(), custom: custom.into() };
        schema(7, &field, None)
    }

    /// `string`, `date`, `[object id,value]` and so on.
    fn told(schema: &Value) -> String {
        let kinds: Vec<&str> = schema["type"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(kinds[0], "null", "{schema}");
        match kinds[1..] {
            ["array"] => format!("[{}]", told(&schema["items"])),
            ["object"] => {
                let members = schema["properties"].as_object().into_iter().flat_map(|members| members.keys());
                let names = members.map(String::as_str).collect::<Vec<_>>().join(",");
                format!("object {names}").trim_end().to_owned()
            }
            [only] => schema["format"].as_str().unwrap_or(only).to_owned(),
            _ => "any".to_owned(),
        }
    }

    #[test]
    fn every_type_of_jira_has_its_schema_and_others_hold_anything() {
        let own = "com.atlassian.jira.plugin.system.customfieldtypes:";
        let table = [
            ("number", "", "com.pyxis.greenhopper.jira:jsw-story-points", "number"),
            ("number", "", "com.atlassian.jira.plugins.proforma-managed-fields:forms-open-field-cf", "number"),
            ("string", "", &format!("{own}textfield"), "string"),
            ("string", "", &format!("{own}url"), "string"),
            ("string", "", &format!("{own}textarea"), "object"),
            ("date", "", &format!("{own}datepicker"), "date"),
            ("datetime", "", &format!("{own}datetime"), "date-time"),
            ("option", "", &format!("{own}select"), "object id,value"),
            ("option-with-child", "", &format!("{own}cascadingselect"), "object child,id,value"),
            ("array", "option", &format!("{own}multiselect"), "[object id,value]"),
            ("array", "string", &format!("{own}labels"), "[string]"),
            ("array", "user", &format!("{own}multiuserpicker"), "[object accountId,active,displayName,emailAddress]"),
            ("array", "version", &format!("{own}multiversion"), "[object archived,id,name,releaseDate,released]"),
            ("array", "group", &format!("{own}multigrouppicker"), "[object groupId,name]"),
            ("project", "", &format!("{own}project"), "object id,key,name"),
            ("team", "", &format!("{own}atlassian-team"), "object id,name"),
            (
                "sd-servicelevelagreement",
                "",
                "com.atlassian.servicedesk:sd-sla-field",
                "object completedCycles,id,name,ongoingCycle",
            ),
            ("sd-approvals", "", "com.atlassian.servicedesk.approvals-plugin:sd-approvals", "[object]"),
            (
                "array",
                "sd-customerorganization",
                "com.atlassian.servicedesk:sd-customer-organizations",
                "[object id,name]",
            ),
            (
                "array",
                "json",
                "com.pyxis.greenhopper.jira:gh-sprint",
                "[object boardId,completeDate,endDate,goal,id,name,startDate,state]",
            ),
            (
                "array",
                "string",
                "com.pyxis.greenhopper.jira:gh-sprint",
                "[object boardId,completeDate,endDate,goal,id,name,startDate,state]",
            ),
            ("any", "", "com.pyxis.greenhopper.jira:gh-lexo-rank", "string"),
            ("any", "", "com.pyxis.greenhopper.jira:gh-epic-link", "string"),
            ("object", "", "ari:cloud:ecosystem::extension/1/2/static/f", "object"),
            ("any", "", "com.example:app", "any"),
            ("array", "", "", "[any]"),
            ("moon-phase", "", "", "any"),
            ("", "", "", "any"),
        ];
        for (kind, items, custom, expected) in table {
            assert_eq!(told(&of(kind, items, custom)), expected, "{kind} {items} {custom}");
        }
    }

    #[test]
    fn a_schema_says_which_field_it_is() {
        let schema = of("array", "option", "x:y");
        assert_eq!(schema["description"], "F: custom field customfield_7 of type array of option, x:y");
        assert!(schema.get(MARK).is_none());
        assert_eq!(super::schema(7, &CustomField::default(), Some("f"))[MARK], "customfield_7");
    }
}
