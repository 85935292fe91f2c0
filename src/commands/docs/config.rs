//! `docs/config.md`: the options of the config, from the spec.

use serde_json::Value;
use std::fmt::Write as _;

pub(super) fn page() -> String {
    let spec = crate::config::spec();
    let mut page = format!(
        "{}# Config\n\nThe config is a JSON object. Unknown options are ignored. A secret that is missing in the file is read from an \
         environment variable: `SOURCE_JIRA_API_TOKEN` for `api_token`, and so on.\n\n",
        super::GENERATED
    );
    table(&mut page, &spec);
    let options = spec.get("properties").and_then(Value::as_object);
    for (name, option) in options.into_iter().flatten().filter(|(_, option)| option.get("properties").is_some()) {
        let _ = writeln!(page, "\n## {name}\n\n{}\n", text(option, "description"));
        table(&mut page, option);
    }
    let variants = spec.pointer("/properties/credentials/oneOf").and_then(Value::as_array);
    for variant in variants.into_iter().flatten() {
        let _ = writeln!(page, "\n## credentials: {}\n\n{}\n", text(variant, "title"), text(variant, "description"));
        table(&mut page, variant);
    }
    page
}

fn table(page: &mut String, object: &Value) {
    page.push_str("| Option | Type | Required | Default | Description |\n|---|---|---|---|---|\n");
    let required: Vec<&str> =
        object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut options: Vec<(&String, &Value)> =
        object.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
    options.sort_by_key(|(_, option)| option.get("order").and_then(Value::as_i64).unwrap_or(i64::MAX));
    for (name, option) in options {
        let hidden = if option.get("airbyte_hidden").is_some() { "Not shown in forms. " } else { "" };
        let needed = if required.contains(&name.as_str()) { "yes" } else { "" };
        let default = option.get("default").map_or(String::new(), |default| format!("`{default}`"));
        let kind = match (option.get("const"), text(option, "type"), text(option, "format")) {
            (Some(value), ..) => format!("`{value}`"),
            (_, kind, "") => kind.to_owned(),
            (_, _, format) => format.to_owned(),
        };
        let _ = writeln!(
            page,
            "| `{name}` | {kind} | {needed} | {default} | {hidden}{} |",
            text(option, "description").replace('\n', " ")
        );
    }
}

fn text<'a>(object: &'a Value, property: &str) -> &'a str {
    object.get(property).and_then(Value::as_str).unwrap_or_default()
}
