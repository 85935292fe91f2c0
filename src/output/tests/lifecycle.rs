//! The lifecycle of each stream, its states, and what is never written.

use super::{super::*, output, record};
use crate::protocol::{Status, redaction};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn statuses_come_in_the_legal_order() {
    let (out, page) = output();
    out.start("a", json!({}));
    out.start("empty", json!({}));
    record(&out, "a");
    record(&out, "a");
    out.finish("a", json!({"at": 2}), true);
    out.finish("empty", json!({}), false);
    let lines = page.lines();
    let expected = "STARTED a,STARTED empty,RUNNING a,RECORD a,RECORD a,STATE a,COMPLETE a,RUNNING empty,STATE empty,INCOMPLETE empty";
    assert_eq!(lines.join(","), expected);
    assert_eq!(page.of("STATE")[0]["state"]["sourceStats"]["recordCount"], 2.0);
    assert_eq!(page.of("STATE")[1]["state"]["sourceStats"]["recordCount"], 0.0);
}

#[tokio::test(start_paused = true)]
async fn states_with_records_between_differ_and_count_them() {
    let (out, page) = output();
    out.start("a", json!({"at": 1}));
    for state in [json!({"at": 1}), json!({"at": 1}), json!({"at": 2}), json!({"at": 2})] {
        record(&out, "a");
        out.state("a", state);
    }
    out.finish("a", json!({"at": 2}), true);
    let states: Vec<Value> =
        page.of("STATE").iter().map(|state| state["state"]["stream"]["stream_state"].clone()).collect();
    assert!(states[..4].windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
    assert_eq!(states[2], json!({"at": 2}), "what differs on its own needs no mark");
    let counts: Vec<f64> =
        page.of("STATE").iter().map(|state| state["state"]["sourceStats"]["recordCount"].as_f64().unwrap()).collect();
    assert_eq!(counts, [1.0, 1.0, 1.0, 1.0, 0.0]);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_five_thousand_records_lie_between_states() {
    let (out, page) = output();
    out.start("a", json!({"at": 1}));
    (0..12_345).for_each(|_| record(&out, "a"));
    out.finish("a", json!({"at": 2}), true);
    let counts: Vec<f64> =
        page.of("STATE").iter().map(|state| state["state"]["sourceStats"]["recordCount"].as_f64().unwrap()).collect();
    assert_eq!(counts, [5_000.0, 5_000.0, 2_345.0]);
    let states: Vec<Value> =
        page.of("STATE").iter().map(|state| state["state"]["stream"]["stream_state"].clone()).collect();
    assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
    assert!(states[..2].iter().all(|state| state["at"] == 1), "nothing is promised that is not done");
}

#[tokio::test(start_paused = true)]
async fn secrets_never_show_but_in_control_messages() {
    let (out, page) = output();
    redaction::register("hush/\"tok+en=");
    redaction::register("hush");
    out.log(Level::Warn, "with hush/\"tok+en= in it, and as hush%2F%22tok%2Ben%3D");
    out.fail(Failure::config("refused hush/\"tok+en=").internal("Basic hush"));
    out.message(&Message::connection_status(Status::Failed, "hush"));
    out.drain();
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hush") && !text.contains("tok+en") && !text.contains("tok%2Ben"), "{text}");
    assert!(text.contains("***"));
    out.message(&Message::control(json!({"api_token": "hush"}), 1));
    out.drain();
    assert_eq!(
        page.of("CONTROL")[0]["control"]["connectorConfig"]["config"]["api_token"],
        "hush",
        "the config as it is"
    );
}

/// Takes so many bytes, then fails.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_output_is_remembered_and_costs_no_memory() {
    let out = Output::new(Box::new(Full(100)), Clock::new(|| 1));
    out.start("a", json!({}));
    assert_eq!(out.broken(), None);
    (0..100_000).for_each(|_| record(&out, "a"));
    assert_eq!(out.broken(), Some(io::ErrorKind::StorageFull));
    assert!(out.lock().buffer.capacity() < 4 * BUFFER);
}

/// What the report counts is what was written.
#[tokio::test(start_paused = true)]
async fn a_closed_output_takes_nothing_but_last_logs_and_renewed_tokens() {
    let (out, page) = output();
    out.start("a", json!({}));
    record(&out, "a");
    out.close();
    assert!(out.is_closed());
    record(&out, "a");
    out.state("a", json!({"at": 1}));
    out.fail(Failure::system("Too late."));
    out.log(Level::Info, "Too late.");
    out.heartbeat(&Waits { rate_limit: Some(Duration::from_secs(60)), ..Waits::default() });
    out.finish("a", json!({}), true);
    out.last_log(Level::Warn, "Stopped.");
    out.message(&Message::control(json!({"refresh_token": "new"}), 0));
    out.drain();
    assert_eq!(page.lines(), ["STARTED a", "RUNNING a", "RECORD a", "LOG", "CONTROL"]);
    assert_eq!((out.records("a"), out.failure_count(), out.outcomes()["a"].complete), (1, 0, false));
}

#[tokio::test(start_paused = true)]
async fn records_that_are_nested_too_deeply_are_counted() {
    let (out, page) = output();
    out.start("issues", Value::Null);
    record(&out, "issues");
    let deep = format!("{{\"id\":2,\"a\":{}{}}}", "[".repeat(600), "]".repeat(600));
    out.record("issues", |line| line.extend_from_slice(deep.as_bytes()));
    assert_eq!((out.records("issues"), out.deep_records("issues"), out.deep_records("sprints")), (2, 1, 0));
    out.finish("issues", Value::Null, true);
    out.drain();
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains(&deep), "it is sent unchanged");
}
