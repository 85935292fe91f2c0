//! Singer's documents: the catalog that discovery writes, the same catalog with a selection, and the state.

mod discovery;
mod selection;
mod state;

pub use discovery::catalog;
pub use selection::{SelectedStream, Selection};
pub use state::Bookmarks;

use super::catalog::DiscoveredStream;

/// The properties of the primary key.
fn keys(stream: &DiscoveredStream) -> Vec<&'static str> {
    stream.source_defined_primary_key.iter().flatten().copied().collect()
}

fn cursor(stream: &DiscoveredStream) -> Option<&'static str> {
    stream.default_cursor_field.iter().flatten().copied().next()
}

/// The breadcrumb of a property below the one at `path`.
fn below<'a>(path: &[&'a str], name: &'a str) -> Vec<&'a str> {
    path.iter().copied().chain(["properties", name]).collect()
}

#[cfg(test)]
mod tests;
