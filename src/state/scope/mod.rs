//! Which issues a stream's records stand for: what states remember of the filters, and what has to be read when they change.

mod bounds;

pub use bounds::Bounds;

use super::{
    cursor::OVERLAP,
    wire::{ids, moment, moments},
};
use crate::{
    client::jql::Jql,
    protocol::text::{agree, count},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Projects that one condition names at most.
const PROJECTS_PER_SLICE: usize = 200;
/// Alternatives of one condition at most.
const ALTERNATIVES_PER_SLICE: usize = 50;

/// What the filters let through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// IDs of the projects that the filters let through and that the account had access to at `observed_at`.
    #[serde(with = "ids")]
    pub projects: BTreeSet<u64>,
    /// Those of them whose records reach only to an earlier moment than the stream's cursor, with that moment.
    #[serde(with = "moments", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lagging: BTreeMap<u64, i64>,
    /// When the projects were listed, by the site's clock.
    #[serde(with = "moment")]
    pub observed_at: i64,
    #[serde(default, skip_serializing_if = "Bounds::is_open")]
    pub updated: Bounds,
    #[serde(default, skip_serializing_if = "Bounds::is_open")]
    pub created: Bounds,
    /// Fingerprints of the other filters, by the name of the option.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, String>,
    /// Archived projects too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// How one scope differs from an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// It gained nothing.
    Narrower,
    /// Everything it gained is in one of these slices.
    Wider {
        slices: Vec<BackfillSlice>,
        why: String,
    },
    /// What it gained is unknown; why.
    Unclear(String),
}

/// A part of what a scope gained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillSlice {
    /// What all of its issues meet, besides the filter.
    pub condition: String,
    /// What is covered once this slice, and those before it, have been read.
    pub scope_after: Scope,
}

impl Scope {
    /// What this scope gained since an earlier one.
    pub fn difference(&self, earlier: &Self) -> Difference {
        let changed = earlier.conditions.iter().find(|(name, before)| self.conditions.get(*name) != Some(*before));
        if let Some((name, _)) = changed {
            return Difference::Unclear(format!("the filter `{name}` has changed"));
        }
        let (mut slices, mut why) = (Vec::new(), Vec::new());
        let mut after = earlier.clone();
        for (range, wider) in self.updated.beyond(earlier.updated) {
            after.updated = wider;
            let condition = range.on(Jql::default(), "updated").unordered();
            slices.push(BackfillSlice { condition, scope_after: after.clone() });
        }
        for (range, wider) in self.created.beyond(earlier.created) {
            after.created = wider;
            let condition = range.on(Jql::default(), "created").unordered();
            slices.push(BackfillSlice { condition, scope_after: after.clone() });
        }
        if !slices.is_empty() {
            why.push("the date range in the config grew".to_owned());
        }
        let in_both =
            |(project, _): &(&u64, &i64)| [self, earlier].iter().all(|scope| scope.projects.contains(*project));
        let lagging: Vec<(&u64, &i64)> = earlier.lagging.iter().filter(in_both).collect();
        if !lagging.is_empty() {
            why.push(format!("{} were read less far than the others", count(lagging.len(), "project")));
        }
        for lagging in lagging.chunks(ALTERNATIVES_PER_SLICE) {
            let alternatives = lagging.iter().map(|(project, from)| format!("({})", changed_since(**project, **from)));
            let condition = format!("({})", alternatives.collect::<Vec<_>>().join(" OR "));
            lagging.iter().for_each(|(project, _)| _ = after.lagging.remove(project));
            slices.push(BackfillSlice { condition, scope_after: after.clone() });
        }
        let added: Vec<u64> = self.projects.difference(&earlier.projects).copied().collect();
        if !added.is_empty() {
            let verb = agree(added.len(), "matches", "match");
            why.push(format!("{} newly {verb} the filters, or became visible", count(added.len(), "project")));
        }
        for added in added.chunks(PROJECTS_PER_SLICE) {
            let ids: Vec<String> = added.iter().map(u64::to_string).collect();
            let condition = Jql::default().any_of("project", false, ids.iter().map(String::as_str)).unordered();
            after.projects.extend(added);
            slices.push(BackfillSlice { condition, scope_after: after.clone() });
        }
        let at_the_same_time = Self { observed_at: earlier.observed_at, ..self.clone() };
        match slices.is_empty() {
            false => Difference::Wider { slices, why: why.join(", and ") },
            true if at_the_same_time == *earlier => Difference::None,
            true => Difference::Narrower,
        }
    }

    /// The bounds on a date of issues: `created`, or `updated`.
    pub fn bounds(&mut self, field: &str) -> &mut Bounds {
        if field == "created" { &mut self.created } else { &mut self.updated }
    }

    /// The same without some projects.
    pub fn minus(&self, projects: &BTreeSet<u64>) -> Self {
        Self { projects: self.projects.difference(projects).copied().collect(), ..self.clone() }
    }
}

/// What changed in a project since a moment, the overlap included.
fn changed_since(project: u64, from: i64) -> String {
    let id = project.to_string();
    Jql::default().any_of("project", false, [id.as_str()]).at_least("updated", from - OVERLAP).unordered()
}

#[cfg(test)]
mod tests;
