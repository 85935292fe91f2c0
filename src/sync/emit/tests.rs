//! What the emitter owes its readers, on a clock that stands still until it is told otherwise.

use super::*;
use crate::{
    client::{Error, Gate, Kind, Reply, Request, Service, retry, throttle::Throttle},
    protocol::Status,
    sync::run,
};
use serde_json::json;
use std::sync::{Arc, atomic::AtomicU32, atomic::Ordering};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn messages(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Kinds and streams in order, as in `RECORD issues`, `STATE issues`, `RUNNING issues`.
    fn told(&self) -> Vec<String> {
        let name = |message: &Value, path: &str| message.pointer(path).and_then(Value::as_str).unwrap_or("?").to_owned();
        let told = |message: &Value| match message["type"].as_str().unwrap() {
            "RECORD" => format!("RECORD {}", name(message, "/record/stream")),
            "STATE" => format!("STATE {}", name(message, "/state/stream/stream_descriptor/name")),
            "TRACE" if message["trace"]["type"] == "STREAM_STATUS" => format!(
                "{} {}",
                name(message, "/trace/stream_status/status"),
                name(message, "/trace/stream_status/stream_descriptor/name")
            ),
            other => other.to_owned(),
        };
        self.messages().iter().map(told).collect()
    }

    fn of(&self, kind: &str) -> Vec<Value> {
        self.messages().into_iter().filter(|message| message["type"] == kind).collect()
    }
}

fn emitter() -> (Emitter, Page) {
    let page = Page::default();
    (Emitter::new(Box::new(page.clone()), Clock::new(|| 1_000_000)), page)
}

fn record(out: &Emitter, stream: &str) {
    out.record(stream, |line| line.extend_from_slice(b"{\"id\":1}"));
}

