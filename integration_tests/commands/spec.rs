//! `spec`: one line, and a promise of stability.

use super::harness::run;
use crate::support::Site;

#[test]
fn one_compact_line_and_nothing_else() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.command(&["spec"]));
    assert_eq!((output.code, output.stderr.as_str(), output.messages.len()), (Some(0), "", 1));
    let message = &output.messages[0];
    assert_eq!(message["type"], "SPEC");
    assert_eq!(output.stdout, format!("{}\n", output.stdout.trim_end()));
    assert_eq!(output.stdout.len(), message.to_string().len() + 1, "no space that JSON does not need");
    assert!(output.stdout.len() < 2_000_000, "platforms cut longer lines off");
    assert!(message["spec"]["documentationUrl"].as_str().is_some_and(|url| url.starts_with("https://")));
}

/// A change here changes forms and stored configs of users: members may come, none may go or change its type.
#[test]
fn the_connection_specification_stays_as_it_is() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.command(&["spec"]));
    insta::assert_json_snapshot!("specification", output.messages[0]["spec"]["connectionSpecification"]);
}

/// How platforms run the consent; each place that it names must be one of the config's.
#[test]
fn platforms_can_run_the_consent() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.command(&["spec"]));
    let (spec, advanced) =
        (&output.messages[0]["spec"]["connectionSpecification"], &output.messages[0]["spec"]["advanced_auth"]);
    insta::assert_json_snapshot!("advanced_auth", advanced);
    let options = spec["properties"]["credentials"]["oneOf"].as_array().expect("options");
    let chosen = options
        .iter()
        .find(|option| option["properties"]["auth_type"]["const"] == advanced["predicate_value"])
        .expect("the predicate names an option");
    assert_eq!(advanced["predicate_key"], serde_json::json!(["credentials", "auth_type"]));
    let outputs = ["complete_oauth_output_specification", "complete_oauth_server_output_specification"];
    for output in outputs {
        let properties = advanced["oauth_config_specification"][output]["properties"].as_object().expect("properties");
        assert!(!properties.is_empty());
        for property in properties.values() {
            let path = &property["path_in_connector_config"];
            let member = path[1].as_str().expect("a member of the credentials");
            assert_eq!((&path[0], path.as_array().map(Vec::len)), (&"credentials".into(), Some(2)));
            assert_eq!(chosen["properties"][member]["type"], property["type"], "{member}");
        }
    }
}
