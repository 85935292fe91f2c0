//! Which issues a stream's records stand for: what states remember of it, and what has to be read when it changes.

pub mod filter;
pub mod projects;

use super::scan::OVERLAP;
use crate::{
    client::jql::Jql,
    record::{ids, time},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Projects that a site can have, with room to spare: what a state may hold.
const PROJECTS: usize = 1_000_000;
/// Projects that a condition names at most.
const TOGETHER: usize = 200;

/// Alternatives of a condition at most.
const ALTERNATIVES: usize = 50;

/// From the first moment on, before the second; open where there is none. Epoch milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// What a filter lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Ids of the projects that the filter lets through and that the account could see at `looked`.
    pub projects: BTreeSet<u64>,
    /// Those of them whose records reach to an earlier moment than the stream's cursor, with that moment.
    pub behind: BTreeMap<u64, i64>,
    /// When the projects were looked at, by the site's clock.
    pub looked: i64,
    pub updated: Bounds,
    pub created: Bounds,
    /// Fingerprint of the user's own condition.
    pub condition: Option<String>,
    /// Archived projects too.
    pub archived: bool,
}

/// How one scope differs from an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// Nothing came into it.
    Narrower,
    /// All that came into it is in one of these pieces.
    Wider {
        pieces: Vec<Piece>,
        why: String,
    },
    /// What came into it cannot be told; why.
    Unclear(&'static str),
}

/// A part of what came into a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What all of it meets, besides the filter.
    pub condition: String,
    /// What is covered once this piece, and those before it, have been read.
    pub then: Scope,
}

impl Bounds {
    /// What lies in these bounds, but not in the earlier ones: each stretch with what it adds to those.
    fn beyond(self, before: Self) -> Vec<(Self, Self)> {
        let mut then = before;
        let mut stretches = Vec::new();
        if let Some(old) = before.from.filter(|old| self.from.is_none_or(|new| new < *old)) {
            then.from = self.from;
            stretches.push((Self { from: self.from, to: Some(old) }, then));
        }
        if let Some(old) = before.to.filter(|old| self.to.is_none_or(|new| new > *old)) {
            then.to = self.to;
            stretches.push((Self { from: Some(old), to: self.to }, then));
        }
        stretches
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

    fn to_json(self) -> Value {
        json!([self.from.map(time::format), self.to.map(time::format)])
    }

    fn read(value: &Value) -> Result<Self, ()> {
        let moment = |at: usize| match value.get(at) {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => time::parse(text).map(Some).ok_or(()),
            _ => Err(()),
        };
        Ok(Self { from: moment(0)?, to: moment(1)? })
    }
}

impl Scope {
    /// What came into this scope since an earlier one.
    pub fn difference(&self, before: &Self) -> Difference {
        if self.condition != before.condition && before.condition.is_some() {
            return Difference::Unclear("the condition in `jql` has changed");
        }
        let (mut pieces, mut why) = (Vec::new(), Vec::new());
        let mut then = before.clone();
        for (stretch, wider) in self.updated.beyond(before.updated) {
            then.updated = wider;
            let condition = stretch.on(Jql::default(), "updated").unordered();
            pieces.push(Piece { condition, then: then.clone() });
        }
        for (stretch, wider) in self.created.beyond(before.created) {
            then.created = wider;
            let condition = stretch.on(Jql::default(), "created").unordered();
            pieces.push(Piece { condition, then: then.clone() });
        }
        if !pieces.is_empty() {
            why.push("the bounds on dates are wider".to_owned());
        }
        let behind = |(project, _): &(&u64, &i64)| [self, before].iter().all(|scope| scope.projects.contains(*project));
        let behind: Vec<(&u64, &i64)> = before.behind.iter().filter(behind).collect();
        if !behind.is_empty() {
            why.push(format!("{} project(s) were read less far than the others", behind.len()));
        }
        for behind in behind.chunks(ALTERNATIVES) {
            let since = behind.iter().map(|(project, from)| format!("({})", since(**project, **from)));
            let condition = format!("({})", since.collect::<Vec<_>>().join(" OR "));
            behind.iter().for_each(|(project, _)| _ = then.behind.remove(project));
            pieces.push(Piece { condition, then: then.clone() });
        }
        let added: Vec<u64> = self.projects.difference(&before.projects).copied().collect();
        if !added.is_empty() {
            why.push(format!("{} project(s) came into it or into sight", added.len()));
        }
        for added in added.chunks(TOGETHER) {
            let ids: Vec<String> = added.iter().map(u64::to_string).collect();
            let condition = Jql::default().any_of("project", false, ids.iter().map(String::as_str)).unordered();
            then.projects.extend(added);
            pieces.push(Piece { condition, then: then.clone() });
        }
        let like = Self { looked: before.looked, ..self.clone() };
        match pieces.is_empty() {
            false => Difference::Wider { pieces, why: why.join(", and ") },
            true if like == *before => Difference::None,
            true => Difference::Narrower,
        }
    }