/// Beats each second for so long.
async fn wait(out: &Emitter, seconds: u64, closed_for: Option<Duration>) {
    for passed in 0..seconds {
        tokio::time::advance(Duration::from_secs(1)).await;
        out.beat(closed_for.map(|wait| wait.saturating_sub(Duration::from_secs(passed))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_lives_in_the_legal_order() {
    let (out, page) = emitter();
    out.start("a", json!({}));
    out.start("empty", json!({}));
    record(&out, "a");
    record(&out, "a");
    out.finish("a", json!({"at": 2}), true);
    out.finish("empty", json!({}), false);
    let told = page.told();
    let expected = "STARTED a,STARTED empty,RUNNING a,RECORD a,RECORD a,STATE a,COMPLETE a,RUNNING empty,STATE empty,INCOMPLETE empty";
    assert_eq!(told.join(","), expected);
    assert_eq!(page.of("STATE")[0]["state"]["sourceStats"]["recordCount"], 2.0);
    assert_eq!(page.of("STATE")[1]["state"]["sourceStats"]["recordCount"], 0.0);
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_log_each_minute_and_a_state_each_five() {
    let (out, page) = emitter();
    out.start("a", json!({"at": 1}));
    out.start("done", json!({}));
    out.finish("done", json!({}), true);
    let before = page.messages().len();
    for minute in 1..=30 {
        wait(&out, 60, None).await;
        assert!(page.of("LOG").len() >= minute, "minute {minute}");
        assert!(page.told().iter().filter(|told| *told == "STATE a").count() >= minute / 5, "minute {minute}");
    }
    let states = page.told().iter().skip(before).filter(|told| told.starts_with("STATE")).count();
    assert!((6..=7).contains(&states), "{states}: not for streams that are done, and no flood");
    let log = page.of("LOG")[0]["log"].clone();
    assert_eq!((&log["level"], log["message"].as_str().unwrap()), (&json!("INFO"), "Still reading; records so far: a 0."));
}

#[tokio::test(start_paused = true)]
async fn what_waits_goes_out_each_second() {
    let (out, page) = emitter();
    out.start("a", json!({}));
    record(&out, "a");
    assert!(page.messages().is_empty(), "collected first");
    wait(&out, 1, None).await;
    assert_eq!(page.of("RECORD").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_is_told_once_with_its_end() {
    let (out, page) = emitter();
    out.start("a", json!({}));
    out.start("done", json!({}));
    out.finish("done", json!({}), true);
    wait(&out, 200, Some(Duration::from_secs(900))).await;
    let waits = || page.of("TRACE").into_iter().filter(|trace| trace["trace"]["stream_status"]["reasons"].is_array()).collect::<Vec<_>>();
    assert_eq!(waits().len(), 1, "once, and not for what is done");
    let status = &waits()[0]["trace"]["stream_status"];
    let expected = json!([{"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1_000_000 + 900_000}}]);
    assert_eq!((&status["status"], &status["reasons"]), (&json!("RUNNING"), &expected));
    assert!(page.of("LOG").iter().any(|log| log["log"]["message"].as_str().unwrap().contains("rate limit wants")));
    // A record clears the platform's display; the next wait is another one.
    record(&out, "a");
    wait(&out, 10, Some(Duration::from_secs(60))).await;
    assert_eq!(waits().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_wait_without_a_record_between_is_told_too() {
    static NOW: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
    let page = Page::default();
    let out = Emitter::new(Box::new(page.clone()), Clock::new(|| NOW.load(Ordering::Relaxed)));
    out.start("a", json!({}));
    out.beat(Some(Duration::from_secs(60)));
    NOW.store(30_000, Ordering::Relaxed);
    out.beat(Some(Duration::from_secs(30)));
    NOW.store(61_000, Ordering::Relaxed);
    out.beat(Some(Duration::from_secs(60)));
    let ends: Vec<Value> = page
        .of("TRACE")
        .iter()
        .filter_map(|trace| trace.pointer("/trace/stream_status/reasons/0/rate_limited/quota_reset").cloned())
        .collect();
    assert_eq!(ends, [json!(60_000), json!(121_000)]);
}

#[tokio::test(start_paused = true)]
async fn states_with_records_between_differ_and_count_them() {
    let (out, page) = emitter();
    out.start("a", json!({"at": 1}));
    for state in [json!({"at": 1}), json!({"at": 1}), json!({"at": 2}), json!({"at": 2})] {
        record(&out, "a");
        out.state("a", state);
    }
    out.finish("a", json!({"at": 2}), true);
    let states: Vec<Value> = page.of("STATE").iter().map(|state| state["state"]["stream"]["stream_state"].clone()).collect();
    assert!(states[..4].windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
    assert_eq!(states[2], json!({"at": 2}), "what differs by itself needs no mark");
    let counts: Vec<f64> = page.of("STATE").iter().map(|state| state["state"]["sourceStats"]["recordCount"].as_f64().unwrap()).collect();
    assert_eq!(counts, [1.0, 1.0, 1.0, 1.0, 0.0]);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_five_thousand_records_lie_between_states() {
    let (out, page) = emitter();
    out.start("a", json!({"at": 1}));
    (0..12_345).for_each(|_| record(&out, "a"));
    out.finish("a", json!({"at": 2}), true);
    let counts: Vec<f64> = page.of("STATE").iter().map(|state| state["state"]["sourceStats"]["recordCount"].as_f64().unwrap()).collect();
    assert_eq!(counts, [5_000.0, 5_000.0, 2_345.0]);
    let states: Vec<Value> = page.of("STATE").iter().map(|state| state["state"]["stream"]["stream_state"].clone()).collect();
    assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
    assert!(states[..2].iter().all(|state| state["at"] == 1), "nothing is promised that is not done");
}

#[tokio::test(start_paused = true)]
async fn secrets_never_show_but_in_control_messages() {
    let (out, page) = emitter();
    out.hide(["hush/\"tok+en=", "hush"]);
    out.log(Level::Warn, "with hush/\"tok+en= in it, and as hush%2F%22tok%2Ben%3D");
    out.fail(Failure::config("refused hush/\"tok+en=").internal("Basic hush"));
    out.message(&Message::connection_status(Status::Failed, "hush"));
    out.flush();
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hush") && !text.contains("tok+en") && !text.contains("tok%2Ben"), "{text}");
    assert!(text.contains("***"));
    out.message(&Message::control(json!({"api_token": "hush"}), 1));
    out.flush();
    assert_eq!(page.of("CONTROL")[0]["control"]["connectorConfig"]["config"]["api_token"], "hush", "the config as it is");
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
    let out = Emitter::new(Box::new(Full(100)), Clock::new(|| 1));
    out.start("a", json!({}));
    assert_eq!(out.broken(), None);
    (0..100_000).for_each(|_| record(&out, "a"));
    assert_eq!(out.broken(), Some(io::ErrorKind::StorageFull));
    assert!(out.lock().buffer.capacity() < 4 * BUFFER);
}

/// Refuses at first, naming a long wait.
struct Refusing(AtomicU32);

impl Service for Refusing {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            let wait = Some(Duration::from_secs(3_000));
            return Err(Error { status: Some(429), wait, ..Error::new(Kind::RateLimited, request.label(), "") });
        }
        Ok(Reply { body: "{}".into(), date: None, account: None, tries: 1 })
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_retry_after_keeps_beating_and_is_waited_for() {
    let (out, page) = emitter();
    out.start("a", json!({"at": 1}));
    let gate = Arc::new(Gate::new(4));
    let throttle = Throttle::new(Refusing(AtomicU32::new(0)), gate.clone());
    let service = retry::Retry::new(throttle, retry::Policy::for_site(false));
    let (begin, request) = (Instant::now(), Request::get("/a", &[]));
    let reply = tokio::select! {
        reply = service.call(&request) => reply,
        () = run::beat(&out, &gate) => unreachable!("a beat does not end"),
    };
    assert_eq!(reply.unwrap().tries, 2);
    assert!((3_000..3_010).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    assert!(page.of("LOG").len() >= 50, "{} lines in 50 minutes", page.of("LOG").len());
    assert!(page.of("STATE").len() >= 10, "{} states in 50 minutes", page.of("STATE").len());
    assert_eq!(page.told().iter().filter(|told| *told == "RUNNING a").count(), 1, "the wait, once");
}
