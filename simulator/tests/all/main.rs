//! The simulator as a client sees it, over HTTP.

mod auth;
mod bulk;
mod children;
mod client;
mod edits;
mod faults;
mod jql;
mod lists;
mod records;
mod search;
mod sites;
