//! What a STATE remembers: how far a stream has been read, what its records stand for, and what was sent lately. Pure: no I/O.
//!
//! A stream's state is one of the kinds of [`StreamState`]; serde writes and reads each. [`Envelope`] adds what all states
//! share: the version of the format, the site, the platform's job, and what Airbyte's connector needs to resume from it.

pub mod airbyte;
pub mod board_cursors;
pub mod cursor;
mod envelope;
pub mod issues;
pub mod legacy;
pub mod list_snapshot;
pub mod lists;
mod read;
pub mod scope;
pub mod sent_ids;
mod stream_state;
mod wire;

pub use board_cursors::{BoardCursor, BoardsState};
pub use envelope::{Envelope, Site};
pub use issues::{IssuesState, Position, SliceProgress};
pub use lists::{FeedState, ListDeletionsState, ListState};
pub use scope::{BackfillSlice, Difference, Scope};
pub use sent_ids::DeletedIssuesState;
pub use stream_state::{Body, Restored, StreamState};

#[cfg(test)]
mod tests;
