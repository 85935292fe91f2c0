//! `read --report`: the closing report as JSON, however the run ends.

use crate::support::{Output, Proxy, Site, Verdict, assert_valid, catalog};
use serde_json::{Value, json};
use source_jira::{
    client::{SignIn, sign_in::hosts::Hosts},
    commands::read,
    config,
    output::{self, Clock},
    protocol::{ConfiguredCatalog, InputState},
    sync::{
        context::SyncContext,
        report::closing::{Begin, Closing},
    },
};
use std::{
    io::{BufRead, BufReader, Read as _},
    path::Path,
    process::Command,
    sync::Arc,
};

const STREAMS: [&str; 3] = ["issues", "issue_comments", "project_versions"];

fn command(site: &Site, config: &Value, report: &Path) -> Command {
    let mut command = site.read_command(config, &catalog(&STREAMS, "incremental"), None);
    command.arg("--report").arg(report);
    command
}

/// Runs a read to its end; the report has the form that docs/closing-report.md says.
fn reported(site: &Site, config: &Value) -> (Output, Value) {
    let path = site.file_path("report.json");
    let output = Output::of(command(site, config, &path));
    assert_valid(&output);
    let report = report_in(&path);
    assert!(!report.to_string().contains(site.token()), "{report:#}");
    (output, report)
}

fn report_in(path: &Path) -> Value {
    let report = serde_json::from_slice(&std::fs::read(path).expect("a report")).expect("JSON");
    assert_form(&report);
    report
}

