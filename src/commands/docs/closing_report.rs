//! `docs/closing-report.md`: the properties of the closing report, from its types.

use crate::sync::report::closing::Closing;
use serde_json::Value;
use std::fmt::Write as _;

pub(super) fn page() -> String {
    let schema = Closing::schema();
    let mut page = format!(
        "{}# The closing report\n\n\
         `read --report FILE` writes the closing report at the end of a run: one JSON object, which replaces the file atomically. \
         The report is also written when the run fails, and when SIGINT (Ctrl-C), SIGTERM, SIGHUP or SIGQUIT ends it. A run that \
         SIGKILL ends leaves the file unchanged. Times are UTC with a resolution of a second. Later versions may add \
         properties.\n\n\
         | Property | Type | Description |\n|---|---|---|\n",
        super::GENERATED
    );
    properties(&mut page, "", &schema);
    let _ = write!(page, "\n## JSON Schema\n\n```json\n{schema:#}\n```\n");
    page
}

fn properties(page: &mut String, path: &str, schema: &Value) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}{name}");
        let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(page, "| `{path}` | {} | {} |", kind(property), text.replace('\n', " "));
        properties(page, &format!("{path}."), property);
        if let Some(each) = property.get("additionalProperties") {
            properties(page, &format!("{path}.*."), each);
        }
    }
}

/// The name of the type; for an enum, its values.
fn kind(property: &Value) -> String {
    let values: Vec<String> = constants(property).iter().map(|value| format!("`{value}`")).collect();
    if !values.is_empty() {
        return values.join(", ");
    }
    match property.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Some(Value::String(name)) => name.clone(),
        _ => String::new(),
    }
}

/// The values of an enum, with or without a description of each.
fn constants(property: &Value) -> Vec<&Value> {
    let list = |name: &str| property.get(name).and_then(Value::as_array).into_iter().flatten();
    let described = list("oneOf").flat_map(|one| {
        let several = one.get("enum").and_then(Value::as_array).into_iter().flatten();
        one.get("const").into_iter().chain(several)
    });
    list("enum").chain(described).collect()
}
