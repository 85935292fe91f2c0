//! Options of a generated site.

use crate::time::{DAY, Millis};

/// Size and seed of a generated site. The same options give the same site, byte for byte.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// Issues of the whole site. A few percent are in projects that are archived, in the trash or not browsable.
    pub issues: u32,
    /// Projects; the first ten are of ten different kinds, then the kinds repeat.
    pub projects: u32,
    /// Accounts of every type; the first is the account of the caller.
    pub users: u32,
    pub seed: u64,
    /// The start of the site's clock, in milliseconds since 1970. `None`: the real clock, and the generated
    /// past ends at the last UTC midnight, so that two sites of one day are equal.
    pub now: Option<Millis>,
    /// The base of `self` and other URLs in bodies. Jira's own URLs don't always have the host that was
    /// called, so clients must not follow them for paging; the default does not exist.
    pub base_url: String,
    /// Adds custom fields that are difficult for clients: names that collide, or that no column can have, types of
    /// apps, fields that only one of the two lists has, one without a context, one whose values don't match its type.
    pub odd_fields: bool,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            issues: 1_000,
            projects: 10,
            users: 50,
            seed: 1,
            now: None,
            base_url: "https://simulator.atlassian.net".into(),
            odd_fields: false,
        }
    }
}

impl SiteOptions {
    /// The end of the generated past.
    pub(crate) fn end_of_past(&self) -> Millis {
        self.now.unwrap_or_else(|| chrono::Utc::now().timestamp_millis() / DAY * DAY)
    }
}
