//! What the tests share: a simulated site, the real executable run against it, and a destination that loads its lines.

mod destination;
mod output;
mod site;

pub use destination::Destination;
pub use output::Output;
pub use site::{Site, catalog};
