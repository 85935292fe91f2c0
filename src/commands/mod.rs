//! The commands, one file or folder each, and what they share.

pub mod access;
mod args;
pub mod check;
pub mod console;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod docs;
pub mod login;
pub mod projects;
pub mod read;
pub mod scopes;
mod session;
pub mod singer;
pub mod spec;
mod stored_file;
mod table;
mod token_store;

pub use session::listen as end_on_signals;
