//! Which streams share which pass over the issues, and what each pass asks for.

use super::{
    extract::{ExtractContext, Extraction},
    request::IssueQuery,
    stream::{ScanPurpose, ScanStream, SelectedStream},
};
use crate::{
    client::jql::Jql,
    config::{Config, Credentials, Expand, ScanMode},
    jira::windows::Order,
    protocol::SyncMode,
    state::{BackfillSlice, IssuesState, Position, Scope, cursor::DAY},
    streams::SiteField,
    sync::{
        fields::SiteFields,
        filter::{Filter, ProjectFilter},
        reach::Reach,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Streams whose positions lie within this share a pass; one that lags further has a pass of its own.
const TOGETHER: i64 = DAY;

/// What a pass reads and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub order: Order,
    /// Without bounds on the order's own field.
    pub filter: Jql,
    /// Which projects to list next to the issues, if it matters whether they are visible.
    pub projects: Option<ProjectFilter>,
    /// What streams that begin now stand for, without projects.
    pub bounds: Scope,
    pub query: IssueQuery,
    /// Issues to read by their IDs, instead of a search.
    pub ids: Vec<u64>,
    /// IDs first, then bulk reads; or whole pages.
    pub ids_first: bool,
    /// Whether IDs are cheap enough to list them a second time.
    pub list_twice: bool,
    pub extract: ExtractContext,
    /// IDs of the projects that were archived when the run began, by their keys.
    pub archived: Arc<BTreeMap<String, u64>>,
    /// The site's clock at the start, epoch milliseconds.
    pub started: i64,
    /// Changes that are older than this at the start are surely at their place in the order. Milliseconds.
    pub overlap: i64,
    pub streams: Vec<ScanStream>,
}

/// Groups streams into passes: the same order, and positions close together.
pub(super) fn group(mut selected: Vec<SelectedStream>) -> Vec<(Order, Vec<SelectedStream>)> {
    selected.sort_by_key(|selected| place(&selected.state));
    let mut groups: Vec<(Order, Vec<SelectedStream>)> = Vec::new();
    for next in selected {
        let (order, at) = place(&next.state);
        let fits = groups.last().is_some_and(|(_, group)| {
            group.first().is_some_and(|first| {
                let (first_order, first_at) = place(&first.state);
                // The very beginning and a position are never close.
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

/// The order of a stream's pass, and its position in it.
fn place(state: &IssuesState) -> (u8, i64) {
    match state.position {
        Position::Cursor(updated) => (1, updated),
        Position::Backfill { created, .. } => (0, created.unwrap_or(i64::MIN)),
        Position::Complete => (0, i64::MIN),
    }
}

/// What one pass reads.
pub(super) enum ScanTarget<'a> {
    /// From the streams' own positions.
    Positions(Order),
    /// What a scope gained.
    Slice(&'a BackfillSlice),
    /// Issues by their IDs.
    Ids(Vec<u64>),
}

/// What all passes of a sync have in common.
#[derive(Clone, Copy)]
pub(super) struct PlanContext<'a> {
    pub filter: &'a Filter,
    pub config: &'a Config,
    pub fields: &'a SiteFields,
    /// The site's clock at the start of the run, epoch milliseconds.
    pub started: i64,
    /// The IDs of all issues are recorded in a state before they are sent.
    pub tracks_ids: bool,
    /// Milliseconds by which the search index was seen to lag.
    pub index_lag: i64,
    /// IDs of the projects that are archived, by their keys, if those are read.
    pub archived: &'a Arc<BTreeMap<String, u64>>,
}

/// The plan of one pass.
pub(super) fn plan(target: ScanTarget<'_>, selected: Vec<SelectedStream>, context: &PlanContext<'_>) -> Plan {
    let PlanContext { filter, config, fields, started, tracks_ids, index_lag, archived } = *context;
    let reach = Reach::new(config);
    // A state must hold an ID before its issue is sent, and a state for each page would hold all IDs each time.
    let ids_first = tracks_ids || ids_first(config);
    let covered = match &target {
        ScanTarget::Slice(slice) => Some(&slice.scope_after.projects),
        ScanTarget::Positions(_) | ScanTarget::Ids(_) => None,
    };
    let (order, purpose, jql, ids) = match target {
        ScanTarget::Positions(order) => (order, ScanPurpose::Cursor, filter.jql.clone(), Vec::new()),
        ScanTarget::Slice(slice) => {
            let jql = filter.jql.clone().and(slice.condition.clone());
            (Order::Created, ScanPurpose::Backfill, jql, Vec::new())
        }
        ScanTarget::Ids(ids) => (Order::ById, ScanPurpose::Refetch, filter.jql.clone(), ids),
    };
    let incremental = selected.iter().any(|selected| selected.state.mode == SyncMode::Incremental);
    Plan {
        order,
        filter: jql,
        projects: incremental.then(|| filter.projects.clone()),
        bounds: Scope { observed_at: started, ..filter.scope.clone() },
        query: query(&selected, context),
        ids,
        ids_first,
        // With a points quota each ID costs as much as its issue; a few that changed are worth it.
        list_twice: ids_first || order == Order::Updated,
        extract: ExtractContext {
            expands: config.issue_expands(),
            airbyte: config.is_airbyte_compatible(),
            site_fields: fields.ids.clone(),
            columns: Arc::clone(&fields.columns),
        },
        archived: Arc::clone(archived),
        started,
        overlap: reach.overlap(index_lag),
        streams: in_order(selected)
            .map(|selected| {
                let stream = ScanStream::new(selected, purpose, (reach, index_lag));
                match covered {
                    Some(projects) => stream.covering(projects),
                    None => stream,
                }
            })
            .collect(),
    }
}

/// What is asked of each issue: the fields and expansions of all streams.
fn query(selected: &[SelectedStream], context: &PlanContext<'_>) -> IssueQuery {
    let issues = || selected.iter().filter_map(|selected| selected.stream.issues());
    let mut expand: BTreeSet<&'static str> = issues().filter_map(|issues| issues.expand).collect();
    let fields: BTreeSet<String> = if issues().any(|issues| issues.is_whole_issue()) {
        expand.extend(context.config.issue_expands().iter().map(|expand: &Expand| expand.name()));
        ["*all".to_owned()].into()
    } else {
        let of_site = |field: &SiteField| context.fields.ids.get(field).into_iter().flatten().cloned();
        let own = issues().flat_map(|issues| issues.fields).map(|field| (*field).to_owned());
        let site = issues().flat_map(|issues| issues.site_fields).flat_map(of_site);
        ["created", "updated"].into_iter().map(str::to_owned).chain(own).chain(site).collect()
    };
    IssueQuery {
        fields: fields.into_iter().collect(),
        expand: expand.into_iter().collect(),
        archived: context.config.filters.include_archived_projects,
        keys: context.tracks_ids,
    }
}

/// The stream that remembers comments comes before the one that sends them, and so do their states.
fn in_order(mut selected: Vec<SelectedStream>) -> impl Iterator<Item = SelectedStream> {
    selected.sort_by_key(|selected| !matches!(selected.extractor.extraction, Extraction::DeletedComments(_)));
    selected.into_iter()
}

/// IDs first is faster but asks for each issue twice; apps with a points quota (OAuth 3LO) pay for that. Which quota
/// client credentials fall under is not documented, so they are as careful.
fn ids_first(config: &Config) -> bool {
    match config.scan_mode {
        ScanMode::Ids => true,
        ScanMode::Pages => false,
        ScanMode::Auto => !matches!(config.credentials, Credentials::OAuth(_) | Credentials::ClientCredentials(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{streams, sync::issues::extract};
    use proptest::prelude::*;

    fn selected(position: Position) -> SelectedStream {
        let stream = streams::find("issue_comments").unwrap();
        let state = IssuesState::new(SyncMode::Incremental, position);
        let extractor = extract::find(stream.name).unwrap();
        SelectedStream { stream, extractor, state, dropped_projects: BTreeSet::new() }
    }

    #[test]
    fn close_positions_share_a_pass_and_far_ones_do_not() {
        let hour = 3_600_000;
        let groups = group(vec![
            selected(Position::Cursor(100 * hour)),
            selected(Position::beginning(0)),
            selected(Position::Cursor(90 * hour)),
            selected(Position::Cursor(10 * hour)),
            selected(Position::beginning(5)),
        ]);
        let sizes: Vec<(Order, usize)> = groups.iter().map(|(order, group)| (*order, group.len())).collect();
        assert_eq!(sizes, [(Order::Created, 2), (Order::Updated, 1), (Order::Updated, 2)]);
    }

    proptest! {
        #[test]
        fn every_stream_is_in_exactly_one_pass_and_none_lags_far_within_it(
            cursors in prop::collection::vec(prop::option::of(0i64..1_000_000_000_000), 0..12),
        ) {
            let count = cursors.len();
            let groups = group(cursors.into_iter().map(|cursor| selected(match cursor {
                Some(updated) => Position::Cursor(updated),
                None => Position::beginning(0),
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
