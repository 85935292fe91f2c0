//! The primary keys of the streams, as the tests know them: not from the tables that the connector reads.

/// What identifies a row where that is not `id` alone.
const KEYS: &[(&str, &[&str])] = &[
    ("application_roles", &["key"]),
    ("avatars", &["type", "id"]),
    ("board_issues", &["boardId", "id"]),
    ("deleted_issues", &["issue"]),
    ("groups", &["groupId"]),
    ("issue_feature_flags", &["issueId", "id"]),
    ("issue_links", &["issueId", "id"]),
    ("issue_navigator_settings", &["value"]),
    ("issue_properties", &["issueId", "key"]),
    ("issue_transitions", &["issueId", "id"]),
    ("issue_votes", &["issueId"]),
    ("issue_watchers", &["issueId"]),
    ("key_history", &["id", "newKey"]),
    ("labels", &["label"]),
    ("permissions", &["key"]),
    ("project_avatars", &["projectId", "id"]),
    ("project_email", &["projectId"]),
    ("project_permission_schemes", &["projectId", "id"]),
    ("project_types", &["key"]),
    ("screen_tab_fields", &["screenId", "tabId", "id"]),
    ("sprints", &["boardId", "id"]),
    ("time_tracking", &["key"]),
    ("users", &["accountId"]),
    ("users_groups_detailed", &["accountId"]),
];

pub fn primary_key(stream: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(name, _)| *name == stream).map_or(&["id"], |(_, key)| *key)
}

/// The discovered catalog names the same keys.
#[test]
fn the_catalog_has_these_keys() {
    let site = super::site::Site::new(5, 1, "");
    let mut command = site.command(&["discover"]);
    command.arg("--config").arg(site.file("config.json", site.config().to_string()));
    let output = super::output::Output::of(command).good();
    let catalog = output.of_type("CATALOG").next().expect("a catalog");
    let streams = catalog["streams"].as_array().expect("a list");
    assert!(streams.len() >= 60);
    for stream in streams {
        let name = stream["name"].as_str().expect("a name");
        let key: Vec<[&str; 1]> = primary_key(name).iter().map(|property| [*property]).collect();
        assert_eq!(stream["source_defined_primary_key"], serde_json::json!(key), "{name}");
    }
    let names: Vec<&serde_json::Value> = streams.iter().map(|stream| &stream["name"]).collect();
    assert!(KEYS.iter().all(|(name, _)| names.iter().any(|known| **known == **name)), "a key of an unknown stream");
}
