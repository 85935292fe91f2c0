//! Signs of life while nothing arrives.

use super::{super::*, Page, output, record};
use crate::client::{Error, Gate, Kind, Reply, Request, Service, retry, shared::health::Health, throttle::Throttle};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

fn limited(wait: Duration) -> Waits {
    Waits { rate_limit: Some(wait), outage: None }
}

/// Sends a heartbeat each second for so long.
async fn wait(out: &Output, seconds: u64, closed_for: Option<Duration>) {
    for passed in 0..seconds {
        tokio::time::advance(Duration::from_secs(1)).await;
        let left = closed_for.map(|wait| wait.saturating_sub(Duration::from_secs(passed)));
        out.heartbeat(&Waits { rate_limit: left, ..Waits::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_log_each_minute_and_a_state_each_five() {
    let (out, page) = output();
    out.start("a", json!({"at": 1}));
    out.start("done", json!({}));
    out.finish("done", json!({}), true);
    let before = page.messages().len();
    for minute in 1..=30 {
        wait(&out, 60, None).await;
        assert!(page.of("LOG").len() >= minute, "minute {minute}");
        assert!(page.lines().iter().filter(|line| *line == "STATE a").count() >= minute / 5, "minute {minute}");
    }
    let states = page.lines().iter().skip(before).filter(|line| line.starts_with("STATE")).count();
    assert!((6..=7).contains(&states), "{states}: not for streams that are done, and no flood");
    let log = page.of("LOG")[0]["log"].clone();
    assert_eq!(
        (&log["level"], log["message"].as_str().unwrap()),
        (&json!("INFO"), "Still reading; records so far: a 0.")
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_goes_out_each_second() {
    let (out, page) = output();
    out.start("a", json!({}));
    record(&out, "a");
    assert!(page.messages().is_empty(), "collected first");
    wait(&out, 1, None).await;
    assert_eq!(page.of("RECORD").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_is_reported_once_with_its_end() {
    let (out, page) = output();
    out.start("a", json!({}));
    out.start("done", json!({}));
    out.finish("done", json!({}), true);
    wait(&out, 200, Some(Duration::from_secs(900))).await;
    let waits = || {
        page.of("TRACE")
            .into_iter()
            .filter(|trace| trace["trace"]["stream_status"]["reasons"].is_array())
            .collect::<Vec<_>>()
    };
    assert_eq!(waits().len(), 1, "once, and not for what is done");
    let status = &waits()[0]["trace"]["stream_status"];
    let expected = json!([{"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1_000_000 + 900_000}}]);
    assert_eq!((&status["status"], &status["reasons"]), (&json!("RUNNING"), &expected));
    assert!(page.of("LOG").iter().any(|log| log["log"]["message"].as_str().unwrap().contains("Rate-limited")));
    // A record clears the platform's display; the next wait is another one.
    record(&out, "a");
    wait(&out, 10, Some(Duration::from_secs(60))).await;
    assert_eq!(waits().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_wait_without_a_record_between_is_reported_too() {
    static NOW: AtomicI64 = AtomicI64::new(0);
    let page = Page::default();
    let out = Output::new(Box::new(page.clone()), Clock::new(|| NOW.load(Ordering::Relaxed)));
    out.start("a", json!({}));
    out.heartbeat(&limited(Duration::from_secs(60)));
    NOW.store(30_000, Ordering::Relaxed);
    out.heartbeat(&limited(Duration::from_secs(30)));
    NOW.store(61_000, Ordering::Relaxed);
    out.heartbeat(&limited(Duration::from_secs(60)));
    let ends: Vec<Value> = page
        .of("TRACE")
        .iter()
        .filter_map(|trace| trace.pointer("/trace/stream_status/reasons/0/rate_limited/quota_reset").cloned())
        .collect();
    assert_eq!(ends, [json!(60_000), json!(121_000)]);
}

/// Refuses at first, naming a long wait.
struct Refusing(AtomicU32);

impl Service for Refusing {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            let wait = Some(Duration::from_secs(3_000));
            return Err(Error { status: Some(429), wait, ..Error::new(Kind::RateLimited, request.label(), "") });
        }
        Ok(Reply { body: "{}".into(), replaced: 0, date: None, account: None, tries: 1 })
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_retry_after_keeps_sending_heartbeats_and_is_waited_for() {
    let (out, page) = output();
    out.start("a", json!({"at": 1}));
    let gate = Arc::new(Gate::new(4));
    let throttle = Throttle::new(Refusing(AtomicU32::new(0)), gate.clone());
    let policy = retry::Policy::for_site(false);
    let health = Health::new(Arc::clone(&gate), Arc::default(), policy.pauses(), Duration::ZERO);
    let service = retry::Retry::new(throttle, Arc::new(health), policy);
    let (begin, request) = (Instant::now(), Request::get("/a", &[]));
    let reply = tokio::select! {
        reply = service.call(&request) => reply,
        () = out.heartbeats(|| Waits { rate_limit: gate.closed_for(), ..Waits::default() }) => unreachable!("heartbeats do not end"),
    };
    assert_eq!(reply.unwrap().tries, 2);
    assert!((3_000..3_010).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    assert!(page.of("LOG").len() >= 50, "{} lines in 50 minutes", page.of("LOG").len());
    assert!(page.of("STATE").len() >= 10, "{} states in 50 minutes", page.of("STATE").len());
    assert_eq!(page.lines().iter().filter(|line| *line == "RUNNING a").count(), 1, "the wait, once");
}
