//! Versions, components and sprints that were deleted: their lists, compared with what the last sync saw.

use crate::{
    client::{Error, Kind, Request, classify},
    codes,
    protocol::{Failure, SyncMode},
    record::{Object, splice, time},
    state::{
        ListDeletionsState,
        list_snapshot::{ListSnapshot, MOST},
    },
    streams::SnapshotDiff,
    sync::{
        context::{ConfiguredStream, SyncContext},
        partitions::Partition,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{borrow::Cow, collections::BTreeMap};

/// A stream that compares lists.
pub struct Comparison {
    pub configured: ConfiguredStream<Option<ListDeletionsState>>,
    pub mode: SyncMode,
    pub diff: &'static SnapshotDiff,
    pub lists: ReadLists,
}

/// Lists that were read completely.
#[derive(Debug)]
pub struct ReadLists {
    diff: &'static SnapshotDiff,
    /// The IDs of each, with their owners.
    ids: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// When the site last answered, to the second, epoch milliseconds.
    until: i64,
}

impl ReadLists {
    pub const fn new(diff: &'static SnapshotDiff) -> Self {
        Self { diff, ids: BTreeMap::new(), until: 0 }
    }

    /// Takes a list; one with other IDs than Jira's numbers can't be compared, so it counts as not read.
    pub fn add(&mut self, partition: &Partition, records: &[Cow<'_, str>], date: Option<i64>) {
        let Ok(list) = partition.id().parse() else { return };
        let entry = |raw: &Cow<'_, str>| {
            let record = Object::parse(raw).ok()?;
            Some((number(&record, "id")?, number(&record, self.diff.owner).unwrap_or(list)))
        };
        if let Some(ids) = records.iter().map(entry).collect() {
            self.ids.insert(list, ids);
            self.until = self.until.max(date.unwrap_or(0));
        }
    }

    /// What is known now: these lists, and those of the last sync, at `read`, that were not read this time.
    fn snapshot(&self, before: &ListSnapshot, read: i64) -> ListSnapshot {
        let mut snapshot = ListSnapshot::default();
        for list in before.lists().into_iter().filter(|list| !self.ids.contains_key(list)) {
            snapshot.keep(before, list, read);
        }
        for (list, ids) in &self.ids {
            ids.iter().for_each(|(id, owner)| snapshot.add(*list, *id, *owner));
        }
        snapshot
    }
}

fn number(record: &Object<'_>, name: &str) -> Option<u32> {
    record.id(name)?.parse().ok()
}

/// The answer to a request by ID.
enum Found {
    Nothing,
    /// It exists, only in no list that was read; its owner, if it names one.
    Exists(Option<u32>),
}

/// A record that was deleted.
struct Deletion {
    id: u32,
    owner: u32,
    /// The last sync that saw it.
    last_seen_at: i64,
}

/// Compares lists with what the last sync saw, if they could be read, and ends the stream.
pub async fn compare(sync: &SyncContext, comparison: Comparison, read: Result<(), Failure>) {
    let Comparison { mut configured, mode, lists, .. } = comparison;
    let compared = match read {
        Ok(()) => deletions(sync, &mut configured, &lists).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match compared {
        Ok(deletions) => {
            // The server's clock has seconds only.
            let detected_at = lists.until.max(sync.started()) + 1_000;
            deletions.iter().for_each(|deletion| write(sync, &configured, lists.diff, deletion, detected_at));
            if mode == SyncMode::FullRefresh {
                configured.state = None;
            }
            sync.out.finish(configured.stream.name, crate::state::Body::to_json(&configured.state), true);
        }
        Err(failure) => sync.give_up(&configured, failure),
    }
}

/// What was deleted since the last sync. The state has the new snapshot afterwards; if a request fails, it stays as it was.
async fn deletions(
    sync: &SyncContext,
    configured: &mut ConfiguredStream<Option<ListDeletionsState>>,
    lists: &ReadLists,
) -> Result<Vec<Deletion>, Error> {
    let nothing = ListDeletionsState { compared_at: sync.started(), snapshot: ListSnapshot::default() };
    let ListDeletionsState { compared_at: read, snapshot: before } = configured.state.as_ref().unwrap_or(&nothing);
    let (read, mut deletions) = (*read, Vec::new());
    let mut snapshot = lists.snapshot(before, read);
    if snapshot.len() <= MOST {
        let shown = snapshot.ids();
        let missing: Vec<_> = before.ids().into_iter().filter(|(id, _)| !shown.contains_key(id)).collect();
        for ((id, on), found) in missing.iter().zip(find_each(sync, lists, &missing).await?) {
            let owner = before.owner(*id, on.first().copied().unwrap_or_default());
            match found {
                Found::Nothing => {
                    let last_seen_at = on.iter().map(|list| before.last_read(*list, read)).max().unwrap_or(read);
                    deletions.push(Deletion { id: *id, owner, last_seen_at });
                }
                Found::Exists(now) => {
                    let owner = now.unwrap_or(owner);
                    snapshot.add(owner, *id, owner);
                    if !lists.ids.contains_key(&owner) {
                        snapshot.unread(owner, sync.started());
                    }
                }
            }
        }
    }
    if snapshot.len() > MOST {
        sync.report.skip(configured.stream.name, &codes::TOO_MANY_TO_COMPARE);
        snapshot = ListSnapshot::default();
    }
    configured.state = Some(ListDeletionsState { compared_at: sync.started(), snapshot });
    Ok(deletions)
}

/// Requests each missing record by its ID.
async fn find_each(sync: &SyncContext, lists: &ReadLists, missing: &[(u32, Vec<u32>)]) -> Result<Vec<Found>, Error> {
    // If not even a record that a list has just shown is found, "not found" means nothing.
    let witness = lists.ids.values().find_map(|ids| ids.keys().next().copied());
    if let Some(witness) = witness.filter(|_| !missing.is_empty())
        && let Found::Nothing = find(sync, lists.diff, witness).await?
    {
        let request = Request::get(lists.diff.by_id, &[&witness.to_string()]);
        return Err(classify::malformed(&request, "404, even for a record that a list has just shown"));
    }
    stream::iter(missing.iter().map(|(id, _)| find(sync, lists.diff, *id)))
        .buffered(sync.client.gate().limit() + 2)
        .try_collect()
        .await
}

async fn find(sync: &SyncContext, diff: &SnapshotDiff, id: u32) -> Result<Found, Error> {
    let request = Request::get(diff.by_id, &[&id.to_string()]);
    match sync.client.call(&request).await {
        Err(error) if error.kind == Kind::NotFound => Ok(Found::Nothing),
        reply => {
            let body = reply?.body;
            let record = Object::parse(&body).map_err(|why| classify::malformed(&request, why.to_string()))?;
            Ok(Found::Exists(number(&record, diff.owner)))
        }
    }
}

fn write<S>(
    sync: &SyncContext,
    configured: &ConfiguredStream<S>,
    diff: &SnapshotDiff,
    deletion: &Deletion,
    detected_at: i64,
) {
    let id = if diff.text_ids { splice::quoted(&deletion.id.to_string()) } else { deletion.id.to_string() };
    let moment = |millis: i64| splice::quoted(&time::format(millis));
    let properties = [
        ("id", id.as_str()),
        (diff.owner_name, &deletion.owner.to_string()),
        ("lastSeenAt", &moment(deletion.last_seen_at)),
        ("detectedAt", &moment(detected_at)),
    ];
    sync.out.record(configured.stream.name, |line| splice::object(line, &properties));
}
