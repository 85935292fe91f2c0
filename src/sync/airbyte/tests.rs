//! States of Airbyte's connector: where each shape stands, and what it makes of ours.

use super::*;
use crate::{
    protocol::SyncMode,
    record::time,
    sync::state::{Reader, StreamState},
};
use proptest::prelude::*;
use serde_json::json;

const TIME: i64 = 1_782_777_000_000;
const TEXT: &str = "2026-06-29T23:50:00+0000";
const HOUR: i64 = 3_600_000;

fn stood(cut: Cut, state: &Value) -> Option<Stood> {
    Stood::read(&Reader { stream: "issues", at: "", state: state.as_object().unwrap() }, cut).unwrap()
}

fn projects<const N: usize>(projects: [(u64, i64); N]) -> Option<Stood> {
    Some(Stood::Projects(projects.into()))
}

fn entry(partition: Value, at: i64) -> Value {
    json!({"partition": partition, "cursor": {"updated": time::format(at)}})
}

fn project(id: &str, at: i64) -> Value {
    entry(json!({"parent_slice": {}, "project_id": id}), at)
}

#[test]
fn each_shape_of_the_issues_stands_where_nothing_before_is_missing() {
    let at = |at| Some(Stood::Everywhere(at));
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
        // For one release the list stood elsewhere.
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
        assert_eq!(stood(Cut::Issue, &state), expected, "{state}");
    }
}

#[test]
fn children_stand_where_their_parent_stands() {
    let at = |at| Some(Stood::Everywhere(at));
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
        for cut in [Cut::Comments, Cut::Worklogs, Cut::Changelogs, Cut::Votes] {
            assert_eq!(stood(cut, &state), expected, "{state}");
        }
    }
    let sprint = entry(json!({"parent_slice": {"board_id": 1, "parent_slice": {}}, "sprint_id": 11}), TIME - HOUR);
    assert_eq!(
        stood(Cut::Sprints, &json!({"states": [sprint], "state": whole, "lookback_window": 1})),
        at(TIME - 1_000)
    );
    assert_eq!(stood(Cut::Sprints, &json!({"states": [sprint]})), None);
}

fn ground(look: &Scope) -> Ground<'_> {
    Ground { look, start: None, by_project: false, now: TIME }
}

#[test]
fn projects_that_are_far_behind_are_read_from_their_own_cursors() {
    let look = Scope { projects: [1, 2, 3, 5].into(), ..Scope::default() };
    let stood = Stood::Projects([(1, TIME), (2, TIME - HOUR), (3, TIME - 9 * DAY), (4, TIME - 99 * DAY)].into());
    let (position, scope) = ground(&look).go_on(Cut::Issue, stood).unwrap();
    assert_eq!(position, Position::Cursor { updated: TIME - HOUR });
    // Nobody asks for the fourth any more; the fifth was never read.
    assert_eq!((scope.projects, scope.behind), ([1, 2, 3].into(), [(3, TIME - 9 * DAY)].into()));
    assert_eq!(ground(&look).go_on(Cut::Issue, Stood::Projects([(4, TIME)].into())), None);
    let by_project = Ground { by_project: true, ..ground(&look) };
    assert!(by_project.go_on(Cut::Comments, Stood::Everywhere(TIME)).is_some());
    assert_eq!(by_project.go_on(Cut::Sprints, Stood::Everywhere(TIME)), None, "of which projects is unknown");
}

#[test]
fn a_cursor_from_the_future_stays_alone_and_does_not_count_beside_others() {
    let far = TIME + 99 * DAY;
    assert_eq!(Stood::Everywhere(far).until(TIME), Stood::Everywhere(far));
    assert_eq!(Stood::Everywhere(TIME + HOUR).until(TIME), Stood::Everywhere(TIME));
    assert_eq!(
        Stood::Projects([(1, far), (2, TIME - HOUR)].into()).until(TIME),
        Stood::Projects([(2, TIME - HOUR)].into())
    );
    assert_eq!(Stood::Projects([(1, far + 1), (2, far)].into()).until(TIME), Stood::Everywhere(far));
}

#[test]
fn what_lies_before_its_start_date_does_not_count_as_read() {
    let look = Scope::default();
    let bounds = |cut, start| {
        let ground = Ground { start, ..ground(&look) };
        let scope = ground.go_on(cut, Stood::Everywhere(TIME)).unwrap().1;
        (scope.updated.from, scope.created.from)
    };
    assert_eq!(bounds(Cut::Issue, Some(5)), (Some(5), None));
    assert_eq!(bounds(Cut::Changelogs, None), (None, None));
    assert_eq!(bounds(Cut::Comments, Some(5)), (None, Some(5)));
    assert_eq!(bounds(Cut::Worklogs, None), (None, None));
    let start = |written: Value, told| {
        let written = written.as_object().unwrap().clone();
        Predecessor { written, stood: Stood::Everywhere(TIME) }.start(told, TIME)
    };
    assert_eq!(start(json!({"states": []}), None), Some(TIME - 730 * DAY));
    assert_eq!(start(json!({"states": []}), Some(5)), Some(5));
    assert_eq!(start(json!({"updated": TEXT}), None), None);
    assert_eq!(start(json!({"updated": TEXT}), Some(5)), Some(5));
}

