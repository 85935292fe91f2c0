//! Outages in paused time: who waits, who asks, and when the run gives up.

use super::*;
use crate::client::retry::{Policy, Retry};
use std::sync::atomic::{AtomicU32, Ordering};

const MINUTE: Duration = Duration::from_secs(60);

/// A site that is down from `begin` to `end` after it was made. `broken` fails always.
struct Site {
    made: Instant,
    begin: Duration,
    end: Duration,
    attempts: AtomicU32,
    questions: AtomicU32,
}

impl Site {
    fn down(begin: Duration, end: Duration) -> Self {
        let zero = || AtomicU32::new(0);
        Self { made: Instant::now(), begin, end, attempts: zero(), questions: zero() }
    }

    fn failure(request: &Request, kind: Kind) -> Error {
        let status = (kind == Kind::Server).then_some(503);
        Error { status, ..Error::new(kind, request.label(), "no") }
    }
}

impl Service for &Site {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let count = if request.is_probe { &self.questions } else { &self.attempts };
        count.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = self.made.elapsed();
        if request.route == "broken" || (self.begin..self.end).contains(&now) {
            return Err(Site::failure(request, Kind::Server));
        }
        Ok(Reply { body: "{}".into(), replaced: 0, date: None, account: None, tries: 1 })
    }
}

fn health(patience: Duration) -> Arc<Health> {
    let gate = Arc::new(Gate::new(10));
    Arc::new(Health::new(gate, Arc::default(), Policy::for_site(false).pauses(), patience))
}

fn retry<'a>(site: &'a Site, health: &Arc<Health>) -> Retry<&'a Site> {
    Retry::new(site, Arc::clone(health), Policy::for_site(false))
}

/// Twenty requests, each after the one before in four lines side by side.
async fn four_lines(service: &Retry<&Site>) -> Vec<Result<Reply, Error>> {
    let line = || async {
        let mut results = Vec::new();
        for _ in 0..5 {
            results.push(service.call(&Request::get("/a", &[])).await);
        }
        results
    };
    let (one, two, three, four) = tokio::join!(line(), line(), line(), line());
    [one, two, three, four].into_iter().flatten().collect()
}

