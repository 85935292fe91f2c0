//! States of Airbyte's connector: the position of each shape, and what it makes of ours.

use super::*;
use crate::{
    protocol::SyncMode,
    record::{keys::Keys, time},
    state::{Body, Envelope, IssuesState, Restored, StreamState},
    streams,
};
use proptest::prelude::*;
use serde_json::json;

const TIME: i64 = 1_782_777_000_000;
const TEXT: &str = "2026-06-29T23:50:00+0000";
const HOUR: i64 = 3_600_000;

fn position(shape: AirbyteShape, state: &Value) -> Option<LegacyPosition> {
    let state = AirbyteState::of_issues("issues", state.as_object().unwrap(), shape).unwrap();
    state.map(|state| state.position)
}

fn projects<const N: usize>(projects: [(u64, i64); N]) -> Option<LegacyPosition> {
    Some(LegacyPosition::Projects(projects.into()))
}

fn entry(partition: Value, at: i64) -> Value {
    json!({"partition": partition, "cursor": {"updated": time::format(at)}})
}

fn project(id: &str, at: i64) -> Value {
    entry(json!({"parent_slice": {}, "project_id": id}), at)
}

#[test]
fn each_shape_of_the_issues_stands_where_nothing_before_is_missing() {
    let at = |at| Some(LegacyPosition::Everywhere(at));
    let whole = json!({"updated": TEXT});
    for (state, expected) in [
        (json!({"updated": TEXT}), at(TIME)),
        (json!({"updated": "2026-06-30T01:50:00.000000+0200"}), at(TIME)),
        (json!({"updated": "2026-06-29T23:50:00Z"}), at(TIME)),
        (
            json!({"use_global_cursor": false, "states": [entry(json!({}), TIME)], "state": whole, "lookback_window": 9, "parent_state": {}}),
            at(TIME),
        ),
        (json!({"states": [project("1", TIME), project("2", TIME - HOUR)]}), projects([(1, TIME), (2, TIME - HOUR)])),
        // A cursor for all says nothing of a project that it never read.
        (json!({"states": [project("1", TIME)], "state": whole, "lookback_window": 1}), projects([(1, TIME)])),
        (json!({"states": [entry(json!({"project_id": 7}), TIME)]}), projects([(7, TIME)])),
        // The config named projects later, or did so once.
        (json!({"states": [entry(json!({}), TIME - HOUR), project("1", TIME)]}), projects([(1, TIME)])),
        (json!({"states": [entry(json!({}), TIME), project("1", TIME - HOUR)]}), at(TIME)),
        (json!({"use_global_cursor": true, "state": whole, "lookback_window": 85}), at(TIME - 85_000)),
        (json!({"use_global_cursor": true, "state": whole, "lookback_window": -85}), at(TIME)),
        (json!({"use_global_cursor": true, "state": whole, "lookback_window": i64::MAX}), at(0)),
        (json!({"states": [], "state": whole}), at(TIME)),
        // For one release the list was at another place.
        (json!({"state": [project("1", TIME)]}), projects([(1, TIME)])),
        // Partitions of another kind are none of its own any more.
        (
            json!({"states": [entry(json!({"project": "A"}), TIME - HOUR)], "state": whole, "lookback_window": 2}),
            at(TIME - 2_000),
        ),
        (json!({"states": [entry(json!({"project": "A"}), TIME)]}), None),
        (json!({"states": [project("1", TIME), {"partition": {"project_id": "2"}}]}), projects([(1, TIME)])),
        (json!({"states": [{"partition": {}, "cursor": {}}], "state": whole}), None),
        (
            json!({"states": [entry(json!({"project_id": 7}), TIME), project("7", TIME - HOUR)]}),
            projects([(7, TIME - HOUR)]),
        ),
        (json!({"use_global_cursor": false, "states": [], "lookback_window": 0}), None),
        (json!({"__ab_no_cursor_state_message": true}), None),
    ] {
        assert_eq!(position(AirbyteShape::Issues, &state), expected, "{state}");
    }
}

