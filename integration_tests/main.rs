//! All integration tests, in one binary: the real executable against the simulator.

// What tests share is test code too, which the exceptions in clippy.toml do not see.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod airbyte;
mod commands;
mod fields;
mod histories;
mod house;
mod properties;
mod sign_in;
mod singer;
mod support;
mod sync;
