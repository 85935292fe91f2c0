//! One short file a command.

pub mod check;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod docs;
mod grid;
pub mod human;
mod keeper;
pub mod login;
pub mod projects;
pub mod read;
pub mod report;
pub mod scopes;
mod session;
pub mod singer;
pub mod spec;
