//! What was deleted: reported by a feed, found by comparing lists or ID snapshots with what earlier syncs saw.

mod classify_missing;
mod issues;
pub mod lists;
mod snapshot;
pub mod worklogs;

pub use issues::{IssueReconciler, Reconciled};
