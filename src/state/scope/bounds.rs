//! Bounds on a date of issues, and what lies between two of them.

use crate::{client::jql::Jql, state::wire::optional_moment};
use serde::{Deserialize, Serialize};

/// From the first moment on, before the second; open where there is none. Epoch milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Bounds {
    /// What lies within these bounds, but not within the earlier ones: each range, with the bounds that are covered once it
    /// has been read.
    pub fn beyond(self, earlier: Self) -> Vec<(Self, Self)> {
        let mut covered = earlier;
        let mut ranges = Vec::new();
        if let Some(old) = earlier.from.filter(|old| self.from.is_none_or(|new| new < *old)) {
            covered.from = self.from;
            ranges.push((Self { from: self.from, to: Some(old) }, covered));
        }
        if let Some(old) = earlier.to.filter(|old| self.to.is_none_or(|new| new > *old)) {
            covered.to = self.to;
            ranges.push((Self { from: Some(old), to: self.to }, covered));
        }
        ranges
    }

    /// The query, within these bounds.
    pub fn on(self, jql: Jql, field: &str) -> Jql {
        let jql = match self.from {
            Some(from) => jql.at_least(field, from),
            None => jql,
        };
        match self.to {
            Some(to) => jql.before(field, to),
            None => jql,
        }
    }

    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}
