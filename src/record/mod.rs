//! Pure functions from bytes to bytes: splits a reply into raw records, and adds properties to a record without rebuilding it.
//!
//! Nothing here builds a `serde_json::Value`: for a page of issues that would cost several times as much as everything else.

pub mod children;
pub mod depth;
pub mod id_set;
pub mod ids;
pub mod keys;
pub mod object;
mod packed;
pub mod page;
pub mod splice;
#[cfg(test)]
mod tests;
pub mod time;
pub mod unicode;

pub use object::Object;
