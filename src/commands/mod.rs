//! One short file a command.

pub mod check;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod docs;
pub mod read;
mod session;
pub mod spec;
