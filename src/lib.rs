//! Jira Cloud source connector speaking the Airbyte protocol.
//!
//! The arrows between the modules point down only; `integration_tests/house` holds them:
//! `commands → sync → streams → client → config`, with `protocol`, `record` and `codes` as pure ground.

pub mod cli;
pub mod client;
pub mod codes;
pub mod commands;
pub mod config;
pub mod jira;
pub mod output;
pub mod protocol;
pub mod record;
pub mod state;
pub mod streams;
pub mod sync;
