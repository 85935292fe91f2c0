//! An issue as it was recorded, with its children.

use serde_json::Value;

/// A recorded issue with all of its children.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub issue: Value,
    pub comments: Vec<Value>,
    pub worklogs: Vec<Value>,
    /// Oldest first.
    pub histories: Vec<Value>,
    pub remote_links: Vec<Value>,
}

impl Recorded {
    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.issue["fields"][name]
    }

    /// The sprints in any field: the agile form has them under other names.
    pub(crate) fn sprints(&self) -> Vec<Value> {
        let fields = self.issue["fields"].as_object();
        let mut found: Vec<Value> = Vec::new();
        for (_, value) in fields.into_iter().flatten() {
            let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let sprint = |entry: &&Value| {
                entry.get("boardId").or(entry.get("originBoardId")).is_some() && entry.get("state").is_some()
            };
            for entry in entries.iter().filter(sprint) {
                if !found.iter().any(|known| known["id"] == entry["id"]) {
                    found.push(entry.clone());
                }
            }
        }
        found
    }
}

/// An ID, whether Jira wrote it as text or as a number.
pub(crate) fn number(id: &Value) -> u64 {
    id.as_u64().or_else(|| id.as_str().and_then(|text| text.parse().ok())).unwrap_or(0)
}