#[test]
fn children_stand_where_their_parent_stands() {
    let at = |at| Some(LegacyPosition::Everywhere(at));
    let own = entry(json!({"issue_id": "1", "parent_slice": {}}), TIME - 900 * HOUR);
    let whole = json!({"updated": TEXT});
    let six = json!({"use_global_cursor": false, "state": {"updated": "2026-06-29T23:50:00.789+0000"}, "lookback_window": 1,
        "states": [{"partition": {}, "cursor": {"updated": "2026-06-29T23:50:00.789+0000"}}]});
    let seven = json!({"use_global_cursor": false, "states": [project("1", TIME), project("2", TIME - HOUR)],
        "lookback_window": 0, "parent_state": {}});
    let empty = json!({"use_global_cursor": false, "state": {}, "states": []});
    for (state, expected) in [
        (json!({"states": [own], "state": whole, "parent_state": {"issues": six}}), at(TIME + 789)),
        (json!({"states": [own], "parent_state": {"issues": seven}}), projects([(1, TIME), (2, TIME - HOUR)])),
        (
            json!({"use_global_cursor": true, "state": whole, "lookback_window": 85, "parent_state": {"issues": six}}),
            at(TIME + 789),
        ),
        (json!({"states": [own], "state": whole, "lookback_window": 3}), at(TIME - 3_000)),
        (
            json!({"states": [own], "state": whole, "lookback_window": 3, "parent_state": {"issues": empty}}),
            at(TIME - 3_000),
        ),
        (json!({"updated": TEXT}), at(TIME)),
        // Its own partitions do not say which issues it never came to.
        (json!({"states": [own]}), None),
        (json!({"states": [own], "parent_state": {"issues": empty}}), None),
        (json!({"states": [own], "parent_state": {}}), None),
    ] {
        for shape in [AirbyteShape::DatedChildren, AirbyteShape::Changelogs, AirbyteShape::Children] {
            assert_eq!(position(shape, &state), expected, "{state}");
        }
    }
    let sprint = entry(json!({"parent_slice": {"board_id": 1, "parent_slice": {}}, "sprint_id": 11}), TIME - HOUR);
    assert_eq!(
        position(AirbyteShape::SprintIssues, &json!({"states": [sprint], "state": whole, "lookback_window": 1})),
        at(TIME - 1_000)
    );
    assert_eq!(position(AirbyteShape::SprintIssues, &json!({"states": [sprint]})), None);
}

fn context(scope: &Scope) -> ImportContext<'_> {
    ImportContext { scope, start: None, by_project: false, now: TIME }
}

#[test]
fn projects_that_are_far_behind_are_read_from_their_own_cursors() {
    let scope = Scope { projects: [1, 2, 3, 5].into(), ..Scope::default() };
    let position =
        LegacyPosition::Projects([(1, TIME), (2, TIME - HOUR), (3, TIME - 9 * DAY), (4, TIME - 99 * DAY)].into());
    let (resumed, after) = context(&scope).resume(AirbyteShape::Issues, position).unwrap();
    assert_eq!(resumed, Position::Cursor(TIME - HOUR));
    // The config names the fourth no longer; the fifth was never read.
    assert_eq!((after.projects, after.lagging), ([1, 2, 3].into(), [(3, TIME - 9 * DAY)].into()));
    assert_eq!(context(&scope).resume(AirbyteShape::Issues, LegacyPosition::Projects([(4, TIME)].into())), None);
    let by_project = ImportContext { by_project: true, ..context(&scope) };
    assert!(by_project.resume(AirbyteShape::DatedChildren, LegacyPosition::Everywhere(TIME)).is_some());
    assert_eq!(
        by_project.resume(AirbyteShape::SprintIssues, LegacyPosition::Everywhere(TIME)),
        None,
        "of which projects is unknown"
    );
}

#[test]
fn a_cursor_from_the_future_stays_alone_and_does_not_count_beside_others() {
    let far = TIME + 99 * DAY;
    assert_eq!(LegacyPosition::Everywhere(far).until(TIME), LegacyPosition::Everywhere(far));
    assert_eq!(LegacyPosition::Everywhere(TIME + HOUR).until(TIME), LegacyPosition::Everywhere(TIME));
    assert_eq!(
        LegacyPosition::Projects([(1, far), (2, TIME - HOUR)].into()).until(TIME),
        LegacyPosition::Projects([(2, TIME - HOUR)].into())
    );
    assert_eq!(LegacyPosition::Projects([(1, far + 1), (2, far)].into()).until(TIME), LegacyPosition::Everywhere(far));
}

#[test]
fn what_lies_before_its_start_date_does_not_count_as_read() {
    let scope = Scope::default();
    let bounds = |shape, start| {
        let context = ImportContext { start, ..self::context(&scope) };
        let after = context.resume(shape, LegacyPosition::Everywhere(TIME)).unwrap().1;
        (after.updated.from, after.created.from)
    };
    assert_eq!(bounds(AirbyteShape::Issues, Some(5)), (Some(5), None));
    assert_eq!(bounds(AirbyteShape::Changelogs, None), (None, None));
    assert_eq!(bounds(AirbyteShape::DatedChildren, Some(5)), (None, Some(5)));
    assert_eq!(bounds(AirbyteShape::DatedChildren, None), (None, None));
    let start = |written: Value, told| {
        let written = written.as_object().unwrap().clone();
        AirbyteState { written, position: LegacyPosition::Everywhere(TIME) }.start(told, TIME)
    };
    assert_eq!(start(json!({"states": []}), None), Some(TIME - 730 * DAY));
    assert_eq!(start(json!({"states": []}), Some(5)), Some(5));
    assert_eq!(start(json!({"updated": TEXT}), None), None);
    assert_eq!(start(json!({"updated": TEXT}), Some(5)), Some(5));
}

