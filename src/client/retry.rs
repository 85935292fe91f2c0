//! Retries requests that can succeed later: rate limits, outages, time-outs, broken connections, damaged or wrong bodies.
//!
//! Observes the classified error of each attempt, never the reply itself. Lies below `observe`, so that a call counts once
//! whatever it took, and above `throttle`, so that each attempt waits for its turn like any other request. Limits: a request
//! has [`Request::tries`] attempts besides the ones that Jira's rate limit refused, of which it has
//! [`Policy::max_refusals`] within [`LONGEST_REFUSAL`], and besides those of [`MAX_OUTAGES`] outages of the site; the run has a
//! budget for all retries ([`Health::may_retry`]); a wait that Jira names is waited for if it is at most [`MAX_WAIT`]. Every wait
//! is drawn at random, so that requests which failed together are not repeated together.

use super::{Error, Kind, Reply, Request, Service, shared::health::Health, throttle::MAX_WAIT};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// The longest time for which a request is refused again and again. A quota is restored each hour; whoever is refused after three
/// of them is refused for another reason.
const LONGEST_REFUSAL: Duration = Duration::from_secs(3 * 3_600);

/// Outages that a request survives. A request that brings the site down itself must end some time.
const MAX_OUTAGES: u32 = 5;

/// How long to wait between attempts, and how often to retry a rate limit.
///
/// Jira's page on rate limiting advises: start with 2 s, double each time, at most 30 s, and add jitter. The jitter here
/// is as wide as the wait: the first wait is drawn from 2 to 4 s, the second from 4 to 8 s, and so on. Drawing from zero
/// on would spread as well, but would spend all attempts on an outage of a few seconds.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The shortest first wait. Also the jitter that is added to a wait that Jira names.
    pub first_delay: Duration,
    /// Where doubling ends.
    pub max_delay: Duration,
    /// Attempts that the rate limit (429) may refuse. More than for other failures, because a quota is restored at the top
    /// of the hour at the latest, and a broken server perhaps never.
    pub max_refusals: u32,
}

impl Policy {
    /// `loopback`: the site is a simulator on this machine, which needs no long pauses.
    pub fn for_site(loopback: bool) -> Self {
        let (first, max) = if loopback { (40, 1_000) } else { (2_000, 30_000) };
        Self { first_delay: Duration::from_millis(first), max_delay: Duration::from_millis(max), max_refusals: 40 }
    }

    /// The first pause between two questions to a site that does not answer, and the longest.
    pub fn pauses(&self) -> [Duration; 2] {
        [self.first_delay, self.max_delay]
    }

    /// Waits without end, each with its jitter. They are drawn from the thread's `fastrand` generator, so a seed repeats them.
    fn delays(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.max_delay)
            .with_jitter()
            .without_max_times()
            .build()
    }

    /// What is added to a wait that Jira names: every caller is refused until the same moment.
    fn spread(&self) -> Duration {
        self.first_delay.mul_f64(fastrand::f64())
    }
}

/// The layer.
pub struct Retry<S> {
    inner: S,
    health: Arc<Health>,
    policy: Policy,
}

impl<S> Retry<S> {
    pub fn new(inner: S, health: Arc<Health>, policy: Policy) -> Self {
        Self { inner, health, policy }
    }
}

impl<S: Service> Service for Retry<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let start = Instant::now();
        let mut delays = self.policy.delays();
        let (mut failures, mut refusals, mut outages) = (0, 0, 0);
        loop {
            let attempts = failures + refusals + outages;
            self.health.wait(&self.inner).await.map_err(|error| Error { tries: attempts, ..error })?;
            let began = Instant::now();
            let result = self.inner.call(request).await;
            self.health.observe(result.as_ref());
            let error = match result {
                Ok(reply) => return Ok(Reply { tries: attempts + 1, ..reply }),
                Err(error) => error,
            };
            match error.kind {
                Kind::RateLimited => refusals += 1,
                _ => failures += 1,
            }
            let refused = refusals >= self.policy.max_refusals || refusals > 0 && start.elapsed() >= LONGEST_REFUSAL;
            let exhausted = failures >= request.tries || refused;
            let too_long = error.wait.is_some_and(|wait| wait > MAX_WAIT);
            let can_retry = error.can_retry() && !too_long;
            if can_retry && exhausted && outages < MAX_OUTAGES {
                let excused = self.health.excuses(began, &error, &self.inner).await;
                if excused.map_err(|error| Error { tries: attempts + 1, ..error })? {
                    (failures, outages) = (failures - 1, outages + 1);
                    continue;
                }
            }
            if !can_retry || exhausted || error.kind != Kind::RateLimited && !self.health.may_retry() {
                let error = Error { tries: attempts + 1, elapsed: start.elapsed(), ..error };
                return Err(if too_long { explained(error) } else { error });
            }
            if self.health.is_in_doubt() {
                continue;
            }
            let wait = match error.wait {
                Some(named) => named + self.policy.spread(),
                None => delays.next().unwrap_or(self.policy.max_delay),
            };
            tracing::debug!("{}; retrying in {:.1} s", error, wait.as_secs_f64());
            tokio::time::sleep(wait).await;
        }
    }
}

