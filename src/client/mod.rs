//! HTTP to Atlassian: requests, replies and classified errors. Knows no stream.
//!
//! Five layers implement one trait, [`Service`]. From the outermost to the innermost:
//! - [`observe::Observe`] counts and logs the cost of a whole call, retries included;
//! - [`retry::Retry`] repeats what can succeed later, so each attempt passes all layers below, and waits while the site does
//!   not answer at all (`health`);
//! - [`throttle::Throttle`] lets each attempt wait for the [`Gate`], and reports 429, 503 and time-outs to it;
//! - `auth::Auth` authenticates, and detects replies for an anonymous user;
//! - [`transport::Http`] sends.
//!
//! Each file says what its layer observes, why it has its place, and what its limits are. [`stack`] puts them together;
//! [`sign_in`], above them, finds the host and the header that Jira accepts.

mod auth;
pub mod classify;
pub mod connection;
pub mod error;
pub mod jql;
pub mod observe;
pub mod request;
pub mod retry;
pub mod scopes;
pub mod service;
pub mod shared;
pub mod sign_in;
pub mod stack;
pub mod throttle;
pub mod transport;

pub use connection::{Client, Identity};
pub use error::{Error, Kind};
pub use observe::Stats;
pub use request::{Read, Reply, Request};
pub use service::Service;
pub use shared::gate::Gate;
pub use sign_in::SignIn;
