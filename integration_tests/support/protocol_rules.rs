//! What every output must be, whatever happened: the protocol's rules about streams, states and the exit code.

use super::output::Output;
use serde_json::Value;
use std::collections::BTreeMap;

/// No more records of a stream than this between two of its states.
const STATE_RECORDS: u64 = 5_000;

/// What has been seen of one stream.
#[derive(Default)]
struct Life {
    running: bool,
    ended: Option<String>,
    records: u64,
    counted: u64,
    since: u64,
    state: Option<Value>,
    states: u64,
}

/// Fails the test unless a finished run kept all rules.
pub fn assert_valid(output: &Output) {
    let lives = lives(output);
    let mut all_complete = true;
    for (stream, life) in &lives {
        let ended = life.ended.as_deref();
        assert!(ended.is_some(), "{stream} has no last status");
        assert_eq!(life.records, life.counted, "{stream}: the sum of recordCount differs from the records");
        all_complete &= ended == Some("COMPLETE");
    }
    let good = all_complete && output.errors().is_empty();
    assert_eq!(output.code == Some(0), good, "exit code {:?}, errors {:#?}", output.code, output.errors());
    assert!(all_complete || !output.errors().is_empty(), "a stream is INCOMPLETE, and no TRACE ERROR says why");
    assert!(!output.stderr.contains(&jira_simulator::Credentials::default().token), "stderr shows the API token");
}

/// Fails the test unless what a run wrote until it was killed kept the rules so far.
pub fn assert_valid_so_far(output: &Output) {
    lives(output);
}

fn lives(output: &Output) -> BTreeMap<String, Life> {
    let mut lives: BTreeMap<String, Life> = BTreeMap::new();
    let token = jira_simulator::Credentials::default().token;
    // The platform stores the config that a CONTROL message brings.
    for line in output.stdout.lines().filter(|line| !line.starts_with(r#"{"type":"CONTROL""#)) {
        assert!(!line.contains(&token), "a line shows the API token: {line}");
    }
    for message in &output.messages {
        match message["type"].as_str() {
            Some("TRACE") if message["trace"]["type"] == "STREAM_STATUS" => {
                status(&mut lives, &message["trace"]["stream_status"])
            }
            Some("RECORD") => {
                let life = alive(&mut lives, text(&message["record"]["stream"]));
                assert!(life.running, "a record before RUNNING: {message}");
                assert!(message["record"]["emitted_at"].is_u64(), "no emitted_at: {message}");
                life.records += 1;
                life.since += 1;
                assert!(life.since <= STATE_RECORDS, "{} records without a state", life.since);
            }
            Some("STATE") => state(&mut lives, &message["state"]),
            Some("TRACE" | "LOG" | "CONTROL") => {}
            _ => panic!("not a message of a read: {message}"),
        }
    }
    lives
}

fn status(lives: &mut BTreeMap<String, Life>, status: &Value) {
    let stream = text(&status["stream_descriptor"]["name"]);
    match text(&status["status"]) {
        "STARTED" => {
            assert!(!lives.contains_key(stream), "{stream} STARTED twice");
            lives.insert(stream.to_owned(), Life::default());
        }
        "RUNNING" => alive(lives, stream).running = true,
        last @ ("COMPLETE" | "INCOMPLETE") => {
            let life = alive(lives, stream);
            assert!(life.states > 0, "{stream}: no STATE before {last}");
            assert_eq!(life.since, 0, "{stream}: records after the last STATE before {last}");
            life.ended = Some(last.to_owned());
        }
        other => panic!("{stream}: unknown status {other}"),
    }
}

fn state(lives: &mut BTreeMap<String, Life>, state: &Value) {
    assert_eq!(state["type"], "STREAM");
    let stream = text(&state["stream"]["stream_descriptor"]["name"]);
    let life = alive(lives, stream);
    let count = state["sourceStats"]["recordCount"].as_f64().expect("a state has a recordCount");
    assert_eq!(count, life.since as f64, "{stream}: recordCount differs from the records since the last state");
    let blob = &state["stream"]["stream_state"];
    assert!(blob.is_object(), "{stream}: the state is no object");
    assert!(
        life.since == 0 || life.state.as_ref() != Some(blob),
        "{stream}: the same state twice with records between: {blob}"
    );
    life.state = Some(blob.clone());
    life.states += 1;
    life.counted += life.since;
    life.since = 0;
}

/// The stream must have begun and not ended.
fn alive<'a>(lives: &'a mut BTreeMap<String, Life>, stream: &str) -> &'a mut Life {
    let life = lives.get_mut(stream).unwrap_or_else(|| panic!("{stream} speaks before STARTED"));
    assert!(life.ended.is_none(), "{stream} speaks after its last status");
    life
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}
