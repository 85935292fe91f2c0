//! What Airbyte's connector needs to go on from a state of ours, written beside our own members.

use super::MARK;
use crate::{
    record::time,
    streams::{self, Cut, Source},
    sync::{scan::overlap, scope::Scope, state::COMPLETE},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Adds to states what Airbyte's connector reads in them.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Whether the config names projects: its connector then has a partition for each.
    pub by_project: bool,
}

/// What has been sent, as its connector would say it.
struct Sent {
    /// Everything that changed before, less what its connector would not look at again.
    from: i64,
    /// The same by project, where that differs or the config names projects.
    projects: BTreeMap<u64, i64>,
}

impl Beside {
    /// Marks a state of ours and, for the streams that its connector reads incrementally, adds its members.
    pub fn add(self, stream: &str, state: &mut Value) {
        let Some(members) = state.as_object_mut() else { return };
        if !members.contains_key("version") && !members.contains_key(COMPLETE) {
            return;
        }
        members.insert(MARK.to_owned(), "airbyte".into());
        if members.contains_key("refresh") || members.contains_key(COMPLETE) {
            return;
        }
        let sent = sent(members);
        let its = match streams::find(stream).map(|stream| &stream.source) {
            Some(Source::Boards(_)) => of_boards(members),
            Some(Source::Issues(projection)) => match projection.cut {
                Cut::Issue => self.issues(sent.as_ref()),
                Cut::Comments | Cut::Worklogs | Cut::Changelogs => self.children(sent.as_ref()),
                // Sprints of a project that is named later must not begin at a cursor for all.
                Cut::Sprints => everywhere(sent.as_ref().map(Sent::lowest).filter(|_| !self.by_project)),
                _ => return,
            },
            _ => return,
        };
        members.extend(its);
    }

    fn issues(self, sent: Option<&Sent>) -> Map<String, Value> {
        let lowest = sent.map(Sent::lowest);
        if !self.by_project {
            let mut its = everywhere(lowest);
            let everything = lowest.map(|from| partition(&json!({}), from));
            its.insert("states".to_owned(), everything.into_iter().collect());
            return its;
        }
        // Without a cursor for all, a project that is not listed is read from its beginning.
        let mut its = everywhere(None);
        let listed = sent.into_iter().flat_map(|sent| &sent.projects);
        let listed =
            listed.map(|(id, from)| partition(&json!({"parent_slice": {}, "project_id": id.to_string()}), *from));
        its.insert("states".to_owned(), listed.collect());
        its
    }

    /// Its connector drops children that are older than their own cursor: of issues in a project that is not listed, none
    /// may be dropped.
    fn children(self, sent: Option<&Sent>) -> Map<String, Value> {
        let mut its = everywhere(sent.map(Sent::lowest).filter(|_| !self.by_project));
        its.insert("parent_state".to_owned(), json!({"issues": self.issues(sent)}));
        its
    }
}

impl Sent {
    fn lowest(&self) -> i64 {
        self.projects.values().copied().fold(self.from, i64::min)
    }
}

/// What a state of ours stands for, if its connector can be told: it knows no backfill that is half done.
fn sent(members: &Map<String, Value>) -> Option<Sent> {
    if members.contains_key("catch_up") || members.contains_key("pending") {
        return None;
    }
    let updated = time::parse(members.get("updated")?.as_str()?)?;
    let lag = members.get("lag").and_then(Value::as_i64).unwrap_or(0);
    // Its connector has no overlap for an index that lags.
    let from = updated - overlap(lag, i64::MAX);
    let scope = members.get("scope").and_then(|scope| Scope::read(scope).ok()).unwrap_or_default();
    let at = |project: &u64| scope.behind.get(project).map_or(from, |behind| from.min(*behind));
    Some(Sent { from, projects: scope.projects.iter().map(|project| (*project, at(project))).collect() })
}

/// Each board has a cursor of its own; one without is read from its beginning.
fn of_boards(members: &Map<String, Value>) -> Map<String, Value> {
    let behind = overlap(members.get("lag").and_then(Value::as_i64).unwrap_or(0), i64::MAX);
    let board = |(id, board): (&String, &Value)| {
        let updated = time::parse(board.get("updated")?.as_str()?)?;
        let id: u64 = id.parse().ok()?;
        Some(partition(&json!({"board_id": id, "parent_slice": {}}), updated - behind))
    };
    let boards = members.get("boards").and_then(Value::as_object);
    let mut its = everywhere(None);
    its.insert("states".to_owned(), boards.into_iter().flatten().filter_map(board).collect());
    its
}

/// One cursor for all partitions, or none for any.
fn everywhere(from: Option<i64>) -> Map<String, Value> {
    let mut its = Map::new();
    its.insert("use_global_cursor".to_owned(), false.into());
    its.insert("states".to_owned(), json!([]));
    its.insert("lookback_window".to_owned(), 0.into());
    its.insert("parent_state".to_owned(), json!({}));
    if let Some(from) = from {
        its.insert("state".to_owned(), cursor(from));
    }
    its
}

fn partition(partition: &Value, from: i64) -> Value {
    json!({"partition": partition, "cursor": cursor(from)})
}

fn cursor(from: i64) -> Value {
    json!({"updated": time::to_second(from)})
}
