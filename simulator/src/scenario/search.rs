//! Deviations of searches and their pages.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchRules {
    pub index_lag_seconds: f64,
    pub strict_values: bool,
    pub short_pages: f64,
    pub empty_pages: f64,
    pub duplicates: f64,
    pub paging: TokenPaging,
    /// `approximate-count` is off by up to this share; the query and the seed decide.
    pub count_error: f64,
    /// Share of issues that a search omits silently; the query and the seed decide which.
    pub vanish: f64,
    /// Maximum number of issues on a page of IDs.
    pub light_page: usize,
}

impl Default for SearchRules {
    fn default() -> Self {
        Self {
            index_lag_seconds: 0.0,
            strict_values: false,
            short_pages: 0.0,
            empty_pages: 0.0,
            duplicates: 0.0,
            paging: TokenPaging::default(),
            count_error: 0.0,
            vanish: 0.0,
            light_page: 5000,
        }
    }
}

/// What a page token stores.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPaging {
    /// The last issue: an issue that moves in the order is repeated, and none is skipped.
    #[default]
    Cursor,
    /// An offset: when an issue moves in the order, others are skipped.
    Offset,
}
