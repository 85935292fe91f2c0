//! Whatever a client hands back as state: an error in plain words, or states that are written and read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use source_jira::{
    protocol::{SyncMode, state::InputState},
    streams::{self, Cut},
    sync::{
        plan::Selected,
        scan::{Errand, Rider},
        state::{Position, StreamState},
    },
};
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let input = match InputState::parse(data) {
        Ok(input) => input,
        Err(failure) => return told(&failure.message, "The state "),
    };
    for (name, state) in &input.streams {
        assert!(!state.is_empty(), "an empty state means no state");
        let handed_back =
            json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}]);
        let again = InputState::parse(handed_back.to_string().as_bytes()).expect("our own form");
        assert_eq!(again.streams.get(name), Some(state));
        for mode in [SyncMode::Incremental, SyncMode::FullRefresh] {
            for job in [None, Some("7")] {
                take(name, state, mode, job);
            }
        }
    }
});

fn take(name: &str, state: &Map<String, Value>, mode: SyncMode, job: Option<&str>) {
    let read = |state: &Value| StreamState::read(name, state.as_object().expect("an object"), mode, job);
    let state = match StreamState::read(name, state, mode, job) {
        Ok(Some(state)) => state,
        Ok(None) => return,
        Err(failure) => return told(&failure.message, "The state of stream '"),
    };
    let written = state.to_json();
    let again = read(&written).unwrap_or_else(|failure| panic!("{written}: {}", failure.message));
    assert_eq!(again.as_ref(), Some(&state), "{written}");
    assert_eq!(state.to_json(), written);

    // A scan begins and ends with it: no position overflows, none goes back, and the next sync can read the last state.
    let Some(stream) = streams::find("issue_comments") else { return };
    let selected = Selected { stream, cut: Cut::Comments, state: state.clone(), lost: BTreeSet::new() };
    let mut rider = Rider::new(selected, Errand::Main, 720 * 60_000, 720 * 60_000, 576_000 * 60_000);
    let place = match state.position {
        Position::Cursor { updated } => Some(updated),
        Position::Backfill { created, .. } => created,
        Position::List { .. } | Position::Complete => None,
    };
    assert!(rider.from() <= place, "it begins behind its own place");
    rider.complete();
    match (&state.position, &rider.state.position) {
        (Position::Cursor { updated: before }, Position::Cursor { updated: after }) => assert_eq!(after, before),
        (Position::Backfill { started, .. }, Position::Cursor { updated }) => assert!(updated < started),
        (_, Position::Complete) => assert_eq!(mode, SyncMode::FullRefresh),
        (before, after) => assert_eq!(after, before),
    }
    let last = rider.state.to_json();
    let next = read(&last).unwrap_or_else(|failure| panic!("{last}: {}", failure.message));
    assert!(next.is_some() || rider.state.position == Position::Complete, "{last}");
}

fn told(message: &str, begins: &str) {
    assert!(message.starts_with(begins) && message.ends_with('.'), "{message}");
}
