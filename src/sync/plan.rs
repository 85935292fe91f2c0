//! What a read has to do: which lists to read, and which streams share which scan of the issues.

use super::{
    fields::Columns,
    scan::{Errand, INDEX_LAG, Order, Plan, Question, Rider, overlap},
    scope::{Piece, Scope, filter::Filter},
    state::{Position, StreamState},
};
use crate::{
    config::{Config, Credentials, Expand, ScanMode},
    protocol::SyncMode,
    streams::{Cut, Stream},
};
use std::{collections::BTreeSet, sync::Arc};

/// Streams whose positions lie within this share a scan; one further behind has a scan of its own.
const TOGETHER: i64 = 24 * 3_600_000;

/// A selected stream of the issue family, with its state.
#[derive(Debug)]
pub struct Selected {
    pub stream: &'static Stream,
    pub cut: Cut,
    pub state: StreamState,
    /// Projects that were out of sight when their issues were to be read.
    pub lost: BTreeSet<u64>,
}

impl From<Rider> for Selected {
    fn from(Rider { stream, cut, state, lost, .. }: Rider) -> Self {
        Self { stream, cut, state, lost }
    }
}

/// Fields of the site that some streams need by id.
#[derive(Clone, Debug, Default)]
pub struct SiteFields {
    pub sprint: Vec<String>,
    pub story_points: Vec<String>,
    /// How fields stand in the records of `issues`.
    pub columns: Arc<Columns>,
}

/// Groups streams into scans: the same order, and positions close together.
pub fn group(mut selected: Vec<Selected>) -> Vec<(Order, Vec<Selected>)> {
    selected.sort_by_key(|selected| place(&selected.state));
    let mut groups: Vec<(Order, Vec<Selected>)> = Vec::new();
    for next in selected {
        let (order, at) = place(&next.state);
        let fits = groups.last().is_some_and(|(_, group)| {
            group.first().is_some_and(|first| {
                let (first_order, first_at) = place(&first.state);
                // From the very beginning and from somewhere are never close.
                first_order == order && (first_at == at || (first_at != i64::MIN && at - first_at <= TOGETHER))
            })
        });
        match groups.last_mut() {
            Some((_, group)) if fits => group.push(next),
            _ => groups.push((if order == 0 { Order::Created } else { Order::Updated }, vec![next])),
        }
    }
    groups
}

/// Where a stream stands: the order of its scan and its place in it.
fn place(state: &StreamState) -> (u8, i64) {
    match state.position {
        Position::Cursor { updated } => (1, updated),
        Position::Backfill { created, .. } => (0, created.unwrap_or(i64::MIN)),
        Position::List { .. } | Position::Complete => (0, i64::MIN),
    }
}

/// What one scan is for.
pub enum Aim<'a> {
    /// The streams' own positions.
    Main(Order),
    /// What came into a scope.
    Piece(&'a Piece),
    /// Issues by their ids.
    Named(Vec<u64>),
}

/// What all scans of a run have in common.
pub struct Ground<'a> {
    pub filter: &'a Filter,
    pub config: &'a Config,
    pub fields: &'a SiteFields,
    /// The site's clock at the start of the run.
    pub started: i64,
    /// Lists of ids have the keys, too.
    pub keys: bool,
    /// Milliseconds by which the search index was seen to lag.
    pub behind: i64,
}

