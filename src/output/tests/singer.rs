//! The same as Singer messages.

use super::{super::*, Page, record};
use crate::protocol::{SyncMode, message::Catalog};
use serde_json::json;

/// An output that knows the streams `a` and `b`, its lines and its log.
fn singer() -> (Output, Page, Page) {
    let (page, log) = (Page::default(), Page::default());
    let out = Output::of(
        Box::new(singer::Singer::new(Box::new(log.clone()))),
        Writer::direct(Box::new(page.clone())),
        Clock::new(|| 1_000_000),
    );
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let chosen = ["a", "b"].map(|name| SelectedStream {
        name: name.to_owned(),
        sync_mode: SyncMode::Incremental,
        schema: schema.clone(),
        keys: vec!["id".to_owned()],
        cursor: Some("at".to_owned()),
    });
    let came = json!({"a": {"old": 1}, "kept": {"old": 2}});
    out.select_streams(&chosen, came.as_object().unwrap().clone());
    (out, page, log)
}

/// Types and streams in order; of states, what they hold.
fn lines(page: &Page) -> Vec<String> {
    let line = |message: &Value| match message["type"].as_str().unwrap() {
        "STATE" => message["value"]["bookmarks"].to_string(),
        kind => format!("{kind} {}", message["stream"].as_str().unwrap()),
    };
    page.messages().iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn schemas_come_first_and_each_state_covers_what_stands_before_it() {
    let (out, page, _) = singer();
    out.start("a", json!({"at": 0}));
    out.start("b", json!({"at": 0}));
    record(&out, "a");
    out.state("a", json!({"at": 1}));
    out.state("b", json!({"at": 1}));
    record(&out, "b");
    out.finish("a", json!({"at": 2}), true);
    out.finish("b", json!({"at": 2}), false);
    out.drain();
    out.drain();
    let state = |a, b| format!(r#"{{"a":{{"at":{a}}},"b":{{"at":{b}}},"kept":{{"old":2}}}}"#);
    let expected = ["SCHEMA a", "SCHEMA b", &state(0, 0), "RECORD a", &state(1, 1), "RECORD b", &state(2, 2)];
    assert_eq!(lines(&page), expected);
    let record = &page.of("RECORD")[0];
    assert_eq!((&record["record"], &record["time_extracted"]), (&json!({"id": 1}), &json!("1970-01-01T00:16:40.000Z")));
}

#[tokio::test(start_paused = true)]
async fn a_state_does_not_wait_for_long() {
    let (out, page, _) = singer();
    out.start("a", json!({"at": 0}));
    record(&out, "a");
    out.state("a", json!({"at": 1}));
    let states = || page.of("STATE").len();
    let before = states();
    tokio::time::advance(Duration::from_secs(1)).await;
    out.heartbeat(&Waits::default());
    assert_eq!(states(), before + 1);
    out.heartbeat(&Waits::default());
    assert_eq!(states(), before + 1, "once");
}

/// Nothing else would show that the target has ended.
#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_log_and_a_state_each_minute() {
    let (out, page, log) = singer();
    out.start("a", json!({"at": 0}));
    record(&out, "a");
    for _ in 0..600 {
        tokio::time::advance(Duration::from_secs(1)).await;
        out.heartbeat(&Waits::default());
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!((10..=11).contains(&text.lines().count()), "{text}");
    assert!(text.starts_with("INFO Still reading; records so far: a 1.\n"), "{text}");
    assert!((10..=14).contains(&page.of("STATE").len()), "{:?}", lines(&page));
}

#[tokio::test(start_paused = true)]
async fn what_singer_has_no_message_for_is_left_out_and_the_log_has_no_secrets() {
    let (out, page, log) = singer();
    crate::protocol::redaction::register("hush");
    out.start("unknown", json!({}));
    record(&out, "unknown");
    out.estimate("a", 7);
    out.message(&Message::control(json!({"token": "hush"}), 1));
    out.log(Level::Warn, "hush, somebody listens");
    out.fail(Failure::config("not hush").internal("for support").stream("a"));
    out.fail(Failure::system("a bug").internal("src/a.rs:1"));
    out.finish("unknown", json!({}), false);
    out.drain();
    assert_eq!(lines(&page), Vec::<String>::new());
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text, "WARN ***, somebody listens\nERROR a: not ***\nERROR a bug (src/a.rs:1)\n");
    assert_eq!((out.failure_count(), out.delivers_config()), (2, false));
}

#[tokio::test(start_paused = true)]
async fn a_catalog_is_a_document_by_itself() {
    let (out, page, _) = singer();
    out.message(&Message::Catalog { catalog: Catalog { streams: Vec::new() } });
    out.drain();
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text, "{\n  \"streams\": []\n}\n");
}
