//! Every stream that comes from issues: one pass for all streams at the same position, then what their scopes gained since
//! the last sync.

mod completeness;
pub mod extract;
mod listing;
mod overflow;
mod plan;
mod request;
mod responses;
mod resume;
mod scan;
#[cfg_attr(not(feature = "fuzz-exports"), allow(unreachable_pub, reason = "public for the fuzz targets"))]
mod stream;
mod sync;
#[cfg(test)]
mod tests;
mod watermark;
mod work;

pub use sync::IssueStreams;

/// What the fuzz targets need besides.
#[cfg(feature = "fuzz-exports")]
pub mod exposed {
    pub use super::stream::{ScanPurpose, ScanStream, SelectedStream};
    pub use crate::sync::reach::Reach;
}
