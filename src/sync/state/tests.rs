//! States: what can be read, what is written, and what is refused.

use super::*;
use proptest::prelude::*;

fn read(state: Value, mode: SyncMode, job: Option<&str>) -> Result<Option<Position>, Failure> {
    StreamState::read("issues", state.as_object().unwrap(), mode, job).map(|state| state.map(|state| state.position))
}

#[test]
fn a_full_refresh_is_resumed_only_within_its_job() {
    let under_way = json!({"version": 1, "refresh": {"started": "2026-06-29T23:50:00.000+0000"}, "job": "7"});
    let mode = SyncMode::FullRefresh;
    assert!(read(under_way.clone(), mode, Some("7")).unwrap().is_some());
    assert_eq!(read(under_way.clone(), mode, Some("8")).unwrap(), None);
    assert_eq!(read(under_way, mode, None).unwrap(), None);
    let complete = json!({"__ab_full_refresh_sync_complete": true, "job": "7"});
    assert_eq!(read(complete.clone(), mode, Some("7")).unwrap(), Some(Position::Complete));
    assert_eq!(read(complete.clone(), mode, Some("8")).unwrap(), None);
    assert_eq!(read(complete, SyncMode::Incremental, Some("7")).unwrap(), None);
    assert_eq!(read(json!({"__ab_full_refresh_sync_complete": true}), mode, None).unwrap(), None, "no job, no proof");
    assert_eq!(read(json!({"version": 1, "updated": "2026-06-29T23:50:00.000+0000"}), mode, None).unwrap(), None);
}

#[test]
fn names_what_it_cannot_use() {
    for (state, expected) in [
        (json!({"cursor": 5}), "stream_state has none of the members"),
        (json!({"updated": "yesterday"}), "stream_state.updated is \"yesterday\", not a timestamp"),
        (json!({"updated": 5}), "stream_state.updated is not a text"),
        (json!({"states": [{"cursor": {"updated": "x"}}]}), "stream_state.states[0].cursor.updated is \"x\""),
        (json!({"version": 1, "backfill": {}}), "stream_state.backfill.started is missing"),
        (json!({"version": 1, "updated": "2026-06-29T23:50:00Z", "seen": {"a": 1}}), "stream_state.seen.a is not"),
        (json!({"version": 1, "updated": "2026-06-29T23:50:00Z", "names": {"7": 1}}), "stream_state.names.7 is not"),
        (
            json!({"version": 1, "updated": "2026-06-29T23:50:00Z", "known": {"shown": "?"}}),
            "stream_state.known.shown is not base64",
        ),
        (
            json!({"parent_state": {"issues": {"states": [{"cursor": {"updated": "x"}}]}}}),
            "stream_state.parent_state.issues.states[0].cursor.updated is \"x\"",
        ),
    ] {
        let stream = if state.get("parent_state").is_some() { "issue_comments" } else { "issues" };
        let message =
            StreamState::read(stream, state.as_object().unwrap(), SyncMode::Incremental, None).unwrap_err().message;
        assert!(message.contains(expected), "{message} does not say: {expected}");
    }
}

fn states() -> impl Strategy<Value = StreamState> {
    let millis = 0i64..4_000_000_000_000;
    let position = prop_oneof![
        (millis.clone(), prop::option::of(millis.clone()))
            .prop_map(|(started, created)| Position::Backfill { started, created }),
        millis.clone().prop_map(|updated| Position::Cursor { updated }),
    ];
    (
        position,
        prop::option::of("[0-9a-f]{16}"),
        prop::option::of(("project in \\([0-9]\\)", prop::option::of(millis.clone()))),
        prop::option::of(millis.clone()),
        prop::collection::btree_map(any::<u64>(), millis, 0..9),
        prop::collection::btree_map(any::<u64>(), "[A-Z]+-[0-9]+", 0..9),
        prop::collection::btree_set(any::<u64>(), 0..9),
        prop::collection::btree_map(any::<u64>(), "[a-z_]+", 0..9),
    )
        .prop_map(|(position, filter, catch_up, refreshed, seen, pending, owed, names)| StreamState {
            mode: SyncMode::Incremental,
            position,
            predecessor: None,
            scope: filter.clone().map(|condition| Scope { condition: Some(condition), ..Scope::default() }),
            filter,
            catch_up: catch_up.map(|(of, created)| CatchUp { of, created }),
            owed,
            refreshed,
            lag: refreshed.map_or(0, |refreshed| refreshed / 3),
            census: refreshed.map(|refreshed| refreshed / 2),

            seen,
            pending,
            boards: refreshed.map(|at| (at as u64, boards::Board::at(at))).into_iter().collect(),
            known: Known::default(),
            comments: None,
            names,
            job: None,
        })
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(state in states()) {
        let json = state.to_json();
        let back = StreamState::read("issues", json.as_object().unwrap(), state.mode, None).unwrap();
        prop_assert_eq!(back, Some(state));
    }

    #[test]
    fn the_seen_stay_bounded_and_the_newest_stay(times in prop::collection::vec(0i64..10_000, 0..1200)) {
        let mut state = StreamState::new(SyncMode::Incremental, Position::Cursor { updated: 0 });
        state.seen = times.iter().enumerate().map(|(id, time)| (id as u64, *time)).collect();
        state.prune_seen(100);
        let newest = times.iter().copied().max().unwrap_or(0);
        prop_assert!(newest < 100 || state.seen.values().any(|time| *time == newest));
        prop_assert!(state.seen.values().all(|time| *time >= 100));
        prop_assert!(state.seen.len() <= SEEN);
    }
}
