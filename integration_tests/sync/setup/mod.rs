//! What administrators set up: whole for them, left out with a code for others.

mod flags;

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::{Value, json};

/// Streams that others than administrators are refused.
const ADMINS: [&str; 10] = [
    "issue_custom_field_contexts",
    "issue_field_configurations",
    "issue_type_schemes",
    "issue_type_screen_schemes",
    "workflow_schemes",
    "issue_security_schemes",
    "issue_navigator_settings",
    "jira_settings",
    "time_tracking",
    "issue_custom_field_options",
];

fn read(site: &Site, streams: &[&str], members: Value) -> Output {
    site.read_with(&site.config_with(members), &catalog(streams, "full_refresh"), None)
}

fn left_out(output: &Output, stream: &str, code: &str) -> bool {
    let logs = output.logs();
    logs.iter().any(|log| log.contains(&format!("skipped in {stream}: ")) && log.contains(&format!("× {code} (")))
}

#[test]
fn what_is_for_administrators_is_left_out_for_others_and_fails_if_the_config_says_so() {
    let site = Site::new(20, 521, "[account]\nlacks = [\"ADMINISTER\"]");
    let output = read(&site, &ADMINS, json!({})).good();
    for stream in ADMINS {
        assert!(left_out(&output, stream, "not_permitted"), "{stream}: {:?}", output.logs());
        assert!(output.records(stream).is_empty(), "{stream}");
    }
    for stream in ADMINS {
        // Options lack what their parents, which are not read as streams, could not show.
        let strict = read(&site, &[stream, "labels"], json!({"on_skip": "fail"}));
        assert_eq!(strict.statuses(stream).last(), Some(&"INCOMPLETE"), "{stream}");
        assert!(strict.errors()[0].contains("not_permitted"), "{stream}: {:?}", strict.errors());
        assert_eq!(strict.statuses("labels").last(), Some(&"COMPLETE"), "{stream}");
    }
}

#[test]
fn workflows_come_of_what_the_account_administers() {
    let site = Site::new(20, 522, "[account]\nlacks = [\"ADMINISTER\"]");
    let own = |row: &&Value| row["scope"]["type"] == "PROJECT";
    let output = read(&site, &["workflows"], json!({})).good();
    let expected = site.truth("workflows").iter().filter(own).count();
    assert!(expected > 0 && output.records("workflows").len() == expected);
    // Jira says 401 to who may see none, which is no matter of the credentials.
    site.change("[account]\nlacks = [\"ADMINISTER\", \"ADMINISTER_PROJECTS\"]");
    let output = read(&site, &["workflows", "labels"], json!({})).good();
    assert!(left_out(&output, "workflows", "not_permitted"), "{:?}", output.logs());
}

/// To an account that is an administrator, 401 says something else.
#[test]
fn credentials_that_lapse_are_no_missing_permission() {
    let site = Site::new(20, 523, "[[fault]]\nroute = \"/rest/api/3/workflows/search\"\nkind = \"401\"");
    let output = read(&site, &["workflows"], json!({}));
    assert_eq!((output.code, output.statuses("workflows").last()), (Some(1), Some(&"INCOMPLETE")));
    assert!(output.errors()[0].contains("no longer accepts the credentials"), "{:?}", output.errors());
}

#[test]
fn a_report_distinguishes_missing_permissions_from_expired_credentials() {
    let site = Site::new(20, 529, "[account]\nlacks = [\"ADMINISTER\", \"ADMINISTER_PROJECTS\"]");
    let mut command = site.command(&["check", "--report", "--format", "json", "--config"]);
    command.arg(site.file("config.json", site.config().to_string()));
    let output = command.output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let streams = report["streams"].as_array().expect("streams");
    for name in ADMINS.into_iter().chain(["workflows"]) {
        let stream = streams.iter().find(|stream| stream["stream"] == name).expect("every stream");
        assert_eq!(stream["available"], "no", "{stream:#}");
        assert!(
            stream["why"].as_str().is_some_and(|why| why.contains("lacks the permission \"Administer Jira\"")),
            "{stream:#}"
        );
    }
}

