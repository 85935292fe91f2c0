//! The connection to one Jira site: what the rest of the program sends requests through.

use super::{Error, Gate, Kind, Reply, Request, Service, Stats, shared::Shared, stack::Stack};
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// The account that Jira recognized.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The display name; unknown if the token lacks the scope for `/myself`.
    pub name: Option<String>,
    /// The account ID.
    pub account: Option<String>,
    /// The time at the site, from the header `Date`.
    pub date: Option<DateTime<Utc>>,
    pub(super) advice: Option<&'static str>,
}

impl Identity {
    /// What to change in the config, so that the first route is the right one.
    pub fn advice(&self) -> Option<&'static str> {
        self.advice
    }
}

/// A connection to one Jira site; [`super::SignIn`] makes it. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    stack: Arc<Stack>,
    shared: Shared,
    identity: Arc<Identity>,
}

impl Service for Client {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        Self::call(self, request).await
    }
}

impl Client {
    /// `identity`: the account that the stack authenticates as.
    pub(super) fn new(stack: Stack, shared: Shared, identity: Identity) -> Self {
        Self { stack: Arc::new(stack), shared, identity: Arc::new(identity) }
    }

    /// Sends a request through all layers, in a task of its own: a caller that waits for the reader of the output meanwhile
    /// delays no reply, so that wait is never taken for a time-out of Jira's. Dropping the call ends the task.
    pub async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let (stack, request) = (Arc::clone(&self.stack), request.clone());
        let label = request.label();
        let mut task = JoinSet::new();
        task.spawn(async move { stack.call(&request).await });
        match task.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(ended)) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Some(Err(_)) | None => Err(Error::new(Kind::Network, label, "its task was cancelled")),
        }
    }

    /// The account that the connector uses.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The requests so far, by route.
    pub fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    /// The outage of the site that all requests wait for, for people, if there is one, and for how long at most.
    pub fn outage(&self) -> Option<(String, Duration)> {
        self.shared.health.waiting()
    }

    /// The site's clock at the beginning of the run, where a reply says that it was earlier than `assumed`; both in epoch
    /// milliseconds.
    pub fn began_by(&self, assumed: i64) -> i64 {
        self.shared.clock.no_later_than(assumed)
    }

    /// By how many milliseconds replies disagree about the time, if they do.
    pub fn clock_disagreement(&self) -> Option<i64> {
        self.shared.clock.disagreement()
    }

    /// The limits that all requests share.
    pub fn gate(&self) -> &Gate {
        &self.shared.gate
    }
}
