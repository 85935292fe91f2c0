//! All integration tests, in one binary: the real executable against the simulator.

mod commands;
mod house;
mod support;
mod sync;
