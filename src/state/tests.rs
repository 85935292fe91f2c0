//! States of every kind: what can be read, what is written, and what is refused.

use super::*;
use crate::{
    protocol::{Failure, SyncMode},
    record::keys::Keys,
    streams::{self, Stream},
};
use list_snapshot::ListSnapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

fn of(name: &str) -> &'static Stream {
    streams::find(name).unwrap()
}

fn restore(stream: &str, state: &Value, mode: SyncMode, job: Option<&str>) -> Result<Restored, Failure> {
    StreamState::restore(of(stream), state.as_object().unwrap(), mode, job)
}

#[test]
fn a_full_refresh_is_resumed_only_within_its_job() {
    let begun = json!({"backfill": {"started": "2026-06-29T23:50:00.000+0000"}});
    let under_way = json!({"version": 1, "mode": "full_refresh", "position": begun, "job": "7"});
    let mode = SyncMode::FullRefresh;
    let resumes = |state: &Value, mode, job| !matches!(restore("issues", state, mode, job).unwrap(), Restored::Nothing);
    assert!(resumes(&under_way, mode, Some("7")));
    assert!(!resumes(&under_way, mode, Some("8")) && !resumes(&under_way, mode, None));
    assert!(!resumes(&under_way, SyncMode::Incremental, Some("7")));
    let complete = json!({"__ab_full_refresh_sync_complete": true, "job": "7"});
    let is_complete = |restored| matches!(restored, Restored::State(state) if state.is_complete());
    assert!(is_complete(restore("issues", &complete, mode, Some("7")).unwrap()));
    assert!(!resumes(&complete, mode, Some("8")) && !resumes(&complete, SyncMode::Incremental, Some("7")));
    assert!(!resumes(&json!({"__ab_full_refresh_sync_complete": true}), mode, None), "no job, no proof");
    assert!(!resumes(&json!({"version": 1, "position": {"cursor": "2026-06-29T23:50:00.000+0000"}}), mode, None));
    let mut merged = under_way;
    merged["__ab_full_refresh_sync_complete"] = true.into();
    assert!(!resumes(&merged, mode, Some("7")), "merged by Meltano");
}

#[test]
fn a_state_that_cannot_be_used_says_where_and_why() {
    let cursor = json!({"cursor": "2026-06-29T23:50:00Z"});
    for (stream, state, expected) in [
        ("issues", json!({"cursor": 5}), "stream_state has no `version`"),
        ("issues", json!({"version": 2, "position": cursor}), "stream_state.version is 2: a later version"),
        ("issues", json!({"version": 1, "refetch": []}), "stream_state cannot be read (missing field `position`)"),
        (
            "issues",
            json!({"version": 1, "position": {"cursor": "yesterday"}}),
            "stream_state.position.cursor is \"yesterday\", not a timestamp",
        ),
        ("issues", json!({"version": 1, "position": {"cursor": 5}}), "stream_state.position.cursor cannot be read"),
        ("issues", json!({"version": 1, "position": {"backfill": {}}}), "stream_state.position.backfill"),
        ("issues", json!({"version": 1, "position": cursor, "recently_sent": {"a": 1}}), "stream_state.recently_sent"),
        ("issues", json!({"version": 1, "position": cursor, "field_names": {"7": 1}}), "stream_state.field_names"),
        ("issues", json!({"version": 1, "position": cursor, "refetch": "%"}), "stream_state.refetch is not base64"),
        ("issues", json!({"version": 1, "position": cursor, "refetch": {}}), "stream_state.refetch is neither a list"),
        (
            "issues",
            json!({"version": 1, "position": cursor, "scope": {"projects": "%", "observed_at": "2026-06-29T23:50:00Z"}}),
            "stream_state.scope.projects is not base64",
        ),
        ("issues", json!({"version": 1, "position": cursor, "site": 5}), "stream_state.site is not an object"),
        ("issues", json!({"version": 1, "position": cursor, "job": 5}), "stream_state.job is not a text"),
        ("issues", json!({"updated": "yesterday"}), "stream_state.updated is \"yesterday\", not a timestamp"),
        ("issues", json!({"states": [{"cursor": {"updated": "x"}}]}), "stream_state.states[0].cursor.updated is \"x\""),
        (
            "issue_comments",
            json!({"parent_state": {"issues": {"states": [{"cursor": {"updated": "x"}}]}}}),
            "stream_state.parent_state.issues.states[0].cursor.updated is \"x\"",
        ),
        ("board_issues", json!({"version": 1, "boards": {"x": {}}}), "stream_state.boards"),
        ("board_issues", json!({"version": 1, "boards": {"1": {"updated": "x"}}}), "is \"x\", not a timestamp"),
        (
            "deleted_versions",
            json!({"version": 1, "compared_at": "2026-06-29T23:50:00Z", "snapshot": {"shown": "?"}}),
            "stream_state.snapshot.shown is not base64",
        ),
        ("deleted_issues", json!({"version": 1, "sent_ids": "%"}), "stream_state.sent_ids is not base64"),
        ("deleted_issues", json!({"version": 1, "last_snapshot": 5}), "stream_state.last_snapshot cannot be read"),
        ("deleted_worklogs", json!({"version": 1, "read_until": "x"}), "stream_state.read_until is \"x\""),
    ] {
        let message = restore(stream, &state, SyncMode::Incremental, None).unwrap_err().message;
        assert!(message.contains(expected), "{message} does not say: {expected}");
        assert!(
            message.contains(&format!("of stream '{stream}'")) && message.contains("reset the stream"),
            "{message}"
        );
    }
}

