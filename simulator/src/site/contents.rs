//! The values of an issue that searches need in addition to the index, generated or recorded.

use super::Site;
use super::indexed::Position;
use super::issue::Parts;
use super::recorded::{Recorded, number};

#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub summary: String,
    pub labels: Vec<String>,
    /// IDs.
    pub sprints: Vec<u64>,
}

impl Contents {
    fn of(recorded: &Recorded) -> Self {
        let labels = recorded.field("labels").as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            summary: recorded.field("summary").as_str().unwrap_or_default().into(),
            labels: labels.iter().filter_map(|label| label.as_str().map(str::to_string)).collect(),
            sprints: recorded.sprints().iter().map(|sprint| number(&sprint["id"])).collect(),
        }
    }
}

impl Site {
    pub(crate) fn contents(&self, at: Position) -> Contents {
        if let Some(recorded) = self.recorded.get(&at) {
            return Contents::of(recorded);
        }
        let issue = self.parts(at, Parts::NONE);
        Contents {
            summary: issue.summary.plain(),
            labels: issue.labels.clone(),
            sprints: self.catalog.sprints_of(&issue.sprints).map(|sprint| sprint.id).collect(),
        }
    }
}
