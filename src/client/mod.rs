//! HTTP to Atlassian. Knows requests, replies and their faults; knows no stream.
//!
//! Five layers over one seam, the outermost first:
//! - [`observe::Observe`] counts and logs what the whole call cost, retries included;
//! - [`retry::Retry`] asks again where that can help, so each try passes everything below it;
//! - [`throttle::Throttle`] makes each try wait for its turn, and learns from 429 and 503;
//! - [`auth::Auth`] signs, and notices when Jira answers as if nobody had signed in;
//! - [`transport::Http`] sends.

pub mod auth;
pub mod classify;
pub mod error;
pub mod gate;
pub mod jql;
pub mod observe;
pub mod quota;
pub mod request;
pub mod retry;
pub mod throttle;
pub mod transport;

pub use error::{Error, Kind};
pub use gate::Gate;
pub use observe::Stats;
pub use request::{Read, Reply, Request};

use crate::config::Config;
use std::{future::Future, sync::Arc};

/// The seam: one request in, one good reply or a classified error out.
pub trait Service: Send + Sync {
    fn call(&self, request: &Request) -> impl Future<Output = Result<Reply, Error>> + Send;
}

/// The whole stack.
pub type Stack = observe::Observe<retry::Retry<throttle::Throttle<auth::Auth<transport::Http>>>>;

/// A connection to one Jira site. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    stack: Arc<Stack>,
    gate: Arc<Gate>,
    stats: Arc<Stats>,
}

impl Client {
    pub fn new(config: &Config) -> Result<Self, Error> {
        let http = transport::Http::new(config.site().base_url())?;
        let auth = auth::Auth::new(http, &config.credentials)?;
        let gate = Arc::new(Gate::new(config.max_concurrency()));
        let throttle = throttle::Throttle::new(auth, gate.clone());
        let retry = retry::Retry::new(throttle, retry::Policy::for_site(config.site().is_loopback()));
        let stats = Arc::new(Stats::default());
        let stack = Arc::new(observe::Observe::new(retry, stats.clone()));
        Ok(Self { stack, gate, stats })
    }

    pub async fn call(&self, request: &Request) -> Result<Reply, Error> {
        self.stack.call(request).await
    }

    /// What was asked so far, by route.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many requests may be under way, and until when Jira wants none.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}
