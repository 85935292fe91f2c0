//! The ID snapshot: the ID and key of every issue that the filters let through and that the account has access to, 5,000 a
//! request.

use crate::state::cursor::MINUTE;
use crate::{
    client::{Client, Error, classify, jql::Jql},
    jira::{
        search::{self, Search, count},
        windows::{self, Order, Window},
    },
};
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, HashSet};

/// Windows that are listed at the same time.
const SIDE_BY_SIDE: usize = 4;
/// Issues that one request asks about, where it does not only list.
pub(super) const ASKED: usize = 50;

/// The issues that a filter lets through now.
#[derive(Debug, Default)]
pub(super) struct IdSnapshot {
    /// By ID, with their keys.
    pub issues: BTreeMap<u64, String>,
    /// Those that were created before the last snapshot.
    pub old: HashSet<u64>,
    /// Those that were updated since the passes over what changed began.
    pub changed: HashSet<u64>,
    /// Those that were updated before, but since the last snapshot.
    pub changed_before: HashSet<u64>,
}

/// Since when an ID snapshot looks for what. Epoch milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct SnapshotTimes {
    /// When the last one began.
    pub last: Option<i64>,
    /// Since when changes were read by this sync.
    pub changed_since: Option<i64>,
    /// Since when changes may have been hidden from the last snapshot's sync.
    pub unseen_since: Option<i64>,
}

impl IdSnapshot {
    /// Takes a snapshot.
    pub(super) async fn take(
        client: &Client,
        filter: &Jql,
        archived: bool,
        times: SnapshotTimes,
        now: i64,
    ) -> Result<Self, Error> {
        let SnapshotTimes { last, changed_since, unseen_since } = times;
        let mut snapshot = Self::default();
        let before = Window { from: None, to: last };
        snapshot.issues = list(client, filter, archived, before, now).await?;
        if last.is_some() {
            snapshot.old = snapshot.issues.keys().copied().collect();
            let after = Window { from: last, to: None };
            snapshot.issues.extend(list(client, filter, archived, after, now).await?);
        }
        if let Some(since) = changed_since {
            // JQL's dates have the precision of a minute: what it could not exclude was read by an earlier pass.
            let since = since + MINUTE;
            snapshot.changed = updated(client, filter.clone().at_least("updated", since), archived).await?;
            // Where a sync takes no snapshot, or was cut off before.
            if let Some(unseen) = unseen_since.filter(|unseen| unseen + MINUTE < since) {
                let earlier = filter.clone().at_least("updated", unseen).before("updated", since);
                snapshot.changed_before = updated(client, earlier, archived).await?;
            }
        }
        Ok(snapshot)
    }
}

async fn updated(client: &Client, filter: Jql, archived: bool) -> Result<HashSet<u64>, Error> {
    let listed = search::list_ids(client, search::ids(archived, &filter.ordered("updated"), false)).await?;
    Ok(listed.issues.into_iter().map(|(id, _)| id).collect())
}

async fn list(
    client: &Client,
    filter: &Jql,
    archived: bool,
    whole: Window,
    now: i64,
) -> Result<BTreeMap<u64, String>, Error> {
    let total = count(client, &whole.jql(filter, Order::Created)).await?;
    let windows = windows::cut(client, filter, Order::Created, whole, now, (total, windows::ISSUES)).await?;
    let mut lists = stream::iter(windows.into_iter().map(|(window, _)| {
        let jql = window.jql(filter, Order::Created).ordered("created");
        // What the list leaves out is requested by ID before it counts as deleted.
        async move { search::list_ids(client, search::ids(archived, &jql, true)).await }
    }))
    .buffer_unordered(SIDE_BY_SIDE);
    let mut all = BTreeMap::new();
    while let Some(list) = lists.next().await {
        all.extend(list?.issues);
    }
    Ok(all)
}

/// Which of these issues match the filter, judged by the issues rather than by the index (Jira REST v3: `reconcileIssues`).
pub(super) async fn matching(
    client: &Client,
    filter: &Jql,
    archived: bool,
    ids: &[u64],
) -> Result<HashSet<u64>, Error> {
    let names: Vec<String> = ids.iter().map(u64::to_string).collect();
    let jql = filter.clone().any_of("id", false, names.iter().map(String::as_str)).unordered();
    let search = Search { jql: &jql, fields: &["id".to_owned()], expand: &[], archived, reconcile: ids };
    // A page may be short, or empty, without being the last.
    let listed = search::list_ids(client, search.cursor(ids.len() as u32, 5)).await?;
    if !listed.is_whole {
        let request = search.cursor(ids.len() as u32, 5).request();
        return Err(classify::malformed(&request, "the page tokens lead in a circle"));
    }
    Ok(listed.issues.into_iter().map(|(id, _)| id).collect())
}
