//! The simulator as a client sees it, over HTTP.

// A test that can't go on should say where it stopped.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod bulk;
mod children;
mod client;
mod course;
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
