//! The connector specification: the schema of [`Config`], in the subset of JSON Schema that Airbyte's form supports.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Config, credentials::TAG};

/// The JSON Schema of the config: `connectionSpecification` of a SPEC message.
pub fn spec() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut spec = settings.into_generator().into_root_schema_for::<Config>().to_value();
    polish(&mut spec);
    spec
}

/// Brings a schema, and every schema in it, to the form that the platform understands.
fn polish(schema: &mut Value) {
    let Some(node) = schema.as_object_mut() else { return };
    unwrap_text(node);
    drop_nulls(node);
    drop_number_format(node);
    list_constants(node);
    name_options(node);
    if node.get("type").is_some_and(|name| name == "object") {
        node.insert("additionalProperties".into(), true.into());
    }
    if let Some(properties) = node.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(polish);
    }
    if let Some(items) = node.get_mut("items") {
        polish(items);
    }
    if let Some(options) = node.get_mut("oneOf").and_then(Value::as_array_mut) {
        options.iter_mut().for_each(polish);
    }
}

/// Doc comments are wrapped; descriptions are not.
fn unwrap_text(node: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = node.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// An optional option may be missing; the form has no null.
fn drop_nulls(node: &mut Map<String, Value>) {
    if node.get("default").is_some_and(Value::is_null) {
        node.remove("default");
    }
    if let Some(Value::Array(options)) = node.get_mut("enum") {
        options.retain(|option| !option.is_null());
    }
    if let Some(Value::Array(types)) = node.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            node.insert("type".into(), only);
        }
    }
}

/// Formats such as `uint32` concern Rust alone.
fn drop_number_format(node: &mut Map<String, Value>) {
    if node.get("type").is_some_and(|name| name == "integer") {
        node.remove("format");
    }
}

/// A choice between constants is an enum.
fn list_constants(node: &mut Map<String, Value>) {
    let Some(Value::Array(options)) = node.get("oneOf") else { return };
    let constants: Option<Vec<Value>> = options.iter().map(|option| option.get("const").cloned()).collect();
    if let Some(constants) = constants {
        node.remove("oneOf");
        node.insert("type".into(), "string".into());
        node.insert("enum".into(), constants.into());
    }
}