#[test]
fn options_come_of_all_contexts_whether_or_not_those_are_wanted() {
    let site = Site::new(20, 524, "");
    let output = read(&site, &["issue_custom_field_options"], json!({})).good();
    let mut destination = Destination::default();
    destination.load(&output);
    assert_equal(&site, &destination, &["issue_custom_field_options"]);
    let options = destination.table("issue_custom_field_options");
    let of = |context: &Value| options.values().filter(|row| row["contextId"] == *context).count();
    assert!(options.values().any(|row| of(&row["contextId"]) > 200), "no context has several pages");
    assert!(options.values().any(|row| row["optionId"].is_string()), "no field cascades");
    let asked = site.log().count("GET /rest/api/3/field/{fieldId}/context/{contextId}/option");
    let contexts: std::collections::BTreeSet<String> =
        options.values().map(|row| row["contextId"].to_string()).collect();
    assert_eq!(asked, contexts.len() as u64 + 2, "nobody asks fields of other types for options");
    assert!(left_out(&output, "issue_custom_field_options", "field_without_contexts"), "team-managed fields have none");
}

#[test]
fn what_vanishes_between_two_lists_is_counted() {
    let site = Site::new(20, 525, "");
    for (stream, part, status, code) in [
        ("issue_custom_field_contexts", "/field/customfield_10014/context", 404, "field_without_contexts"),
        ("issue_custom_field_options", "/option?", 400, "context_without_options"),
        ("issue_custom_field_options", "/option?", 404, "context_without_options"),
        ("issue_field_configurations", "/config/fieldschemes", 404, "not_available"),
        ("issue_link_types", "/issueLinkType", 404, "not_available"),
        ("jira_settings", "/application-properties", 404, "not_permitted"),
        ("sprints", "/board/1/sprint", 422, "board_without_columns"),
    ] {
        let proxy = Proxy::new(&site.host(), move |asked| match asked.path.contains(part) {
            true => Verdict::Answer(status, "{\"errorMessages\":[\"gone\"]}".into()),
            false => Verdict::Pass,
        });
        let output = read(&site, &[stream], json!({"domain": proxy.host()})).good();
        assert!(left_out(&output, stream, code), "{stream} {status}: {:?}", output.logs());
    }
}

#[test]
fn a_parent_that_fails_fails_its_children_and_no_other_stream() {
    let site = Site::new(20, 526, "[[fault]]\nroute = \"/rest/api/3/field/{fieldId}/context\"\nkind = \"500\"");
    let streams = ["issue_fields", "issue_custom_field_contexts", "issue_custom_field_options"];
    let output = read(&site, &streams, json!({}));
    assert_eq!(output.statuses("issue_fields").last(), Some(&"COMPLETE"));
    for stream in &streams[1..] {
        assert_eq!(output.statuses(stream).last(), Some(&"INCOMPLETE"), "{stream}");
    }
}

/// The platform repeats a failed attempt: lists of lists go on where they stopped.
#[test]
fn options_resume_after_the_last_list_that_came() {
    let site = Site::new(20, 527, "");
    let stream = ["issue_custom_field_options"];
    let run = |host: String, state: Option<&Value>| {
        let config = site.config_with(json!({"domain": host}));
        let mut command = site.read_command(&config, &catalog(&stream, "full_refresh"), state);
        command.env("WORKER_JOB_ID", "3");
        Output::of(command)
    };
    let last = site.truth("field_options").last().expect("options")["contextId"].as_str().expect("a text").to_owned();
    let path = format!("/context/{last}/option");
    let proxy = Proxy::new(&site.host(), move |asked| match asked.path.contains(&path) {
        true => Verdict::Answer(403, "{\"errorMessages\":[\"no\"]}".into()),
        false => Verdict::Pass,
    });
    let mut destination = Destination::default();
    let strict = site.config_with(json!({"domain": proxy.host(), "on_skip": "fail"}));
    let mut command = site.read_command(&strict, &catalog(&stream, "full_refresh"), None);
    command.env("WORKER_JOB_ID", "3");
    let failed = Output::of(command);
    assert_eq!(failed.code, Some(1), "{:?}", failed.errors());
    destination.load(&failed);
    let next = run(site.host(), Some(&failed.state())).good();
    destination.load(&next);
    assert!(next.records(stream[0]).len() < failed.records(stream[0]).len(), "what is done is not read again");
    assert_equal(&site, &destination, &stream);
}
