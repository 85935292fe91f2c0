//! `docs/config.md`: the members of the config, from the spec.

use serde_json::Value;
use std::fmt::Write as _;

pub fn page() -> String {
    let spec = crate::config::spec();
    let mut page = format!(
        "{}# Config\n\nA JSON object. Unknown members are ignored. A secret that the file leaves out is taken from the environment: \
         `SOURCE_JIRA_API_TOKEN` for `api_token`, and so on.\n\n",
        super::MADE
    );
    table(&mut page, &spec);
    let members = spec.get("properties").and_then(Value::as_object);
    for (name, member) in members.into_iter().flatten().filter(|(_, member)| member.get("properties").is_some()) {
        let _ = writeln!(page, "\n## {name}\n\n{}\n", text(member, "description"));
        table(&mut page, member);
    }
    let variants = spec.pointer("/properties/credentials/oneOf").and_then(Value::as_array);
    for variant in variants.into_iter().flatten() {
        let _ = writeln!(page, "\n## credentials: {}\n\n{}\n", text(variant, "title"), text(variant, "description"));
        table(&mut page, variant);
    }
    page
}

fn table(page: &mut String, object: &Value) {
    page.push_str("| Member | Type | Needed | Default | |\n|---|---|---|---|---|\n");
    let required: Vec<&str> =
        object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut members: Vec<(&String, &Value)> =
        object.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
    members.sort_by_key(|(_, member)| member.get("order").and_then(Value::as_i64).unwrap_or(i64::MAX));
    for (name, member) in members {
        let hidden = if member.get("airbyte_hidden").is_some() { "Not shown in forms. " } else { "" };
        let needed = if required.contains(&name.as_str()) { "yes" } else { "" };
        let default = member.get("default").map_or(String::new(), |default| format!("`{default}`"));
        let kind = match (member.get("const"), text(member, "type"), text(member, "format")) {
            (Some(value), ..) => format!("`{value}`"),
            (_, kind, "") => kind.to_owned(),
            (_, _, format) => format.to_owned(),
        };
        let _ = writeln!(
            page,
            "| `{name}` | {kind} | {needed} | {default} | {hidden}{} |",
            text(member, "description").replace('\n', " ")
        );
    }
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object.get(member).and_then(Value::as_str).unwrap_or_default()
}
