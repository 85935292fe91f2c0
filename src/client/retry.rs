//! Asks again where that can help: refusals, outages, time-outs, broken connections, cut-off or wrong bodies.

use super::{Error, Kind, Reply, Request, Service, throttle::LONGEST};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait between tries. Jira's advice: start at 2 s, double, at most 30 s, with jitter.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub first: Duration,
    pub most: Duration,
    /// Refusals (429) in a row before giving up: a quota that is back at the top of the hour is worth more patience
    /// than a broken server.
    pub refusals: u32,
}

impl Policy {
    /// A simulator on this machine need not be spared.
    pub fn for_site(loopback: bool) -> Self {
        let (first, most) = if loopback { (40, 1_000) } else { (2_000, 30_000) };
        Self { first: Duration::from_millis(first), most: Duration::from_millis(most), refusals: 40 }
    }
}

pub struct Retry<S> {
    inner: S,
    policy: Policy,
}

impl<S> Retry<S> {
    pub fn new(inner: S, policy: Policy) -> Self {
        Self { inner, policy }
    }
}

impl<S: Service> Service for Retry<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let start = Instant::now();
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(self.policy.first)
            .with_max_delay(self.policy.most)
            .with_jitter()
            .without_max_times()
            .build();
        let (mut failures, mut refusals) = (0, 0);
        loop {
            let error = match self.inner.call(request).await {
                Ok(reply) => return Ok(Reply { tries: failures + refusals + 1, ..reply }),
                Err(error) => error,
            };
            match error.kind {
                Kind::RateLimited => refusals += 1,
                _ => failures += 1,
            }
            let worn_out = failures >= request.tries || refusals >= self.policy.refusals;
            let too_long = error.wait.is_some_and(|wait| wait > LONGEST);
            if !error.can_retry() || worn_out || too_long {
                return Err(Error { tries: failures + refusals, elapsed: start.elapsed(), ..error });
            }
            // Where Jira named a time, the gate is closed until then, and jitter keeps the callers apart after it.
            let wait = match error.wait {
                Some(_) => self.policy.first.min(Duration::from_millis(250)),
                None => waits.next().unwrap_or(self.policy.most),
            };
            tracing::debug!("{}; trying again in {:.1} s", error, wait.as_secs_f64());
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Answers with the given errors first, then well.
    struct Scripted(Mutex<Vec<Error>>);

    impl Service for Scripted {
        async fn call(&self, _: &Request) -> Result<Reply, Error> {
            match self.0.lock().unwrap().pop() {
                Some(error) => Err(error),
                None => Ok(Reply { body: "{}".into(), date: None, account: None, tries: 1 }),
            }
        }
    }

    fn retry(kind: Kind, times: usize) -> Retry<Scripted> {
        let errors = (0..times).map(|_| Error::new(kind, "GET /a", "")).collect();
        Retry::new(Scripted(Mutex::new(errors)), Policy::for_site(false))
    }

    #[tokio::test(start_paused = true)]
    async fn tries_again_where_it_helps_and_counts() {
        let request = Request::get("/a", &[]);
        for kind in [Kind::Server, Kind::Timeout, Kind::Network, Kind::NotJson, Kind::Malformed, Kind::RateLimited] {
            assert_eq!(retry(kind, 4).call(&request).await.unwrap().tries, 5, "{kind:?}");
        }
        let error = retry(Kind::Server, 9).call(&request).await.unwrap_err();
        assert_eq!(error.tries, 5);
        assert!(error.to_string().contains("after 5 tries in "), "{error}");
        assert_eq!(retry(Kind::Server, 9).call(&request.clone().tries(2)).await.unwrap_err().tries, 2);
        assert!(retry(Kind::RateLimited, 30).call(&request).await.is_ok(), "a quota is worth patience");
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
    async fn a_wait_beyond_the_quota_hour_is_not_waited_for() {
        let error = Error { wait: Some(Duration::from_secs(5 * 3600)), ..Error::new(Kind::RateLimited, "GET /a", "") };
        let retry = Retry::new(Scripted(Mutex::new(vec![error])), Policy::for_site(false));
        assert!(retry.call(&Request::get("/a", &[])).await.is_err());
    }
}