fn count(counter: &AtomicU32) -> u32 {
    counter.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_any_length_that_is_waited_for_fails_nothing() {
    for seconds in [1, 4, 30, 120, 590] {
        let end = Duration::from_millis(60) + Duration::from_secs(seconds);
        let site = Site::down(Duration::from_millis(60), end);
        let results = four_lines(&retry(&site, &health(10 * MINUTE))).await;
        assert!(results.iter().all(Result::is_ok), "{seconds} s: {results:?}");
        let over = site.made.elapsed().saturating_sub(end);
        assert!(over < Duration::from_secs(90), "{seconds} s: {over:?} longer than the outage");
        let (attempts, questions) = (count(&site.attempts), count(&site.questions));
        // Those under way, and a retry of some of them, besides the twenty that are needed.
        assert!(attempts <= 28, "{seconds} s: {attempts} attempts");
        assert!(questions <= 30, "{seconds} s: {questions} questions");
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_longest_outage_everything_ends_at_once() {
    let site = Site::down(Duration::from_millis(60), 100 * MINUTE);
    let health = health(10 * MINUTE);
    let service = retry(&site, &health);
    let results = four_lines(&service).await;
    let ends = site.made.elapsed();
    assert!((10 * MINUTE..11 * MINUTE).contains(&ends), "{ends:?}");
    let errors: Vec<&Error> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert_eq!(errors.len(), 16, "the first of each line was answered");
    assert!(errors.iter().all(|error| error.kind == Kind::Outage && error.is_fatal()), "{errors:?}");
    insta::assert_snapshot!(errors[0], @r#"Jira answered no request for so long that the run ended (GET /rest/api/3/myself: 503, "no; no answer for 10 min"). Sync again later: it resumes from here. See status.atlassian.com. `max_outage_minutes` sets how long a sync waits."#);
    let sent = count(&site.attempts) + count(&site.questions);
    assert!(sent <= 45, "{sent} requests to a site that is down");
    service.call(&Request::get("/a", &[])).await.unwrap_err();
    assert_eq!(count(&site.attempts) + count(&site.questions), sent, "nothing more is sent");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fails_on_a_site_that_answers_is_given_up() {
    let site = Site::down(Duration::MAX, Duration::MAX);
    let health = health(10 * MINUTE);
    let service = retry(&site, &health);
    service.call(&Request::get("/a", &[])).await.unwrap();
    let error = service.call(&Request::get("broken", &[])).await.unwrap_err();
    assert_eq!((error.kind, error.tries), (Kind::Server, 5));
    assert_eq!(count(&site.questions), 2, "after three failures, and before it is given up");
    assert!(health.waiting().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_always_fails_soon_costs_one_attempt_a_request() {
    let site = Site::down(Duration::MAX, Duration::MAX);
    let service = retry(&site, &health(10 * MINUTE));
    service.call(&Request::get("/a", &[])).await.unwrap();
    let mut tries = Vec::new();
    for _ in 0..300 {
        tries.push(service.call(&Request::get("broken", &[])).await.unwrap_err().tries);
    }
    assert_eq!((tries[0], tries[299]), (5, 1), "{tries:?}");
    let sum: u32 = tries.iter().sum();
    assert!(sum < 300 + 4 * RETRIES, "{sum}");
}

#[tokio::test(start_paused = true)]
async fn every_second_attempt_may_fail_for_ever() {
    struct Half(AtomicU32);
    impl Service for Half {
        async fn call(&self, request: &Request) -> Result<Reply, Error> {
            match self.0.fetch_add(1, Ordering::Relaxed) % 2 {
                0 => Err(Site::failure(request, Kind::Timeout)),
                _ => Ok(Reply { body: "{}".into(), replaced: 0, date: None, account: None, tries: 1 }),
            }
        }
    }
    let service = Retry::new(Half(AtomicU32::new(0)), health(10 * MINUTE), Policy::for_site(true));
    for _ in 0..5_000 {
        service.call(&Request::get("/a", &[])).await.unwrap();
    }
}

/// A typing error in the address must not take ten minutes to show.
#[tokio::test(start_paused = true)]
async fn a_host_that_never_answered_is_not_waited_for() {
    struct Nowhere;
    impl Service for Nowhere {
        async fn call(&self, request: &Request) -> Result<Reply, Error> {
            Err(Site::failure(request, Kind::Network))
        }
    }
    let begin = Instant::now();
    let service = Retry::new(Nowhere, health(10 * MINUTE), Policy::for_site(false));
    let error = service.call(&Request::get("/a", &[])).await.unwrap_err();
    assert_eq!((error.kind, error.tries), (Kind::Network, 5));
    assert!(begin.elapsed() < 2 * MINUTE, "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_may_be_cancelled() {
    let site = Site::down(Duration::from_millis(60), MINUTE);
    let health = health(10 * MINUTE);
    let service = retry(&site, &health);
    service.call(&Request::get("/a", &[])).await.unwrap();
    let first = async { tokio::time::timeout(Duration::from_secs(20), service.call(&Request::get("/a", &[]))).await };
    let request = Request::get("/a", &[]);
    let (cancelled, other) = tokio::join!(first, service.call(&request));
    assert!(cancelled.is_err() && other.is_ok());
    assert!(site.made.elapsed() < 2 * MINUTE, "{:?}", site.made.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_is_said() {
    let site = Site::down(Duration::from_millis(60), 5 * MINUTE);
    let health = health(10 * MINUTE);
    let service = retry(&site, &health);
    service.call(&Request::get("/a", &[])).await.unwrap();
    let request = Request::get("/a", &[]);
    let (_, said) = tokio::join!(service.call(&request), async {
        tokio::time::sleep(MINUTE).await;
        health.waiting()
    });
    let (said, left) = said.expect("an outage");
    assert!((8 * MINUTE..10 * MINUTE).contains(&left), "{left:?}");
    assert!(said.starts_with("Jira has not answered for ") && said.contains("/rest/api/3/myself: 503"), "{said}");
    assert!(health.waiting().is_none(), "it is over");
}
