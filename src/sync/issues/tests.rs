//! Cursors over many syncs: issues change whenever they like, an index lags, replies come in any order, scans are cut
//! off at any reply or lose one for good. No state may ever lead past something that was not sent.

use super::{
    extract,
    stream::{ScanPurpose, ScanStream, SelectedStream},
    watermark::Watermark,
};
use crate::{
    jira::issue::Issue,
    protocol::SyncMode,
    record::time,
    state::{
        Body, Envelope, IssuesState, Position, Restored, StreamState,
        cursor::{INDEX_LAG, OVERLAP},
    },
    streams,
    sync::reach::Reach,
};
use proptest::{prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60_000;
const BEGIN: i64 = 1_782_777_000_000;

/// When issues were made and changed, each time with a new child. In order of time.
#[derive(Clone, Debug)]
struct Site(Vec<(i64, u64)>);

impl Site {
    /// The times of an issue's changes up to a moment.
    fn changes(&self, issue: u64, until: i64) -> Vec<i64> {
        self.0.iter().filter(|(at, id)| *id == issue && *at <= until).map(|(at, _)| *at).collect()
    }

    fn issues(&self) -> BTreeSet<u64> {
        self.0.iter().map(|(_, id)| *id).collect()
    }
}

/// One sync of the stream.
#[derive(Clone, Debug)]
struct Run {
    /// Since the last one ended.
    wait: i64,
    /// How far the index is behind: at most the overlap.
    lag: i64,
    /// Whole pages show what the index has; bulk reads show the truth.
    pages: bool,
    /// Which batch answers next, and whether a state is written then.
    replies: Vec<(Index, bool)>,
    /// A batch that never answers.
    lost: Option<Index>,
    /// After so many replies, the process is killed.
    killed: Option<usize>,
}

/// What arrived: issues with their newest `updated`, and children.
#[derive(Debug, Default, PartialEq, Eq)]
struct Destination {
    issues: BTreeMap<u64, i64>,
    children: BTreeSet<(u64, i64)>,
    records: usize,
}

impl Destination {
    fn truth(site: &Site, records: usize) -> Self {
        let newest = |id: u64| site.changes(id, i64::MAX).last().copied().unwrap_or(0);
        let issues = site.issues().into_iter().map(|id| (id, newest(id))).collect();
        Self { issues, children: site.0.iter().map(|(at, id)| (*id, *at)).collect(), records }
    }
}

fn stream_of(name: &str, state: IssuesState, lookback: i64) -> ScanStream {
    let (stream, extractor) = (streams::find(name).unwrap(), extract::find(name).unwrap());
    let selected = SelectedStream { stream, extractor, state, dropped_projects: BTreeSet::new() };
    ScanStream::new(selected, ScanPurpose::Cursor, (Reach { longest: i64::MAX, lookback }, 0))
}

fn stream(state: IssuesState) -> ScanStream {
    stream_of("issue_comments", state, 0)
}

/// As the platform keeps it.
fn kept(state: &IssuesState) -> IssuesState {
    let sealed = Envelope::default().seal("issue_comments", state.to_json());
    let stream = streams::find("issue_comments").unwrap();
    match StreamState::restore(stream, sealed.as_object().unwrap(), state.mode, None).unwrap() {
        Restored::State(StreamState::Issues(state)) => state,
        other => panic!("{other:?}"),
    }
}

/// Runs one scan that starts at `started`; returns the last state that was kept, and when it ended.
fn scan(
    site: &Site,
    run: &Run,
    state: IssuesState,
    started: i64,
    out: &mut Destination,
) -> Result<(IssuesState, i64), TestCaseError> {
    let by_creation = matches!(state.position, Position::Backfill { .. });
    let mut kept_last = state.clone();
    let mut stream = stream(state);
    let from = stream.from().map(|from| from.div_euclid(MINUTE) * MINUTE);
    let indexed = |id: u64| site.changes(id, started - run.lag);
    let place = |changes: &[i64]| if by_creation { changes.first().copied() } else { changes.last().copied() };
    let mut listed: Vec<(i64, u64)> =
        site.issues().into_iter().filter_map(|id| Some((place(&indexed(id))?, id))).collect();
    listed.retain(|(place, _)| from.is_none_or(|from| *place >= from));
    listed.sort_unstable();

    let mut watermark = Watermark::default();
    let mut add = |batch: &[_]| {
        let id = watermark.add();
        watermark.close();
        (id, batch.to_vec())
    };
    let mut open: Vec<_> = listed.chunks(2).map(&mut add).collect();
    let lost = run.lost.filter(|_| !open.is_empty()).map(|at| open.remove(at.index(open.len())));
    let mut now = started;
    for step in 0.. {
        let (pick, keep) = run.replies.get(step).copied().unwrap_or_else(|| (run.replies[0].0, false));
        if run.killed == Some(step) {
            return Ok((kept_last, now));
        }
        if open.is_empty() {
            break;
        }
        let (batch, issues) = open.remove(pick.index(open.len()));
        now += 7_000;
        for (_, id) in issues {
            let changes = if run.pages { indexed(id) } else { site.changes(id, now) };
            let (created, updated) = (changes[0], changes[changes.len() - 1]);
            let raw = format!(
                r#"{{"id":"{id}","fields":{{"created":"{}","updated":"{}"}}}}"#,
                time::format(created),
                time::format(updated)
            );
            let issue = Issue::read(serde_json::from_str(&raw).unwrap()).unwrap();
            if stream.is_due(&issue, true) {
                let newest = out.issues.entry(id).or_insert(updated);
                *newest = (*newest).max(updated);
                out.children.extend(changes.iter().map(|at| (id, *at)));
                out.records += 1;
            }
            // As `responses` does.
            let settled = started - OVERLAP;
            let key = if by_creation { Some(created) } else { Some(updated).filter(|updated| *updated < settled) };
            let recent = !by_creation || updated >= settled - 2 * OVERLAP;
            watermark.sent(batch, key, recent.then_some((id, updated)));
        }
        watermark.done(batch);
        if keep {
            let before = stream.state.position.clone();
            stream.advance(&watermark.advance(), watermark.value(), started);
            moves_on(&before, &stream.state.position, started)?;
            kept_last = kept(&stream.state);
            leads_past_nothing(site, &kept_last, out, now)?;
        }
    }
    let before = stream.state.position.clone();
    stream.advance(&watermark.advance(), watermark.value(), started);
    if lost.is_none() {
        stream.complete(i64::MAX);
    }
    moves_on(&before, &stream.state.position, started)?;
    Ok((kept(&stream.state), now))
}

/// A position never goes back, and never comes closer to the present than the index is behind.
fn moves_on(before: &Position, after: &Position, now: i64) -> Result<(), TestCaseError> {
    match (before, after) {
        (Position::Cursor(before), Position::Cursor(after)) => {
            prop_assert!(before <= after && *after <= (*before).max(now - INDEX_LAG), "{before} to {after} at {now}");
        }
        (
            Position::Backfill { started: begun, created: before },
            Position::Backfill { started: still, created: after },
        ) => {
            prop_assert!(begun == still && before <= after, "{before:?} to {after:?}");
        }
        (Position::Backfill { started, .. }, Position::Cursor(updated)) => {
            prop_assert!(*updated == started - INDEX_LAG, "{updated}, begun at {started}");
        }
        (before, after) => prop_assert!(false, "{before:?} to {after:?}"),
    }
    Ok(())
}

/// The scan that begins with this state, or one after it, still finds everything that was not sent.
fn leads_past_nothing(site: &Site, state: &IssuesState, out: &Destination, now: i64) -> Result<(), TestCaseError> {
    let next = stream(state.clone());
    // What the first read passed by comes with the sync after it.
    let later = match state.position {
        Position::Backfill { started, .. } => Some(started - INDEX_LAG - OVERLAP),
        _ => None,
    };
    for id in site.issues() {
        let changes = site.changes(id, now);
        let (Some(created), Some(updated)) = (changes.first(), changes.last()) else { continue };
        let place = if later.is_some() { created } else { updated };
        let comes = next.from().is_none_or(|from| from <= *place) || later.is_some_and(|later| later <= *updated);
        prop_assert!(comes || out.issues.get(&id) == Some(updated), "issue {id} of {updated} is behind {state:?}");
        for at in changes {
            prop_assert!(comes || out.children.contains(&(id, at)), "child {id} of {at} is behind {state:?}");
        }
    }
    Ok(())
}

fn sites() -> impl Strategy<Value = Site> {
    prop::collection::vec((0i64..3 * 3_600_000, 1u64..9), 1..40).prop_map(|changes| {
        let mut changes: Vec<(i64, u64)> = changes.into_iter().map(|(at, id)| (BEGIN + at, id)).collect();
        changes.sort_unstable();
        changes.dedup_by_key(|change| change.0);
        Site(changes)
    })
}

fn runs() -> impl Strategy<Value = Run> {
    let replies = prop::collection::vec((any::<Index>(), any::<bool>()), 1..6);
    let wait = prop_oneof![0..2 * OVERLAP, 0..3_600_000i64];
    let killed = prop::option::weighted(0.4, 0usize..5);
    (wait, 0..=OVERLAP, any::<bool>(), replies, prop::option::weighted(0.3, any::<Index>()), killed)
        .prop_map(|(wait, lag, pages, replies, lost, killed)| Run { wait, lag, pages, replies, lost, killed })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_state_leads_past_what_was_not_sent(site in sites(), runs in prop::collection::vec(runs(), 1..7)) {
        let mut now = BEGIN + 20 * MINUTE;
        let beginning = Position::Backfill { started: now, created: None };
        let mut state = IssuesState::new(SyncMode::Incremental, beginning);
        let mut out = Destination::default();
        for run in &runs {
            now += run.wait;
            let (next, ended) = scan(&site, run, state, now, &mut out)?;
            leads_past_nothing(&site, &next, &out, ended)?;
            (state, now) = (next, ended);
        }
        // At rest: everything arrives (after a first read, with the sync that follows), and then nothing more.
        let rest = Run { wait: 0, lag: 0, pages: false, replies: vec![runs[0].replies[0]], lost: None, killed: None };
        now = now.max(BEGIN + 3 * 3_600_000) + OVERLAP;
        for _ in 0..2 {
            (state, now) = scan(&site, &rest, state, now, &mut out)?;
        }
        prop_assert_eq!(&out, &Destination::truth(&site, out.records));
        let records = out.records;
        scan(&site, &rest, state, now, &mut out)?;
        prop_assert_eq!(out.records, records);
    }

    /// Whatever times a state and a clock name: nothing overflows, and what a scan leaves can be read again.
    #[test]
    fn no_time_is_too_early_or_too_late(
        at in prop::collection::vec(prop_oneof![Just(EARLY), Just(LATE), EARLY..=LATE, BEGIN..BEGIN + OVERLAP], 5),
        cursor in any::<bool>(),
        lookback in 0..=576_000i64,
    ) {
        let position = match cursor {
            true => Position::Cursor(at[0]),
            false => Position::Backfill { started: at[0], created: Some(at[1]) },
        };
        let mut state = IssuesState::new(SyncMode::Incremental, position.clone());
        state.recently_sent.insert(5, at[2]);
        let mut stream =
            stream_of("issue_worklogs", state, lookback * MINUTE);
        let mut watermark = Watermark::default();
        let batch = watermark.add();
        watermark.close();
        watermark.sent(batch, Some(at[3]), Some((7, at[3])));
        watermark.done(batch);
        stream.advance(&watermark.advance(), watermark.value(), at[4]);
        stream.complete(i64::MAX);
        if let (Position::Cursor(before), Position::Cursor(after)) = (position, &stream.state.position) {
            prop_assert!(before <= *after);
        }
        kept(&stream.state);
    }
}

const EARLY: i64 = -62_167_219_200_000;
const LATE: i64 = 253_402_300_799_999;

/// What a full refresh sent of an issue must not come again, and it has no next sync.
#[test]
fn only_incremental_streams_refetch() {
    for (mode, refetched) in [(SyncMode::Incremental, 1), (SyncMode::FullRefresh, 0)] {
        let mut stream = stream(IssuesState::new(mode, Position::beginning(BEGIN)));
        stream.refetch_later(10_001);
        assert_eq!(stream.state.refetch.len(), refetched);
    }
}