/// A choice between objects has a type, and its discriminator has a title and a description.
fn name_options(node: &mut Map<String, Value>) {
    let Some(Value::Array(options)) = node.get_mut("oneOf") else { return };
    for option in options {
        if let Some(tag) = option.pointer_mut(&format!("/properties/{TAG}")).and_then(Value::as_object_mut) {
            tag.insert("title".into(), json!("Authentication Type"));
            tag.insert("description".into(), json!("The authentication method to which the other options belong."));
            tag.insert("order".into(), json!(0));
        }
    }
    node.insert("type".into(), "object".into());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::DEFAULT_MAX_CONCURRENCY;

    /// Calls `visit` for the root and each schema below, with its path.
    fn walk(path: &str, schema: &Value, visit: &mut dyn FnMut(&str, &Map<String, Value>)) {
        let node = schema.as_object().unwrap();
        visit(path, node);
        for (name, property) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            walk(&format!("{path}/{name}"), property, visit);
        }
        for (index, option) in node.get("oneOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            walk(&format!("{path}#{index}"), option, visit);
        }
        if let Some(items) = node.get("items") {
            walk(&format!("{path}[]"), items, visit);
        }
    }

    fn each(mut visit: impl FnMut(&str, &Map<String, Value>)) {
        walk("", &spec(), &mut visit);
    }

    /// The properties of one object by name, in the order the form shows them.
    fn ordered(object: &Value) -> Vec<&str> {
        let properties = object["properties"].as_object().unwrap();
        let mut names: Vec<_> =
            properties.iter().map(|(name, node)| (node["order"].as_u64().unwrap(), &**name)).collect();
        names.sort_unstable();
        let orders: Vec<u64> = names.iter().map(|(order, _)| *order).collect();
        assert_eq!(orders, (0..names.len() as u64).collect::<Vec<_>>(), "orders are unique and without gaps");
        names.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn root() {
        let spec = spec();
        assert_eq!(spec["$schema"], "http://json-schema.org/draft-07/schema#");
        assert_eq!(spec["type"], "object");
        assert_eq!(spec["title"], "Jira");
        assert_eq!(spec["required"], json!(["credentials", "domain"]));
        let names = "credentials domain cloud_id projects exclude_projects start_date updated_after updated_before \
            created_after created_before jql include_archived_projects lookback_window_minutes max_concurrency \
            num_workers expand_issue_changelog render_fields expand_issue_transition issues_stream_expand_with \
            scan_mode api_host admin persist_tokens full_refresh_interval_days track_sent_ids id_snapshot_interval_hours \
            allow_mass_deletion_in on_skip on_skip_codes max_overlap_minutes compatibility discover_custom_fields custom_field_names max_outage_minutes";
        assert_eq!(ordered(&spec).join(" "), names);
    }

    #[test]
    fn credentials() {
        let spec = spec();
        let holder = &spec["properties"]["credentials"];
        assert_eq!(holder["type"], "object");
        let table = [
            ("API Token", "auth_type email api_token", "cloud_id"),
            ("Service Account", "auth_type service_account_token", "cloud_id"),
            ("OAuth2.0", "auth_type client_id client_secret refresh_token", "cloud_id access_token token_expiry_date"),
            ("Service Account (client credentials)", "auth_type client_id client_secret", "cloud_id"),
        ];
        let options = holder["oneOf"].as_array().unwrap();
        assert_eq!(options.len(), table.len());
        for (option, (name, required, optional)) in options.iter().zip(table) {
            assert_eq!(option["title"], name);
            assert_eq!(ordered(option).join(" "), format!("{required} {optional}"));
            assert_eq!(option["required"], required.split(' ').collect::<Value>());
            let tag = &option["properties"]["auth_type"];
            assert_eq!((&tag["const"], &tag["type"]), (&json!(name), &json!("string")));
        }
    }

    #[test]
    fn only_keywords_the_form_knows() {
        let known = "$schema additionalProperties airbyte_hidden airbyte_secret const default description enum examples \
            format items maximum minimum oneOf order pattern pattern_descriptor properties required title type";
        let known: Vec<&str> = known.split(' ').collect();
        each(|path, node| {
            let keywords: Vec<_> = node.keys().filter(|keyword| !known.contains(&keyword.as_str())).collect();
            assert!(keywords.is_empty(), "{path}: {keywords:?}");
            assert!(node["type"].is_string(), "{path}: one type");
            assert_eq!(
                node.contains_key("pattern"),
                node.contains_key("format") || path.ends_with("cloud_id"),
                "{path}"
            );
            if node["type"] == "object" {
                assert_eq!(node["additionalProperties"], true, "{path}");
                assert!(node.contains_key("oneOf") || node.contains_key("properties"), "{path}");
            }
            if node["type"] == "array" {
                assert_eq!(node["items"]["type"], "string", "{path}");
            }
            if let Some(options) = node.get("enum").and_then(Value::as_array) {
                let distinct: BTreeSet<_> = options.iter().map(Value::to_string).collect();
                assert_eq!(distinct.len(), options.len(), "{path}");
            }
        });
    }

    #[test]
    fn everything_is_explained() {
        each(|path, node| {
            if path.ends_with("[]") {
                return;
            }
            let title = node["title"].as_str().unwrap_or_default();
            let description = node["description"].as_str().unwrap_or_default();
            assert!(!title.is_empty(), "{path} has no title");
            assert!(description.ends_with('.') && description.len() > 20, "{path}: {description}");
            assert!(!description.contains(['\n', '`', '*', '[']), "{path}: {description}");
        });
    }

    #[test]
    fn secrets_and_hidden_options_are_marked() {
        let (mut secret, mut hidden) = (BTreeSet::new(), BTreeSet::new());
        each(|path, node| {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            if node.get("airbyte_secret") == Some(&json!(true)) {
                assert_eq!(node["type"], "string");
                secret.insert(name.clone());
            }
            if node.get("airbyte_hidden") == Some(&json!(true)) {
                hidden.insert(name);
            }
        });
        let secrets = "access_token api_key api_token client_id client_secret refresh_token service_account_token";
        assert_eq!(secret.into_iter().collect::<Vec<_>>().join(" "), secrets);
        let expected = "access_token allow_mass_deletion_in expand_issue_changelog expand_issue_transition issues_stream_expand_with max_outage_minutes max_overlap_minutes num_workers \
            on_skip_codes persist_tokens render_fields scan_mode token_expiry_date";
        assert_eq!(hidden.into_iter().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn documented_defaults_are_applied_and_valid() {
        let spec = spec();
        let mut defaults = Map::new();
        each(|path, node| {
            if let Some(default) = node.get("default") {
                defaults.insert(path.trim_start_matches('/').to_owned(), default.clone());
                assert!(jsonschema::is_valid(&Value::Object(node.clone()), default), "{path}");
            }
        });
        let expected = json!({
            "projects": [], "exclude_projects": [], "include_archived_projects": false, "lookback_window_minutes": 0,
            "max_concurrency": DEFAULT_MAX_CONCURRENCY, "expand_issue_changelog": false, "render_fields": false,
            "expand_issue_transition": false, "issues_stream_expand_with": [], "scan_mode": "auto",
            "api_host": "auto", "full_refresh_interval_days": 7, "max_overlap_minutes": 720, "max_outage_minutes": 10,
            "allow_mass_deletion_in": [], "discover_custom_fields": true, "custom_field_names": "id",
        });
        assert_eq!(Value::Object(defaults), expected);
        assert_eq!(spec["properties"]["lookback_window_minutes"]["maximum"], 576_000);
        assert_eq!(spec["properties"]["issues_stream_expand_with"]["items"]["enum"].as_array().unwrap().len(), 3);
        assert_eq!(spec["properties"]["scan_mode"]["enum"], json!(["auto", "ids", "pages"]));
    }

    #[test]
    fn it_is_a_valid_schema_and_small() {
        let spec = spec();
        assert!(jsonschema::meta::is_valid(&spec));
        assert_eq!(spec, super::spec());
        assert!(spec.to_string().len() < 25_000);
    }
}
