//! Random everyday edits, generated from a seed.

use serde_json::json;

use super::{Edit, Edited};
use crate::random::Random;
use crate::site::Site;

/// The weight of each kind, roughly as on a real site.
const WEIGHTS: [(&str, u64); 20] = [
    ("set_field", 16),
    ("add_comment", 14),
    ("transition", 12),
    ("add_worklog", 8),
    ("create", 8),
    ("edit_comment", 5),
    ("delete_comment", 4),
    ("edit_worklog", 4),
    ("delete_worklog", 4),
    ("add_to_sprint", 5),
    ("link", 4),
    ("attach", 4),
    ("vote", 3),
    ("watch", 3),
    ("add_remote_link", 3),
    ("set_property", 3),
    ("delete", 3),
    ("move", 2),
    ("hide", 1),
    ("restricted_comment", 1),
];

impl Site {
    /// Makes so many edits. An edit that is impossible for the chosen issue (deleting a comment that it doesn't have)
    /// is replaced by another.
    pub(crate) fn random_edits(&mut self, count: u32, seed: u64) -> Vec<Edited> {
        let mut done = Vec::new();
        let mut random = Random::of(seed, 80, 0);
        for _ in 0..u64::from(count) * 20 {
            if done.len() == count as usize {
                break;
            }
            let Some(edit) = self.draw(&mut random) else { continue };
            if let Ok(edited) = self.apply(edit) {
                done.push(edited);
            }
        }
        done
    }

    fn draw(&self, random: &mut Random) -> Option<Edit> {
        let kind = drawn(&WEIGHTS, random);
        let issue = self.any_issue(random)?;
        self.everyday(kind, issue, random)
    }

    /// An edit of one of the kinds above.
    pub(super) fn everyday(&self, kind: &str, issue: String, random: &mut Random) -> Option<Edit> {
        let number = random.below(1_000_000);
        Some(match kind {
            "set_field" => self.field_edit(issue, random),
            "add_comment" => Edit::AddComment { issue, text: Some(format!("note {number} ✍️")), restricted: false },
            "restricted_comment" => Edit::AddComment { issue, text: None, restricted: true },
            "edit_comment" => Edit::EditComment { issue, comment: None },
            "delete_comment" => Edit::DeleteComment { issue, comment: None },
            "transition" => Edit::Transition { issue, status: None },
            "add_worklog" => Edit::AddWorklog { issue, seconds: Some(60 + number as i64 % 9000) },
            "edit_worklog" => Edit::EditWorklog { issue, worklog: None },
            "delete_worklog" => Edit::DeleteWorklog { issue, worklog: None },
            "add_to_sprint" => Edit::AddToSprint { issue, sprint: random.pick(&self.catalog.sprints)?.id },
            "link" => Edit::Link { from: issue, to: self.any_issue(random)? },
            "attach" => Edit::Attach { issue, name: None },
            "vote" => Edit::Vote { issue },
            "watch" => Edit::Watch { issue },
            "add_remote_link" => Edit::AddRemoteLink { issue },
            "set_property" => Edit::SetProperty { issue, key: "sync.state".into(), value: json!({"revision": number}) },
            "hide" => Edit::Hide { issue },
            "delete" => Edit::Delete { issue },
            "move" => Edit::Move { issue, project: self.any_project(random)? },
            _ => Edit::Create { project: self.any_project(random)?, summary: Some(format!("new {number}")) },
        })
    }

    fn field_edit(&self, issue: String, random: &mut Random) -> Edit {
        let number = random.below(100_000);
        let (field, value) = match random.below(6) {
            0 => ("description", json!(format!("described {number} \u{2028} \"again\""))),
            1 => ("priority", json!(self.catalog.priorities[number as usize % self.catalog.priorities.len()].name)),
            2 => ("assignee", json!(self.catalog.users[number as usize % self.catalog.users.len()].account_id)),
            3 => ("labels", json!([format!("label-{}", number % 60), "größe"])),
            4 => ("customfield_10024", json!(number % 13)),
            _ => ("summary", json!(format!("renamed {number} 🚀"))),
        };
        Edit::SetField { issue, field: field.into(), value }
    }

    pub(super) fn any_issue(&self, random: &mut Random) -> Option<String> {
        for _ in 0..50 {
            let indexed = random.pick(&self.issues)?;
            if self.visible(indexed) {
                return Some(indexed.id.to_string());
            }
        }
        None
    }

    pub(super) fn any_project(&self, random: &mut Random) -> Option<String> {
        let open: Vec<u32> = (0..self.catalog.projects.len() as u32).filter(|place| self.open(*place)).collect();
        random.pick(&open).map(|place| self.catalog.projects[*place as usize].key.clone())
    }
}

/// A random kind, according to the weights.
pub(super) fn drawn(weights: &[(&'static str, u64)], random: &mut Random) -> &'static str {
    let mut left = random.below(weights.iter().map(|weight| weight.1).sum());
    let found = weights.iter().find(|weight| {
        let hit = left < weight.1;
        left = left.saturating_sub(weight.1);
        hit
    });
    found.map_or("", |weight| weight.0)
}
