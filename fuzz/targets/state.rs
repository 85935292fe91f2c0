//! Whatever a client hands back as state: an error in plain words, or states that are written and read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use source_jira::{
    protocol::{Failure, SyncMode, state::InputState},
    state::{
        Body, Envelope, IssuesState, Position, Restored, Site, StreamState, airbyte::AirbyteStateExport, cursor::MINUTE,
    },
    streams::{self, Source, Stream},
    sync::issues::{
        exposed::{Reach, ScanPurpose, ScanStream, SelectedStream},
        extract,
    },
};
use std::collections::BTreeSet;

/// A stream for each kind of state.
const KINDS: [&str; 9] = [
    "issues",
    "issue_comments",
    "sprint_issues",
    "board_issues",
    "screen_tab_fields",
    "issue_ids",
    "deleted_worklogs",
    "deleted_versions",
    "deleted_issues",
];

fuzz_target!(|data: &[u8]| {
    let input = match InputState::parse(data) {
        Ok(input) => input,
        Err(failure) => return reported(&failure.message, "The state "),
    };
    for (name, state) in &input.streams {
        assert!(!state.is_empty(), "an empty state means no state");
        let handed_back =
            json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}]);
        let again = InputState::parse(handed_back.to_string().as_bytes()).expect("our own form");
        assert_eq!(again.streams.get(name), Some(state));
        // Under a name that no stream has, the state is tried as one of every kind.
        let named = streams::find(name).map(|stream| vec![stream]);
        let streams =
            named.unwrap_or_else(|| KINDS.iter().map(|kind| streams::find(kind).expect("a stream")).collect());
        for stream in streams {
            for mode in [SyncMode::Incremental, SyncMode::FullRefresh] {
                // Lists are read in full, whatever mode the catalog asks for.
                let mode = if stream.cursor().is_some() { mode } else { SyncMode::FullRefresh };
                for job in [None, Some("7")] {
                    Incoming { stream, mode, job }.take(state);
                }
            }
        }
    }
});

/// How a stream is to be read whose state came in.
#[derive(Clone, Copy)]
struct Incoming<'a> {
    stream: &'static Stream,
    mode: SyncMode,
    job: Option<&'a str>,
}

impl Incoming<'_> {
    fn take(self, state: &Map<String, Value>) {
        let (site, state) = match self.restore(state) {
            Ok(Restored::State(state)) => (Site::default(), state),
            Ok(Restored::OfSite(site, state)) => {
                assert!(!site.is_unknown());
                (site, state)
            }
            Ok(Restored::Nothing) => return,
            Ok(Restored::UnknownProgress) => return assert_eq!(self.mode, SyncMode::Incremental),
            Err(failure) => return reported(&failure.message, "The state of stream '"),
        };
        for airbyte in [None, Some(false), Some(true)] {
            let airbyte = airbyte.map(|by_project| AirbyteStateExport { by_project });
            let envelope = Envelope { site: site.clone(), job: self.job.map(str::to_owned), airbyte };
            let written = envelope.seal(self.stream.name, state.to_json());
            let again = self.again(&written);
            if again != Restored::Nothing || self.resumes(&state) {
                assert_eq!(again, restored(&site, state.clone()), "{written}");
            }
            assert_eq!(envelope.seal(self.stream.name, state.to_json()), written);
            if let StreamState::Issues(state) = &state {
                self.scan(state, &envelope);
            }
        }
    }

    fn restore(self, state: &Map<String, Value>) -> Result<Restored, Failure> {
        StreamState::restore(self.stream, state, self.mode, self.job)
    }

    /// Reads back what the connector wrote.
    fn again(self, written: &Value) -> Restored {
        let state = written.as_object().expect("an object");
        self.restore(state).unwrap_or_else(|failure| panic!("{written}: {}", failure.message))
    }

    /// Whether the next read must resume from this state. It may begin anew where that is the same, and in a full refresh of
    /// reports on deletions: their states hold no refresh that is under way.
    fn resumes(self, state: &StreamState) -> bool {
        let begins = *state == StreamState::initial(self.stream, self.mode, 0);
        let reports = matches!(self.stream.source, Source::Deletions(_)) && self.mode == SyncMode::FullRefresh;
        !begins && (!reports || state.is_complete())
    }

    /// A pass begins and ends with the state: no position overflows, none goes back, and the next sync can read the last
    /// state.
    fn scan(self, state: &IssuesState, envelope: &Envelope) {
        let extractor = extract::find(self.stream.name).expect("every stream of issues has one");
        let dropped_projects = BTreeSet::new();
        let selected = SelectedStream { stream: self.stream, extractor, state: state.clone(), dropped_projects };
        // The most that a config can ask for.
        let reach = (Reach { longest: 720 * MINUTE, lookback: 576_000 * MINUTE }, 720 * MINUTE);
        let mut scan = ScanStream::new(selected, ScanPurpose::Cursor, reach);
        let place = match state.position {
            Position::Cursor(updated) => Some(updated),
            Position::Backfill { created, .. } => created,
            Position::Complete => None,
        };
        assert!(scan.from() <= place, "it begins after its own place");
        scan.complete(i64::MAX);
        match (&state.position, &scan.state.position) {
            (Position::Cursor(before), Position::Cursor(after)) => assert_eq!(after, before),
            (Position::Backfill { started, .. }, Position::Cursor(updated)) => assert!(updated < started),
            (_, Position::Complete) => assert_eq!(self.mode, SyncMode::FullRefresh),
            (before, after) => assert_eq!(after, before),
        }
        let last = envelope.seal(self.stream.name, scan.state.to_json());
        match self.again(&last) {
            // Without a job, the next full refresh is another one.
            Restored::Nothing => assert!(scan.state.position == Position::Complete && self.job.is_none(), "{last}"),
            Restored::State(next) if scan.state.position == Position::Complete => assert!(next.is_complete(), "{last}"),
            // A state of Airbyte's stays as it came until its stream resumes.
            next if scan.state.airbyte.is_some() => {
                assert_eq!(next, restored(&envelope.site, StreamState::Issues(state.clone())))
            }
            // By what is written of it: a time before the year 0 is written as its beginning.
            Restored::State(next) | Restored::OfSite(_, next) => {
                assert_eq!(envelope.seal(self.stream.name, next.to_json()), last);
            }
            Restored::UnknownProgress => panic!("{last}"),
        }
    }
}

/// What reading a state back amounts to.
fn restored(site: &Site, state: StreamState) -> Restored {
    // That a refresh is done is written without its site.
    if site.is_unknown() || state.is_complete() {
        Restored::State(state)
    } else {
        Restored::OfSite(site.clone(), state)
    }
}

fn reported(message: &str, begins: &str) {
    assert!(message.starts_with(begins) && message.ends_with('.'), "{message}");
}