/// The error with how long Jira asks to wait.
fn explained(error: Error) -> Error {
    let hours = error.wait.map_or(0.0, |wait| (wait.as_secs_f64() / 3_600.0).min(1_000_000.0));
    error.with_remedy(format!(
        "Jira asks to wait {hours:.1} hours, and no run waits for more than {:.1}. Sync again after that.",
        MAX_WAIT.as_secs_f64() / 3_600.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Gate;
    use std::sync::Mutex;

    /// Fails with the given errors first, then succeeds.
    struct Scripted(Mutex<Vec<Error>>);

    impl Service for Scripted {
        async fn call(&self, _: &Request) -> Result<Reply, Error> {
            match self.0.lock().unwrap().pop() {
                Some(error) => Err(error),
                None => Ok(Reply { body: "{}".into(), replaced: 0, date: None, account: None, tries: 1 }),
            }
        }
    }

    /// Of a run that waits for no outage.
    fn health() -> Arc<Health> {
        Health::new(Arc::new(Gate::new(10)), Arc::default(), Policy::for_site(false).pauses(), Duration::ZERO).into()
    }

    fn retry(kind: Kind, times: usize) -> Retry<Scripted> {
        let errors = (0..times).map(|_| Error::new(kind, "GET /a", "")).collect();
        Retry::new(Scripted(Mutex::new(errors)), health(), Policy::for_site(false))
    }

    #[tokio::test(start_paused = true)]
    async fn retries_what_can_succeed_later_and_counts_attempts() {
        let request = Request::get("/a", &[]);
        for kind in [Kind::Server, Kind::Timeout, Kind::Network, Kind::NotJson, Kind::Malformed, Kind::RateLimited] {
            assert_eq!(retry(kind, 4).call(&request).await.unwrap().tries, 5, "{kind:?}");
        }
        let error = retry(Kind::Server, 9).call(&request).await.unwrap_err();
        assert_eq!(error.tries, 5);
        assert!(error.to_string().contains("after 5 tries in "), "{error}");
        assert_eq!(retry(Kind::Server, 9).call(&request.clone().tries(2)).await.unwrap_err().tries, 2);
        assert!(retry(Kind::RateLimited, 30).call(&request).await.is_ok(), "a rate limit is retried more often");
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_repeat_what_cannot_succeed() {
        for kind in [
            Kind::Unauthorized,
            Kind::Anonymous,
            Kind::Captcha,
            Kind::Scope,
            Kind::Forbidden,
            Kind::NotFound,
            Kind::BadRequest,
        ] {
            assert_eq!(retry(kind, 1).call(&Request::get("/a", &[])).await.unwrap_err().tries, 1, "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_refusal_ends_within_hours() {
        let hour = Duration::from_secs(3_600);
        let errors = vec![Error { wait: Some(hour), ..Error::new(Kind::RateLimited, "GET /a", "") }; 39];
        let retry = Retry::new(Scripted(Mutex::new(errors)), health(), Policy::for_site(false));
        let begin = Instant::now();
        assert_eq!(retry.call(&Request::get("/a", &[])).await.unwrap_err().kind, Kind::RateLimited);
        assert!((3 * hour..4 * hour).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_hour_of_the_quota_is_an_error() {
        let error = Error { wait: Some(Duration::from_secs(5 * 3600)), ..Error::new(Kind::RateLimited, "GET /a", "") };
        let retry = Retry::new(Scripted(Mutex::new(vec![error])), health(), Policy::for_site(false));
        assert!(retry.call(&Request::get("/a", &[])).await.is_err());
    }

    /// The moments of ten attempts, in milliseconds since the first, under a seed.
    async fn attempts(seed: u64, wait: Option<Duration>) -> Vec<u128> {
        struct Failing(Instant, Mutex<Vec<u128>>, Option<Duration>);
        impl Service for Failing {
            async fn call(&self, _: &Request) -> Result<Reply, Error> {
                self.1.lock().unwrap().push(self.0.elapsed().as_millis());
                Err(Error { wait: self.2, ..Error::new(Kind::Server, "GET /a", "") })
            }
        }
        fastrand::seed(seed);
        let retry = Retry::new(Failing(Instant::now(), Mutex::default(), wait), health(), Policy::for_site(false));
        retry.call(&Request::get("/a", &[]).tries(10)).await.unwrap_err();
        retry.inner.1.into_inner().unwrap()
    }

    fn waits(attempts: &[u128]) -> Vec<u128> {
        attempts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_a_limit_and_are_spread_over_their_own_width() {
        let drawn: Vec<Vec<u128>> =
            [waits(&attempts(1, None).await), waits(&attempts(2, None).await), waits(&attempts(3, None).await)].into();
        for waits in &drawn {
            for (wait, least) in waits.iter().zip([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000])
            {
                assert!((least..=2 * least + 2).contains(wait), "{waits:?}");
            }
        }
        assert!(drawn[0][0] != drawn[1][0] && drawn[1][0] != drawn[2][0], "{drawn:?}");
        assert_eq!(waits(&attempts(1, None).await), drawn[0], "a seed repeats them");
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_spread_after_a_wait_that_jira_names() {
        let named = Duration::from_secs(60);
        let (one, other) = (waits(&attempts(1, Some(named)).await), waits(&attempts(2, Some(named)).await));
        for wait in one.iter().chain(&other) {
            assert!((60_000..=62_002).contains(wait), "{one:?} {other:?}");
        }
        assert_ne!(one, other);
        assert_eq!(waits(&attempts(1, Some(named)).await), one, "a seed repeats them");
    }
}
