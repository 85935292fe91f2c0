//! Pure bytes to bytes: a reply is split into raw records, and each record gains members without being rebuilt.
//!
//! Nothing here makes a `serde_json::Value`: on a page of issues that would cost several times the whole rest.

pub mod children;
pub mod ids;
pub mod keys;
pub mod object;
mod packed;
pub mod page;
pub mod splice;
#[cfg(test)]
mod tests;
pub mod time;

pub use object::Object;
