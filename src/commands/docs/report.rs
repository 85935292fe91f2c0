//! `docs/report.md`: the members of the closing report, from its types.

use crate::sync::report::closing::Closing;
use serde_json::Value;
use std::fmt::Write as _;

pub fn page() -> String {
    let schema = Closing::schema();
    let mut page = format!(
        "{}# The closing report\n\n\
         `read --report FILE` writes it at the end of the run, as one JSON object that replaces the file at once. A run that fails \
         writes it too, and so does the first process of a container on SIGTERM; one that is killed leaves the file as it was. Times are UTC, to the second. Members may be added in later \
         versions.\n\n\
         | Member | Type | |\n|---|---|---|\n",
        super::MADE
    );
    members(&mut page, "", &schema);
    let _ = write!(page, "\n## JSON Schema\n\n```json\n{schema:#}\n```\n");
    page
}

fn members(page: &mut String, path: &str, schema: &Value) {
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}{name}");
        let text = member.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(page, "| `{path}` | {} | {} |", kind(member), text.replace('\n', " "));
        members(page, &format!("{path}."), member);
        if let Some(each) = member.get("additionalProperties") {
            members(page, &format!("{path}.*."), each);
        }
    }
}

/// The type in words; of an enum its values.
fn kind(member: &Value) -> String {
    let values: Vec<String> = constants(member).iter().map(|value| format!("`{value}`")).collect();
    if !values.is_empty() {
        return values.join(", ");
    }
    match member.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Some(Value::String(name)) => name.clone(),
        _ => String::new(),
    }
}

/// Plain values of an enum, or those with a description each.
fn constants(member: &Value) -> Vec<&Value> {
    let list = |name: &str| member.get(name).and_then(Value::as_array).into_iter().flatten();
    let described = list("oneOf").flat_map(|one| {
        let several = one.get("enum").and_then(Value::as_array).into_iter().flatten();
        one.get("const").into_iter().chain(several)
    });
    list("enum").chain(described).collect()
}
