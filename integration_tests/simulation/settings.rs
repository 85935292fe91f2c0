//! What the environment asks for: which seeds to run, and which parts of a case to leave out.

use std::{ops::Range, path::PathBuf};

/// Failures after which a run of many seeds stops.
const MAX_FAILURES: u64 = 10;

/// Looks a variable up.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The one seed of `SEED`, or `SEEDS` of them from `FIRST_SEED` on.
    pub seeds: Range<u64>,
    pub max_failures: usize,
    /// A folder of recorded issues (`RECORDS`).
    pub records: Option<PathBuf>,
    pub shrink: Shrink,
    /// Requests to print of each run of a case that fails (`TRACE_REQUESTS`).
    pub trace_requests: Option<usize>,
}

/// Leaves parts of a case out. Everything is drawn all the same, so what remains stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shrink {
    /// `ONLY_STREAMS=issues,issue_comments`: of the streams drawn, only these.
    pub only_streams: Option<Vec<String>>,
    /// `MAX_RUNS=2`: only so many runs with faults before quiescence.
    pub max_runs: Option<u64>,
    /// `MAX_EDITS=40`: the site is not edited after so many edits.
    pub max_edits: Option<u64>,
    /// `NO_FAULTS=1`: the site answers every request properly, and its search index does not lag.
    pub no_faults: bool,
    /// `NO_KILLS=1`: every run ends of its own accord.
    pub no_kills: bool,
}

impl Settings {
    /// From the environment; `usual` is the number of seeds by default.
    pub fn from_environment(usual: u64) -> Self {
        Self::from(usual, &|name| std::env::var(name).ok())
    }

    pub fn from(usual: u64, variable: Lookup<'_>) -> Self {
        let (first, count) = match number("SEED", variable) {
            Some(seed) => (seed, 1),
            None => (number("FIRST_SEED", variable).unwrap_or(0), number("SEEDS", variable).unwrap_or(usual)),
        };
        let is_on = |name| number(name, variable).unwrap_or(0) != 0;
        let streams = |text: String| text.split(',').map(|name| name.trim().to_owned()).collect();
        Self {
            seeds: first..first.saturating_add(count),
            max_failures: number("MAX_FAILURES", variable).unwrap_or(MAX_FAILURES) as usize,
            records: variable("RECORDS").map(PathBuf::from),
            shrink: Shrink {
                only_streams: variable("ONLY_STREAMS").map(streams),
                max_runs: number("MAX_RUNS", variable),
                max_edits: number("MAX_EDITS", variable),
                no_faults: is_on("NO_FAULTS"),
                no_kills: is_on("NO_KILLS"),
            },
            trace_requests: number("TRACE_REQUESTS", variable).map(|most| most as usize),
        }
    }

    /// The command that runs a test with one seed and all else as it is here.
    pub fn replay_command(&self, seed: u64, test: &str) -> String {
        let shrink = &self.shrink;
        let number = |number: u64| number.to_string();
        let on = |is: bool| is.then(|| "1".to_owned());
        let variables = [
            ("RECORDS", self.records.as_ref().map(|folder| quoted(&folder.to_string_lossy()))),
            ("ONLY_STREAMS", shrink.only_streams.as_ref().map(|streams| streams.join(","))),
            ("MAX_RUNS", shrink.max_runs.map(number)),
            ("MAX_EDITS", shrink.max_edits.map(number)),
            ("NO_FAULTS", on(shrink.no_faults)),
            ("NO_KILLS", on(shrink.no_kills)),
            ("SEED", Some(number(seed))),
        ];
        let set = variables.into_iter().filter_map(|(name, value)| Some(format!("{name}={} ", value?)));
        format!("{}cargo test --test integration {test}", set.collect::<String>())
    }
}

fn number(name: &str, variable: Lookup<'_>) -> Option<u64> {
    variable(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number: {text}")))
}

/// For a shell.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[test]
fn a_replay_command_sets_what_was_set() {
    let variables = [
        ("FIRST_SEED", "700"),
        ("SEEDS", "50"),
        ("ONLY_STREAMS", "issues, issue_links"),
        ("MAX_RUNS", "2"),
        ("MAX_EDITS", "0"),
        ("NO_KILLS", "1"),
        ("RECORDS", "a folder"),
    ];
    let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
    let settings = Settings::from(250, &value);
    assert_eq!(settings.seeds, 700..750);
    let command = settings.replay_command(712, "simulation::x");
    assert_eq!(
        command,
        "RECORDS='a folder' ONLY_STREAMS=issues,issue_links MAX_RUNS=2 MAX_EDITS=0 NO_KILLS=1 SEED=712 \
         cargo test --test integration simulation::x"
    );
    // What the command sets, without the shell's quotes, means the same for the one seed.
    let (set, _) = command.split_once(" cargo").expect("variables come first");
    let set = set.replace("'a folder'", "a\u{a0}folder");
    let again = |name: &str| {
        let value = set.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.replace('\u{a0}', " "))
    };
    assert_eq!(Settings::from(250, &again), Settings { seeds: 712..713, ..settings });
}
