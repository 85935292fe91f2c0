//! How streams are read: what to ask for, in which order, and what may be said to be done.

pub mod airbyte;
mod boards;
pub mod clock;
pub mod emit;
pub mod family;
mod feed;
pub mod fields;
mod gone;
pub mod lag;
pub mod log;
pub mod plan;
pub mod report;
pub mod run;
pub mod scan;
pub mod scope;
pub mod secrets;
pub mod sight;
pub mod state;
pub mod table;

pub use clock::Clock;
pub use emit::Emitter;
pub use secrets::Secrets;
