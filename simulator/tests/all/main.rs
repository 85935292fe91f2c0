//! The simulator as a client sees it, over HTTP.

// A failing test reports its location.
#![allow(unreachable_pub, reason = "nothing imports a test binary")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "what tests share is test code too, which the exceptions in clippy.toml do not cover"
)]

mod auth;
mod bulk;
mod children;
mod client;
mod edits;
mod faults;
mod history;
mod jql;
mod lists;
mod records;
mod search;
mod setup;
mod sign_in;
mod sites;
mod timeline;
