//! The Airbyte protocol as pure types: messages on stdout, and the catalogs and states in files. `singer` has Singer's
//! equivalents. No I/O, no Jira.

pub mod catalog;
pub mod failure;
pub mod message;
pub mod redaction;
pub mod singer;
pub mod state;
pub mod text;
pub mod trace;

pub use catalog::{ConfiguredCatalog, ConfiguredStream, DiscoveredStream, SyncMode};
pub use failure::{Failure, FailureType};
pub use message::{Level, Message, Status};
pub use state::InputState;
pub use trace::{StreamStatus, Trace};
