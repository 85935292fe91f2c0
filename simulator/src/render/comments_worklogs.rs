//! Comments and worklogs of an issue as lists of JSON texts, for generated and recorded issues.

use std::collections::HashMap;

use serde_json::Value;

use super::Renderer;
use super::children::readable;
use super::selection::{Default, Selection};
use crate::json::Json;
use crate::site::Site;
use crate::site::catalog::Catalog;
use crate::site::children::Child;
use crate::site::indexed::Position;
use crate::site::issue::Parts;
use crate::site::recorded::number;

/// ID and body.
pub(crate) type Listed = (u64, String);

/// The comments that the account may view, oldest first.
pub(crate) fn comments(site: &Site, at: Position) -> Vec<Listed> {
    if let Some(recorded) = site.recorded.get(&at) {
        return bodies(&recorded.comments);
    }
    let issue = site.parts(at, Parts::CHILDREN);
    listed(site, readable(&issue), |one| one.id, |renderer, json, one| renderer.comment(json, &issue, one))
}

/// All comments, also those that the account may not view.
pub(crate) fn all_comments(site: &Site, at: Position) -> Vec<Listed> {
    if let Some(recorded) = site.recorded.get(&at) {
        return bodies(&recorded.comments);
    }
    let issue = site.parts(at, Parts::CHILDREN);
    listed(site, issue.comments.iter(), |one| one.id, |renderer, json, one| renderer.comment(json, &issue, one))
}

/// Oldest first.
pub(crate) fn worklogs(site: &Site, at: Position) -> Vec<Listed> {
    if let Some(recorded) = site.recorded.get(&at) {
        return bodies(&recorded.worklogs);
    }
    let issue = site.parts(at, Parts::CHILDREN);
    listed(site, issue.worklogs.iter(), |one| one.id, |renderer, json, one| renderer.worklog(json, &issue, one))
}

pub(crate) fn listed<T>(
    site: &Site,
    entries: impl Iterator<Item = T>,
    id: impl Fn(&T) -> u64,
    write: impl Fn(&Renderer<'_>, &mut Json, T),
) -> Vec<Listed> {
    let nothing = Selection::of(&Catalog::default(), Vec::new(), &[], Default::Id);
    let renderer = Renderer::new(site, &nothing);
    entries
        .map(|entry| {
            let (id, mut json) = (id(&entry), Json::default());
            write(&renderer, &mut json, entry);
            (id, json.finish())
        })
        .collect()
}

fn bodies(values: &[Value]) -> Vec<Listed> {
    values.iter().map(|value| (number(&value["id"]), value.to_string())).collect()
}

/// Children by their own IDs; the list of each issue is rendered only once.
pub(crate) fn picked(site: &Site, ids: &[String], child: Child, shown: impl Fn(Position) -> bool) -> Vec<String> {
    let mut made: HashMap<Position, Vec<Listed>> = HashMap::new();
    let mut found = Vec::new();
    for id in ids.iter().filter_map(|id| id.parse::<u64>().ok()) {
        let Some(at) = site.issue_with(child, id).filter(|at| shown(*at)) else { continue };
        let list = made.entry(at).or_insert_with(|| match child {
            Child::Comment => comments(site, at),
            Child::Worklog => worklogs(site, at),
        });
        found.extend(list.iter().find(|one| one.0 == id).map(|one| one.1.clone()));
    }
    found
}