/// The plan of one scan.
pub fn scan(aim: Aim<'_>, selected: Vec<Selected>, ground: &Ground<'_>) -> Plan {
    let Ground { filter, config, fields, started, keys, behind } = ground;
    let lookback = i64::from(config.lookback_window_minutes) * 60_000;
    let most = i64::from(config.max_overlap_minutes) * 60_000;
    let expands = config.issue_expands();
    let has = |cut: Cut| selected.iter().any(|selected| selected.cut == cut);
    let sprint_extra: Vec<String> = ["status", "created", "updated"]
        .into_iter()
        .map(str::to_owned)
        .chain(fields.story_points.iter().cloned())
        .collect();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    if has(Cut::Issue) {
        asked.insert("*all".to_owned());
    } else {
        asked.extend(["created", "updated"].map(str::to_owned));
        for selected in &selected {
            asked.extend(
                selected
                    .stream
                    .projection()
                    .into_iter()
                    .flat_map(|projection| projection.fields)
                    .map(|field| (*field).to_owned()),
            );
        }
        if has(Cut::Sprints) {
            asked.extend(fields.sprint.iter().chain(&sprint_extra).cloned());
        }
    }
    let mut expand: BTreeSet<&'static str> =
        selected.iter().filter_map(|selected| selected.stream.projection()?.expand).collect();
    if has(Cut::Issue) {
        expand.extend(expands.iter().map(|expand: &Expand| expand.name()));
    }
    let ids_first = ids_first(config);
    let covered = match aim {
        Aim::Piece(piece) => Some(&piece.then.projects),
        Aim::Main(_) | Aim::Named(_) => None,
    };
    let (order, errand, jql, named) = match aim {
        Aim::Main(order) => (order, Errand::Main, filter.jql.clone(), Vec::new()),
        Aim::Piece(piece) => {
            (Order::Created, Errand::CatchUp, filter.jql.clone().and(piece.condition.clone()), Vec::new())
        }
        Aim::Named(named) => (Order::Named, Errand::Owed, filter.jql.clone(), named),
    };
    let incremental = selected.iter().any(|selected| selected.state.mode == SyncMode::Incremental);
    Plan {
        order,
        filter: jql,
        sieve: incremental.then(|| filter.sieve.clone()),
        scope: Scope { looked: *started, ..filter.scope.clone() },
        named,
        question: Question {
            fields: asked.into_iter().collect(),
            expand: expand.into_iter().collect(),
            archived: config.filters.include_archived_projects,
            keys: *keys,
        },
        ids_first,
        // With a points quota each id costs as much as its issue; a few that changed are worth it.
        twice: ids_first || order == Order::Updated,
        expands,
        airbyte: config.keeps_to_airbyte(),
        sprint_fields: fields.sprint.clone(),
        sprint_extra,
        columns: Arc::clone(&fields.columns),
        started: *started,
        overlap: overlap(*behind, most),
        riders: riders(selected, |selected| {
            let rider = Rider::new(selected, errand, *behind, most, lookback);
            match covered {
                Some(projects) => rider.covering(projects),
                None => rider,
            }
        }),
    }
}

/// What remembers comments stands before what sends them, and so do their states.
fn riders(mut selected: Vec<Selected>, rider: impl Fn(Selected) -> Rider) -> Vec<Rider> {
    selected.sort_by_key(|selected| selected.cut != Cut::DeletedComments);
    selected.into_iter().map(rider).collect()
}

/// Ids first is faster but asks for each issue twice; apps with a points quota (OAuth 3LO) pay for that. Which quota
/// client credentials fall under is not documented, so they are as careful.
fn ids_first(config: &Config) -> bool {
    match config.scan_mode {
        ScanMode::Ids => true,
        ScanMode::Pages => false,
        ScanMode::Auto => !matches!(config.credentials, Credentials::OAuth(_) | Credentials::ClientCredentials(_)),
    }
}

/// Where a stream without a usable state begins.
pub fn beginning(started: i64) -> Position {
    Position::Backfill { started: started.max(INDEX_LAG), created: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams;
    use proptest::prelude::*;

    fn selected(position: Position) -> Selected {
        let stream = streams::find("issue_comments").unwrap();
        let state = StreamState::new(SyncMode::Incremental, position);
        Selected { stream, cut: Cut::Comments, state, lost: BTreeSet::new() }
    }

    #[test]
    fn close_positions_share_a_scan_and_far_ones_do_not() {
        let hour = 3_600_000;
        let groups = group(vec![
            selected(Position::Cursor { updated: 100 * hour }),
            selected(beginning(0)),
            selected(Position::Cursor { updated: 90 * hour }),
            selected(Position::Cursor { updated: 10 * hour }),
            selected(beginning(5)),
        ]);
        let sizes: Vec<(Order, usize)> = groups.iter().map(|(order, group)| (*order, group.len())).collect();
        assert_eq!(sizes, [(Order::Created, 2), (Order::Updated, 1), (Order::Updated, 2)]);
    }

    proptest! {
        #[test]
        fn every_stream_is_in_exactly_one_scan_and_none_is_far_behind_its_scan(
            cursors in prop::collection::vec(prop::option::of(0i64..1_000_000_000_000), 0..12),
        ) {
            let count = cursors.len();
            let groups = group(cursors.into_iter().map(|cursor| selected(match cursor {
                Some(updated) => Position::Cursor { updated },
                None => beginning(0),
            })).collect());
            prop_assert_eq!(groups.iter().map(|(_, group)| group.len()).sum::<usize>(), count);
            for (order, group) in groups {
                let places: Vec<i64> = group.iter().map(|selected| place(&selected.state).1).collect();
                prop_assert!(group.iter().all(|selected| (place(&selected.state).0 == 0) == (order == Order::Created)));
                prop_assert!(places.iter().max().unwrap().saturating_sub(*places.iter().min().unwrap()) <= TOGETHER);
            }
        }
    }
}
