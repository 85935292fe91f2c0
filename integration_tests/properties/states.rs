//! States, wrapped as each client wraps them, and read back.

use proptest::prelude::*;
use serde_json::{Value, json};
use source_jira::{
    protocol::{SyncMode, state::InputState, state::StateMessage},
    record::time,
    state::{Body, Envelope, IssuesState, Position, Restored, StreamState},
    streams,
};

fn millis() -> impl Strategy<Value = i64> {
    let (first, last) = (time::parse("0000-01-01T00:00:00Z").unwrap(), time::parse("9999-12-31T23:59:59Z").unwrap());
    prop_oneof![Just(first), Just(last), -100_000i64..100_000, 1_500_000_000_000i64..2_000_000_000_000]
}

fn states() -> impl Strategy<Value = IssuesState> {
    let position = prop_oneof![
        (millis(), prop::option::of(millis())).prop_map(|(started, created)| Position::Backfill { started, created }),
        millis().prop_map(Position::Cursor),
    ];
    let sent = prop::collection::btree_map(any::<u64>(), any::<i64>(), 0..9);
    let mode = prop_oneof![Just(SyncMode::Incremental), Just(SyncMode::FullRefresh)];
    (mode, position, prop::option::of(any::<String>()), sent).prop_map(|(mode, position, filter, recently_sent)| {
        let refetch = recently_sent.keys().copied().collect();
        IssuesState { filter, refetch, recently_sent, ..IssuesState::new(mode, position) }
    })
}

fn restore(state: &Value, mode: SyncMode, job: Option<&str>) -> Restored {
    let issues = streams::find("issues").expect("a stream");
    StreamState::restore(issues, state.as_object().expect("an object"), mode, job).expect("a usable state")
}

/// The state of a stream in every form in which it has been seen to come back.
fn forms(name: &str, state: &Value) -> [Value; 6] {
    let message = serde_json::to_value(StateMessage::new(name, state.clone(), 3)).unwrap();
    let stream = message["stream"].clone();
    let mut legacy = json!({});
    legacy[name] = state.clone();
    [
        json!([message]),
        json!([{"type": "STATE", "state": message}]),
        json!({"type": "GLOBAL", "global": {"shared_state": null, "stream_states": [stream]}}),
        json!([{"type": "LEGACY", "data": legacy}]),
        json!({"data": legacy}),
        message,
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_from_every_form(state in states(), name in "[a-z_]{1,12}", job in "[a-z0-9]{0,9}") {
        let envelope = Envelope { job: Some(job.clone()), ..Envelope::default() };
        let written = envelope.seal(&name, state.to_json());
        for form in forms(&name, &written) {
            let input = InputState::parse(form.to_string().as_bytes()).unwrap();
            let back = restore(&Value::Object(input.streams[&name].clone()), state.mode, Some(&job));
            prop_assert_eq!(back, Restored::State(StreamState::Issues(state.clone())), "{}", form);
        }
    }

    /// A full refresh of another job, or of none, starts over; an incremental read resumes in any job.
    #[test]
    fn only_a_full_refresh_belongs_to_its_job(state in states(), job in prop::option::of("[a-z]{1,3}")) {
        let envelope = Envelope { job: Some("7".to_owned()), ..Envelope::default() };
        let back = restore(&envelope.seal("issues", state.to_json()), state.mode, job.as_deref());
        let expected = match state.mode {
            SyncMode::Incremental => Restored::State(StreamState::Issues(state)),
            SyncMode::FullRefresh => Restored::Nothing,
        };
        prop_assert_eq!(back, expected);
    }

    /// Airbyte's source-jira: wherever its partitions are, we begin no later than the last of them, and keep its state as it is
    /// until then.
    #[test]
    fn no_partition_of_airbyte_is_passed(
        cursors in prop::collection::vec(prop::option::of(millis()), 0..5),
        whole in prop::option::of(millis()),
        lookback in prop_oneof![any::<i64>(), 0i64..1000],
    ) {
        let written = |millis: &Option<i64>| json!({"updated": millis.map(time::format)});
        let states: Vec<Value> =
            cursors.iter().map(|cursor| json!({"partition": {}, "cursor": written(cursor)})).collect();
        let state = json!({"states": states, "state": written(&whole), "lookback_window": lookback});
        let Restored::State(StreamState::Issues(issues)) = restore(&state, SyncMode::Incremental, None) else {
            prop_assert!(cursors.contains(&None) || cursors.is_empty() && whole.is_none());
            return Ok(());
        };
        let Position::Cursor(updated) = issues.position else { panic!("{issues:?}") };
        prop_assert!(cursors.iter().all(|cursor| cursor.is_some_and(|cursor| updated <= cursor)));
        prop_assert!(!cursors.is_empty() || whole.is_some_and(|whole| updated <= whole));
        prop_assert_eq!(Envelope::default().seal("issues", issues.to_json()), state);
    }
}
