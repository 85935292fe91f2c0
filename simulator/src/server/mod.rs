//! The HTTP server: from bytes to a route's answer and back.

mod answer;
pub(crate) mod auth;
pub(crate) mod base64;
pub(crate) mod context;
mod control;
mod language;
pub(crate) mod log;
pub(crate) mod reply;
pub(crate) mod request;
mod running;
mod serve;
mod state;
pub(crate) mod timeline;
pub(crate) mod trace;

pub use running::{Running, ServerOptions, start};