fn millis() -> std::ops::Range<i64> {
    0..4_000_000_000_000
}

fn positions() -> impl Strategy<Value = Position> {
    prop_oneof![
        (millis(), prop::option::of(millis())).prop_map(|(started, created)| Position::Backfill { started, created }),
        millis().prop_map(Position::Cursor),
    ]
}

fn issues() -> impl Strategy<Value = IssuesState> {
    (
        positions(),
        prop::option::of("[0-9a-f]{16}"),
        prop::option::of(("project in \\([0-9]\\)", prop::option::of(millis()))),
        prop::option::of(millis()),
        prop::collection::btree_map(any::<u64>(), millis(), 0..9),
        prop::collection::btree_map(any::<u64>(), "[A-Z]+-[1-9][0-9]?", 0..9),
        prop::collection::btree_set(any::<u64>(), 0..9),
        prop::collection::btree_map(any::<u64>(), "[a-z_]+", 0..9),
    )
        .prop_map(|(position, filter, slice, moment, recently_sent, pending, refetch, field_names)| {
            let mut pending_worklogs = Keys::default();
            pending.iter().for_each(|(id, key)| _ = pending_worklogs.insert(*id, key));
            IssuesState {
                scope: filter.clone().map(|hash| Scope {
                    conditions: [("jql".to_owned(), hash)].into(),
                    projects: refetch.clone(),
                    ..Scope::default()
                }),
                filter,
                backfill_slice: slice.map(|(condition, created)| SliceProgress { condition, created }),
                unread_archived: refetch.clone(),
                refetch,
                last_full_read: moment,
                index_lag: moment.map_or(0, |moment| moment / 3),
                last_snapshot: moment.map(|moment| moment / 2),
                recently_sent,
                pending_worklogs,
                field_names,
                ..IssuesState::new(SyncMode::Incremental, position)
            }
        })
}

/// A state of any kind, with its stream and its mode.
fn states() -> impl Strategy<Value = (&'static str, SyncMode, StreamState)> {
    let incremental = SyncMode::Incremental;
    prop_oneof![
        4 => issues().prop_map(move |state| ("issues", incremental, StreamState::Issues(state))),
        1 => (millis(), prop::collection::btree_map(any::<u64>(), millis(), 0..4)).prop_map(move |(at, recently_sent)| {
            let boards = [(7, BoardCursor { updated: at, recently_sent })].into();
            let state = BoardsState { boards, last_full_read: Some(at), ..BoardsState::new(incremental) };
            ("board_issues", incremental, StreamState::Boards(state))
        }),
        1 => ("[0-9]{1,3}/[0-9]", 0..9_u64).prop_map(|(after, offset)| {
            let state = ListState { after: Some(after), offset, complete: false };
            ("screen_tab_fields", SyncMode::FullRefresh, StreamState::List(state))
        }),
        1 => (millis(), prop::collection::btree_map(any::<u64>(), millis(), 0..4)).prop_map(move |(until, recently_sent)| {
            let state = FeedState { read_until: Some(until), recently_sent, complete: false };
            ("deleted_worklogs", incremental, StreamState::Feed(state))
        }),
        1 => (millis(), any::<u32>(), any::<u32>()).prop_map(move |(compared_at, list, id)| {
            let mut snapshot = ListSnapshot::default();
            snapshot.add(list, id, list);
            let state = ListDeletionsState { compared_at, snapshot };
            ("deleted_versions", incremental, StreamState::ListDeletions(Some(state)))
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_can_be_read((stream, mode, state) in states(), job in prop::option::of("[a-z0-9]{1,4}")) {
        let site = Site { cloud_id: None, host: Some("a.atlassian.net".to_owned()) };
        let envelope = Envelope { site: site.clone(), job: job.clone(), airbyte: None };
        let json = envelope.seal(stream, state.to_json());
        let restored = restore(stream, &json, mode, job.as_deref()).unwrap();
        prop_assert_eq!(restored, Restored::OfSite(site, state.clone()));
        // Without a site, as any client may have it.
        let json = Envelope { job: job.clone(), ..Envelope::default() }.seal(stream, state.to_json());
        prop_assert_eq!(restore(stream, &json, mode, job.as_deref()).unwrap(), Restored::State(state));
    }
}
