//! All integration tests, in one binary: the real executable against the simulator.

#![allow(unreachable_pub, reason = "nothing imports a test binary")]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "what tests share is test code too, which the exceptions in clippy.toml do not cover"
)]

mod airbyte;
mod commands;
mod fields;
mod house;
mod properties;
mod sign_in;
mod simulation;
mod singer;
mod support;
mod sync;