fn assert_form(report: &Value) {
    let errors: Vec<String> = jsonschema::validator_for(&Closing::schema())
        .expect("a schema")
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{report:#}");
}

#[test]
fn a_good_run_is_reported() {
    let site = Site::new(60, 73, "");
    site.reset_log();
    let (output, report) = reported(&site, &site.config());
    let output = output.good();
    assert_eq!((&report["version"], &report["errors"]), (&env!("CARGO_PKG_VERSION").into(), &json!([])));
    assert_eq!(report["site"], site.url());
    assert!(report["account"].as_str().is_some_and(|account| output.logs()[0].contains(account)), "{report:#}");
    assert!(report["started"].as_str() <= report["ended"].as_str() && report["seconds"].as_f64() > Some(0.0));
    let mut sum = 0;
    for stream in STREAMS {
        let (reported, records) = (&report["streams"][stream], output.records(stream).len());
        assert_eq!((&reported["status"], &reported["records"]), (&"complete".into(), &records.into()), "{stream}");
        assert_eq!(reported["errors"], json!([]), "{stream}");
        // The index's lag concerns what a search finds.
        let found = source_jira::streams::find(stream).is_some_and(|stream| stream.issues().is_some());
        assert_eq!(reported["consistent_as_of"].is_string(), found, "{stream}");
        sum += records;
    }
    let skip = &report["streams"]["project_versions"]["skips"]["project_inactive"];
    assert_eq!(
        (&skip["severity"], &skip["why"]),
        (&"warn".into(), &"the project is archived, in the trash or hidden".into())
    );
    assert!(output.logs().join("\n").contains(&format!("{} × project_inactive", skip["times"])));
    let totals = &report["totals"];
    assert_eq!((&totals["records"], &totals["complete"], &totals["incomplete"]), (&sum.into(), &3.into(), &0.into()));
    let routes = report["requests"].as_object().expect("routes");
    for cost in ["requests", "bytes", "retries", "failures"] {
        let sum: u64 = routes.values().filter_map(|route| route[cost].as_u64()).sum();
        assert_eq!(totals[cost], sum, "{cost}");
    }
    assert_eq!(totals["requests"], site.log().requests);
}

#[test]
fn failures_are_reported_at_their_stream_or_at_the_top() {
    let fault = "[[fault]]\nroute = \"/rest/api/3/project/{projectIdOrKey}/version\"\nkind = \"forbidden\"";
    let site = Site::new(30, 2, fault);
    let (output, report) = reported(&site, &site.config());
    assert_eq!(output.code, Some(1));
    let stream = &report["streams"]["project_versions"];
    assert_eq!((&stream["status"], &stream["errors"]), (&"incomplete".into(), &json!(output.errors())));
    assert_eq!(report["streams"]["issues"]["status"], "complete");
    assert_eq!((&report["totals"]["incomplete"], &report["errors"]), (&1.into(), &json!([])));

    let wrong = json!({"auth_type": "API Token", "email": site.email(), "api_token": "hush/tok+en=1"});
    let (output, report) = reported(&site, &site.config_with(json!({"credentials": wrong})));
    assert_eq!(output.code, Some(1));
    assert_eq!((&report["errors"], &report["streams"]), (&json!(output.errors()), &json!({})));
    assert_eq!((&report["site"], &report["account"]), (&site.url().into(), &Value::Null));

    let (output, report) = reported(&site, &json!({"domain": 7}));
    assert_eq!((&report["errors"], &report["site"]), (&json!(output.errors()), &Value::Null));
}

#[test]
fn what_the_config_makes_fail_is_reported_with_its_severity() {
    let site = Site::new(60, 73, "");
    let (output, report) = reported(&site, &site.config_with(json!({"on_skip": "fail"})));
    assert_eq!(output.code, Some(1));
    let stream = &report["streams"]["project_versions"];
    assert_eq!(
        (&stream["status"], &stream["skips"]["project_inactive"]["severity"]),
        (&"incomplete".into(), &"fail".into())
    );
    assert_eq!(stream["errors"], json!(output.errors()));
}

/// Jira may say anything in an error, the token among it.
#[test]
fn no_message_in_it_holds_a_secret() {
    let site = Site::new(10, 3, "");
    let token = site.token().to_owned();
    let proxy = Proxy::new(&site.host(), move |asked| match asked.path.contains("/version") {
        true => Verdict::Answer(400, json!({"errorMessages": [format!("no: {token}")]}).to_string()),
        false => Verdict::Pass,
    });
    let (output, report) = reported(&site, &site.config_with(json!({"domain": proxy.host()})));
    assert_eq!(output.code, Some(1));
    let errors = report["streams"]["project_versions"]["errors"].to_string();
    assert!(errors.contains("no: ***"), "the message is there, the token is not: {errors}");
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_is_read() {
    let site = Site::new(5, 1, "");
    site.file("catalog.json", "{}");
    for (path, why) in [
        (site.file_path("missing").join("report.json"), "its folder does not exist"),
        (std::env::temp_dir(), "not a regular file"),
        (site.file_path("config.json"), "an input file of this run"),
        (site.file_path(".").join("catalog.json"), "an input file of this run"),
    ] {
        let output = Output::of(command(&site, &site.config(), &path));
        assert_eq!((output.code, output.errors().len()), (Some(1), 1), "{path:?}: {:?}", output.errors());
        let error = output.errors()[0];
        assert!(error.contains(why) && error.contains("--report"), "{error}");
        assert_eq!(output.messages[0]["trace"]["error"]["failure_type"], "config_error");
        assert!(output.logs().is_empty(), "{:?}", output.logs());
    }
    let config: Value = serde_json::from_slice(&std::fs::read(site.file_path("config.json")).unwrap()).unwrap();
    assert_eq!(config, site.config(), "the config is as it was");
}

#[test]
fn a_folder_that_goes_away_meanwhile_is_a_warning() {
    let site = Site::new(10, 1, "[[fault]]\nroute = \"*\"\nkind = \"slow\"\ndelay_ms = 40");
    let folder = site.file_path("reports");
    std::fs::create_dir(&folder).unwrap();
    let mut child = command(&site, &site.config(), &folder.join("report.json")).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    stdout.read_to_string(&mut text).unwrap();
    let output = Output::from(child.wait().unwrap().code(), text.into_bytes(), b"").good();
    let warnings: Vec<&Value> =
        output.of_type("LOG").filter(|log| log["message"].to_string().contains("report.json")).collect();
    assert_eq!(warnings.len(), 1, "{:?}", output.logs());
    assert_eq!(warnings[0]["level"], "WARN");
}

#[test]
fn a_reader_that_goes_away_leaves_a_report_and_a_kill_leaves_the_old_one() {
    let slow = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nkind = \"slow\"\ndelay_ms = 120000";
    let site = Site::new(300, 1, slow);
    let path = site.file("report.json", "{\"old\": true}");
    let mut child = command(&site, &site.config(), &path).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"old\": true}");

    let mut child = command(&site, &site.config(), &path).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    assert_ne!(child.wait().unwrap().code(), Some(0));
    let report = report_in(&path);
    assert_eq!(report["streams"]["issues"]["status"], "incomplete", "{report:#}");
}

#[test]
fn what_a_stream_is_consistent_with_is_reported_as_text_and_json() {
    let site = Site::new(20, 4, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = site.file_path("out.jsonl");
    let report = runtime.block_on(async {
        let out = Arc::new(output::Output::new(Box::new(std::fs::File::create(&path).unwrap()), Clock::system()));
        let begin = Begin::now(Clock::system());
        let config = config::parse(site.config().to_string().as_bytes()).unwrap().config;
        let hosts = Hosts { api: site.url(), auth: site.url() };
        let client = SignIn::at(&config, Arc::new(()), hosts).unwrap().connect(1).await.unwrap();
        let sync = SyncContext::new(client, Arc::clone(&out), config, None, None);
        sync.report.consistent_as_of("boards", 1_769_860_800_000);
        let streams = ConfiguredCatalog::parse(catalog(&["boards", "labels"], "incremental").to_string().as_bytes());
        read::read(&sync, &streams.unwrap(), &InputState::default()).await.unwrap();
        serde_json::to_value(Closing::new(begin, &out, None, Some(&sync))).unwrap()
    });
    assert_form(&report);
    let reported = |stream: &str| report["streams"][stream]["consistent_as_of"].clone();
    assert_eq!((reported("boards"), reported("labels")), ("2026-01-31T12:00:00Z".into(), Value::Null));
    let output = Output::from(Some(0), std::fs::read(&path).unwrap(), b"");
    let lines: Vec<&str> = output.logs().into_iter().filter(|line| line.contains("consistent")).collect();
    assert_eq!(lines, ["Report, boards: consistent as of 2026-01-31T12:00:00Z."]);
}

#[test]
fn the_sample_in_the_readme_has_the_form() {
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("## Monitoring").expect("a section");
    let sample = section.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("a sample");
    assert_form(&serde_json::from_str(sample).expect("JSON"));
}
