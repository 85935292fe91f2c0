//! Deleted worklogs, from the site's feed of them.

use crate::{
    client::Error,
    record::{splice, time},
    streams::Gone,
    sync::{
        feed::{self, Feed},
        run::{Chosen, Run},
        state::{Position, StreamState},
    },
};

/// Each walk begins so much before where the last one came to, for clocks that differ.
const OVERLAP: i64 = 60_000;

impl Run {
    /// Walks along the feed from where the last sync came to, with a state after each page.
    pub(in crate::sync) async fn feeds(&self, chosen: Vec<Chosen>, started: i64) {
        for mut chosen in chosen {
            match self.follow(&mut chosen, started).await {
                Ok(()) => self.finish(chosen),
                Err(error) => self.give_up(&chosen, error.into()),
            }
        }
    }

    async fn follow(&self, chosen: &mut Chosen, started: i64) -> Result<(), Error> {
        let (name, state) = (chosen.stream.name, &mut chosen.state);
        let from = reached(state).map_or(0, |reached| reached - OVERLAP);
        let mut feed = Feed::new(&self.client, Gone::Worklogs.route(), from);
        while let Some(entries) = feed.next().await? {
            let mut newest = None;
            for entry in entries {
                newest = newest.max(Some(entry.at));
                if state.seen.insert(entry.id, entry.at) != Some(entry.at) {
                    self.out.record(name, |line| {
                        line.extend_from_slice(b"{\"id\":");
                        splice::quote(line, &entry.id.to_string());
                        line.extend_from_slice(b",\"deletedAt\":");
                        splice::quote(line, &time::format(entry.at));
                        line.push(b'}');
                    });
                }
            }
            // Behind the last page, all is sent but the last minute.
            let now = feed.since.or(newest.max(Some(started - feed::BEHIND)));
            advance(state, now);
            self.out.state(name, state.to_json());
        }
        Ok(())
    }
}

/// Up to when everything is sent.
fn reached(state: &StreamState) -> Option<i64> {
    match state.position {
        Position::Backfill { created, .. } => created,
        Position::Cursor { updated } => Some(updated),
        Position::List { .. } | Position::Complete => None,
    }
}

fn advance(state: &mut StreamState, to: Option<i64>) {
    let to = reached(state).max(to);
    match &mut state.position {
        Position::Backfill { created, .. } => *created = to,
        Position::Cursor { updated } => *updated = to.unwrap_or(*updated),
        Position::List { .. } | Position::Complete => {}
    }
    state.prune_seen(to.map_or(i64::MIN, |to| to - OVERLAP));
}
