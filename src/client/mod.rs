//! HTTP to Atlassian. Knows requests, replies and their faults; knows no stream.
//!
//! Five layers over one seam, the outermost first:
//! - [`observe::Observe`] counts and logs what the whole call cost, retries included;
//! - [`retry::Retry`] asks again where that can help, so each try passes everything below it;
//! - [`throttle::Throttle`] makes each try wait for its turn, and learns from 429 and 503;
//! - [`sign_in::auth::Auth`] signs, and notices when Jira answers as if nobody had signed in;
//! - [`transport::Http`] sends.

pub mod classify;
pub mod error;
pub mod gate;
pub mod jql;
pub mod observe;
pub mod proxy;
pub mod quota;
pub mod request;
pub mod retry;
pub mod scopes;
pub mod sign_in;
pub mod throttle;
pub mod transport;

pub use error::{Error, Kind};
pub use gate::Gate;
pub use observe::Stats;
pub use request::{Read, Reply, Request};
pub use sign_in::{Identity, SignIn};

use std::{future::Future, sync::Arc};

/// The seam: one request in, one good reply or a classified error out.
pub trait Service: Send + Sync {
    fn call(&self, request: &Request) -> impl Future<Output = Result<Reply, Error>> + Send;
}

/// The whole stack.
pub type Stack = observe::Observe<retry::Retry<throttle::Throttle<sign_in::auth::Auth<transport::Http>>>>;

/// A connection to one Jira site; [`SignIn`] makes it. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    stack: Arc<Stack>,
    gate: Arc<Gate>,
    stats: Arc<Stats>,
    identity: Arc<Identity>,
}

impl Service for Client {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        self.stack.call(request).await
    }
}

impl Client {
    pub async fn call(&self, request: &Request) -> Result<Reply, Error> {
        self.stack.call(request).await
    }

    /// Who we are there.
    pub fn identity(&self) -> &Identity {
        &self.identity
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