#[test]
fn whose_a_state_is_shows_by_its_members() {
    let whose = |state: Value| whose(&InputState::parse(json!({"issues": state}).to_string().as_bytes()).unwrap());
    for its in [
        json!({"updated": TEXT}),
        json!({"states": []}),
        json!({"use_global_cursor": true, "state": {}}),
        json!({"parent_state": {}}),
        json!({"__ab_no_cursor_state_message": true}),
    ] {
        assert_eq!(whose(its.clone()), Whose::Airbytes, "{its}");
    }
    for ours in [json!({"version": 1, "updated": TEXT}), json!({"__ab_full_refresh_sync_complete": true}), json!({})] {
        assert_eq!(whose(ours.clone()), Whose::Ours, "{ours}");
    }
    assert_eq!(whose(json!({"version": 1, "states": [], "compatibility": "airbyte"})), Whose::Inherited);
}

fn ours() -> impl Strategy<Value = StreamState> {
    let millis = 1_700_000_000_000i64..1_800_000_000_000;
    let position = prop_oneof![
        3 => millis.clone().prop_map(|updated| Position::Cursor { updated }),
        1 => millis.clone().prop_map(|started| Position::Backfill { started, created: None }),
    ];
    let behind = prop::collection::btree_map(0u64..9, millis, 0..3);
    (position, prop::collection::btree_set(0u64..9, 0..6), behind, 0i64..900_000, any::<bool>()).prop_map(
        |(position, projects, mut behind, lag, pending)| {
            behind.retain(|project, _| projects.contains(project));
            let mut state = StreamState::new(SyncMode::Incremental, position);
            state.scope = Some(Scope { projects, behind, ..Scope::default() });
            state.lag = lag;
            state.pending.extend(pending.then(|| (7, "A-7".to_owned())));
            state
        },
    )
}

proptest! {
    /// Its connector, on a state of ours, is never past what was sent, and lists no project that was not read.
    #[test]
    fn it_goes_on_before_the_end_of_what_was_sent(state in ours(), by_project in any::<bool>()) {
        for (name, cut) in [("issues", Cut::Issue), ("issue_worklogs", Cut::Worklogs), ("sprint_issues", Cut::Sprints)] {
            let mut json = state.to_json();
            Beside { by_project }.add(name, &mut json);
            let members = json.as_object().unwrap();
            // What stands beside ours changes nothing for us.
            prop_assert_eq!(StreamState::read(name, members, state.mode, None).unwrap(), Some(state.clone()));
            prop_assert_eq!(&members["compatibility"], "airbyte");
            let its: Map<String, Value> = ["use_global_cursor", "states", "state", "lookback_window", "parent_state"]
                .into_iter().filter_map(|name| Some((name.to_owned(), members.get(name)?.clone()))).collect();
            let behind = |project: &u64| state.scope.as_ref().unwrap().behind.get(project).copied().unwrap_or(i64::MAX);
            let projects = &state.scope.as_ref().unwrap().projects;
            let reach = (2 * state.lag).max(600_000);
            match (stood(cut, &its.into()), &state.position) {
                (Some(Stood::Everywhere(at)), Position::Cursor { updated }) => {
                    prop_assert!(state.pending.is_empty() && at <= *updated - reach);
                    prop_assert!(projects.iter().all(|project| at <= behind(project)));
                }
                (Some(Stood::Projects(listed)), Position::Cursor { updated }) => {
                    prop_assert!(by_project && state.pending.is_empty());
                    prop_assert_eq!(&listed.keys().copied().collect::<std::collections::BTreeSet<_>>(), projects);
                    prop_assert!(listed.iter().all(|(project, at)| *at <= behind(project).min(*updated - reach)));
                }
                (stood, position) => {
                    prop_assert!(stood.is_none());
                    let nothing = !matches!(position, Position::Cursor { .. }) || !state.pending.is_empty() || projects.is_empty();
                    let nothing = nothing || by_project && cut == Cut::Sprints;
                    prop_assert!(nothing, "{:?}", position);
                }
            }
        }
    }
}

#[test]
fn states_of_lists_and_of_refreshes_only_get_the_mark() {
    let beside = |stream: &str, mut state: Value| {
        Beside { by_project: false }.add(stream, &mut state);
        state
    };
    let done = json!({"__ab_full_refresh_sync_complete": true});
    let marked = json!({"__ab_full_refresh_sync_complete": true, "compatibility": "airbyte"});
    assert_eq!(beside("labels", done.clone()), marked);
    assert_eq!(beside("issues", done), marked);
    let its = json!({"states": [], "use_global_cursor": false});
    assert_eq!(beside("issues", its.clone()), its, "not ours to change");
}
