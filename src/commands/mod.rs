//! One short file a command.

pub mod check;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod docs;
mod keeper;
pub mod login;
pub mod read;
pub mod scopes;
mod session;
pub mod spec;