#[test]
fn the_origin_of_a_state_shows_by_its_properties() {
    let origin =
        |state: Value| state_origin(&InputState::parse(json!({"issues": state}).to_string().as_bytes()).unwrap());
    for its in [
        json!({"updated": TEXT}),
        json!({"states": []}),
        json!({"use_global_cursor": true, "state": {}}),
        json!({"parent_state": {}}),
        json!({"__ab_no_cursor_state_message": true}),
    ] {
        assert_eq!(origin(its.clone()), StateOrigin::Airbyte, "{its}");
    }
    for own in [json!({"version": 1, "updated": TEXT}), json!({"__ab_full_refresh_sync_complete": true}), json!({})] {
        assert_eq!(origin(own.clone()), StateOrigin::Own, "{own}");
    }
    assert_eq!(origin(json!({"version": 1, "states": [], "compatibility": "airbyte"})), StateOrigin::Inherited);
}

fn own() -> impl Strategy<Value = IssuesState> {
    let millis = 1_700_000_000_000i64..1_800_000_000_000;
    let position = prop_oneof![
        3 => millis.clone().prop_map(Position::Cursor),
        1 => millis.clone().prop_map(|started| Position::Backfill { started, created: None }),
    ];
    let lagging = prop::collection::btree_map(0u64..9, millis, 0..3);
    (position, prop::collection::btree_set(0u64..9, 0..6), lagging, 0i64..900_000, any::<bool>()).prop_map(
        |(position, projects, mut lagging, index_lag, pending)| {
            lagging.retain(|project, _| projects.contains(project));
            let mut pending_worklogs = Keys::default();
            if pending {
                pending_worklogs.insert(7, "A-7");
            }
            let scope = Some(Scope { projects, lagging, ..Scope::default() });
            IssuesState { scope, index_lag, pending_worklogs, ..IssuesState::new(SyncMode::Incremental, position) }
        },
    )
}

fn sealed(stream: &str, state: &IssuesState, by_project: bool) -> Value {
    let envelope = Envelope { airbyte: Some(AirbyteStateExport { by_project }), ..Envelope::default() };
    envelope.seal(stream, state.to_json())
}

proptest! {
    /// Its connector, on a state of ours, is never past what was sent, and lists no project that was not read.
    #[test]
    fn it_resumes_before_the_end_of_what_was_sent(state in own(), by_project in any::<bool>()) {
        for (name, shape) in [
            ("issues", AirbyteShape::Issues),
            ("issue_worklogs", AirbyteShape::DatedChildren),
            ("sprint_issues", AirbyteShape::SprintIssues),
        ] {
            let json = sealed(name, &state, by_project);
            let properties = json.as_object().unwrap();
            // What is added for its connector changes nothing for this one.
            let stream = streams::find(name).unwrap();
            let restored = StreamState::restore(stream, properties, state.mode, None).unwrap();
            prop_assert_eq!(restored, Restored::State(StreamState::Issues(state.clone())));
            prop_assert_eq!(&properties["compatibility"], "airbyte");
            let its: Map<String, Value> = ["use_global_cursor", "states", "state", "lookback_window", "parent_state"]
                .into_iter().filter_map(|name| Some((name.to_owned(), properties.get(name)?.clone()))).collect();
            let scope = state.scope.as_ref().unwrap();
            let lagging = |project: &u64| scope.lagging.get(project).copied().unwrap_or(i64::MAX);
            let reach = (2 * state.index_lag).max(600_000);
            let is_pending = !state.pending_worklogs.is_empty();
            match (position(shape, &its.into()), &state.position) {
                (Some(LegacyPosition::Everywhere(at)), Position::Cursor(updated)) => {
                    prop_assert!(!is_pending && at <= *updated - reach);
                    prop_assert!(scope.projects.iter().all(|project| at <= lagging(project)));
                }
                (Some(LegacyPosition::Projects(listed)), Position::Cursor(updated)) => {
                    prop_assert!(by_project && !is_pending);
                    prop_assert_eq!(&listed.keys().copied().collect::<std::collections::BTreeSet<_>>(), &scope.projects);
                    prop_assert!(listed.iter().all(|(project, at)| *at <= lagging(project).min(*updated - reach)));
                }
                (position, own) => {
                    prop_assert!(position.is_none());
                    let nothing = !matches!(own, Position::Cursor(_)) || is_pending || scope.projects.is_empty();
                    prop_assert!(nothing || by_project && shape == AirbyteShape::SprintIssues, "{:?}", own);
                }
            }
        }
    }
}

#[test]
fn states_of_lists_and_of_refreshes_only_get_the_mark() {
    let envelope = Envelope { airbyte: Some(AirbyteStateExport { by_project: false }), ..Envelope::default() };
    let complete = json!({"__ab_full_refresh_sync_complete": true});
    let marked = json!({"__ab_full_refresh_sync_complete": true, "compatibility": "airbyte"});
    assert_eq!(envelope.seal("labels", complete.clone()), marked);
    assert_eq!(envelope.seal("issues", complete), marked);
    let its = json!({"states": [], "use_global_cursor": false});
    assert_eq!(envelope.seal("issues", its.clone()), its, "a state of Airbyte's stays as it is");
}