    /// The same without some projects.
    pub fn without(&self, lost: &BTreeSet<u64>) -> Self {
        Self { projects: self.projects.difference(lost).copied().collect(), ..self.clone() }
    }

    pub fn to_json(&self) -> Value {
        let mut scope = Map::new();
        scope.insert("projects".to_owned(), ids::encode(&self.projects).into());
        scope.insert("looked".to_owned(), time::format(self.looked).into());
        if !self.behind.is_empty() {
            let behind = self.behind.iter().map(|(project, at)| (project.to_string(), time::format(*at).into()));
            scope.insert("behind".to_owned(), behind.collect::<Map<_, _>>().into());
        }
        for (name, bounds) in [("updated", self.updated), ("created", self.created)] {
            if bounds != Bounds::default() {
                scope.insert(name.to_owned(), bounds.to_json());
            }
        }
        if let Some(condition) = &self.condition {
            scope.insert("condition".to_owned(), condition.as_str().into());
        }
        if self.archived {
            scope.insert("archived".to_owned(), true.into());
        }
        scope.into()
    }

    /// Reads what [`Self::to_json`] wrote; the error names the member that is wrong, and completes "… is".
    pub fn read(value: &Value) -> Result<Self, (&'static str, String)> {
        let text = |name: &'static str| {
            value.get(name).and_then(Value::as_str).ok_or((name, "is missing or not a text".to_owned()))
        };
        let bounds = |name: &'static str| match value.get(name) {
            None => Ok(Bounds::default()),
            Some(pair) => Bounds::read(pair).map_err(|()| (name, "is not a pair of timestamps or nulls".to_owned())),
        };
        let projects = ids::decode(text("projects")?, PROJECTS).map_err(|why| ("projects", why))?;
        let looked = time::parse(text("looked")?).ok_or(("looked", "is not a timestamp".to_owned()))?;
        let condition = value.get("condition").map(|_| text("condition").map(str::to_owned)).transpose()?;
        Ok(Self {
            projects,
            behind: read_behind(value.get("behind"))
                .ok_or(("behind", "is not an object of timestamps by project".to_owned()))?,
            looked,
            updated: bounds("updated")?,
            created: bounds("created")?,
            condition,
            archived: value.get("archived").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

/// What changed in a project since a moment, and a little before it.
fn since(project: u64, from: i64) -> String {
    let id = project.to_string();
    Jql::default().any_of("project", false, [id.as_str()]).at_least("updated", from - OVERLAP).unordered()
}

fn read_behind(value: Option<&Value>) -> Option<BTreeMap<u64, i64>> {
    let Some(value) = value else { return Some(BTreeMap::new()) };
    let entry = |(project, at): (&String, &Value)| Some((project.parse().ok()?, time::parse(at.as_str()?)?));
    value.as_object()?.iter().map(entry).collect()
}

#[cfg(test)]
mod tests;
