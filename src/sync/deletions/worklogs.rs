//! Deleted worklogs, from the site's feed of them.

use crate::{
    client::Error,
    jira::worklog_feed::{self, WorklogFeed},
    protocol::SyncMode,
    record::{splice, time},
    state::{Body, FeedState, cursor::prune},
    sync::context::{ConfiguredStream, SyncContext},
};

/// Each walk begins this long before the place that the last one came to, for clocks that differ. Milliseconds.
const OVERLAP: i64 = 60_000;

/// Walks along the feed from where the last sync came to, with a state after each page.
pub async fn read(sync: &SyncContext, mut configured: ConfiguredStream<FeedState>, mode: SyncMode) {
    let result = follow(sync, &mut configured).await;
    configured.state.complete = result.is_ok() && mode == SyncMode::FullRefresh;
    sync.end(&configured, result.map_err(Into::into));
}

async fn follow(sync: &SyncContext, configured: &mut ConfiguredStream<FeedState>) -> Result<(), Error> {
    let (name, state) = (configured.stream.name, &mut configured.state);
    let from = state.read_until.map_or(0, |until| until - OVERLAP);
    let mut feed = WorklogFeed::new(&sync.client, worklog_feed::DELETED, from);
    while let Some(entries) = feed.next().await? {
        let mut newest = None;
        for entry in entries {
            newest = newest.max(Some(entry.at));
            if state.recently_sent.insert(entry.id, entry.at) != Some(entry.at) {
                let id = splice::quoted(&entry.id.to_string());
                let deleted_at = splice::quoted(&time::format(entry.at));
                sync.out.record(name, |line| splice::object(line, &[("id", &id), ("deletedAt", &deleted_at)]));
            }
        }
        // After the last page, everything is sent but the last minute.
        let until = feed.since().or(newest.max(Some(sync.started() - worklog_feed::LAG)));
        state.read_until = state.read_until.max(until);
        prune(&mut state.recently_sent, state.read_until.map_or(i64::MIN, |until| until - OVERLAP));
        sync.out.state(name, state.to_json());
    }
    Ok(())
}
