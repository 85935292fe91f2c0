//! How streams are read.
//!
//! [`run`] restores the states and starts the readers. `issues`, `lists`, `boards` and `deletions` each read one kind of
//! stream and don't know each other: what they share is in the files next to them, above all [`context`].

pub mod boards;
mod comparison;
pub mod context;
pub mod deletions;
pub mod fields;
pub mod filter;
pub mod issues;
pub mod list_pages;
mod list_tree;
pub mod lists;
pub mod partitions;
pub mod reach;
pub mod report;
pub mod run;
pub mod sent_ids;
