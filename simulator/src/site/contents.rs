//! What searches look at inside an issue, generated or recorded.

use super::Site;
use super::made::build::Parts;
use super::row::Position;

#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub summary: String,
    pub labels: Vec<String>,
    /// Ids.
    pub sprints: Vec<u64>,
}

impl Site {
    pub(crate) fn contents(&self, at: Position) -> Contents {
        if let Some(recorded) = self.recorded.get(&at) {
            return recorded.contents();
        }
        let issue = self.parts(at, Parts::NONE);
        Contents {
            summary: issue.summary.plain(),
            labels: issue.labels.clone(),
            sprints: self.catalog.sprints_of(&issue.sprints).map(|sprint| sprint.id).collect(),
        }
    }
}
