//! The Airbyte protocol as pure types: what goes over stdout and what comes in by file. What Singer has instead, in `singer`.
//! No I/O, no Jira.

pub mod catalog;
pub mod failure;
pub mod message;
pub mod singer;
pub mod state;
pub mod trace;

pub use catalog::{ConfiguredCatalog, ConfiguredStream, DiscoveredStream, SyncMode};
pub use failure::{Failure, FailureType};
pub use message::{Level, Message, Status};
pub use state::InputState;
pub use trace::{StreamStatus, Trace};
