//! Deterministic simulation: a site, a config, edits, faults and runs that are cut off, all drawn from a seed. Once nothing
//! changes and nothing fails any more, the destination holds what the site holds.
//!
//! A seed that fails is printed with the command that replays it (`docs/debugging-a-failing-seed.md`):
//!
//! ```sh
//! SEED=1234 cargo test --test integration simulation::generated    # one seed
//! SEEDS=5000 cargo test --test integration simulation::generated   # so many; FIRST_SEED=n begins elsewhere
//! .ci/soak                                                         # as many as one likes
//! ```
//!
//! A case has a thread of its own, on which the client, the site and everything between them run. The site's clock advances
//! with its requests, the runtime's time only when everything waits for it, jitter comes from the seed. The same seed in the
//! same build therefore makes the same requests in the same order and writes the same bytes, whatever the concurrency.

mod case;
mod child_deletions;
mod deletions;
mod faults;
mod generators;
mod happenings;
mod model;
mod mutants;
mod promises;
mod quiescence;
mod run;
mod runner;
mod settings;
mod totals;
mod trace;
mod virtual_time;
mod waits;

use case::{Origin, simulate};
use settings::{Settings, Shrink};
use std::panic::catch_unwind;

/// Seeds that `cargo test` has time for.
const USUAL: u64 = 250;

#[test]
fn generated_sites_converge() {
    let settings = Settings { records: None, ..Settings::from_environment(USUAL) };
    runner::run_seeds(&settings, Origin::Generated, "simulation::generated_sites_converge");
}

/// Of the folder that RECORDS names, such as one recorded at a real site.
#[test]
fn recorded_sites_converge() {
    let settings = Settings::from_environment(USUAL / 10);
    match &settings.records {
        Some(folder) => {
            runner::run_seeds(&settings, Origin::Recorded(folder), "simulation::recorded_sites_converge");
        }
        None => println!("skipped: RECORDS names no folder of records"),
    }
}

/// Without this, a printed seed would be worth little.
#[test]
fn a_seed_replays_to_the_byte() {
    let settings = Settings::from_environment(12);
    let first = settings.seeds.start + 1_000_000;
    let once = |seed| catch_unwind(|| simulate(seed, Origin::Generated, &settings.shrink)).ok();
    for seed in first..first + 12 {
        assert_eq!(once(seed), once(seed), "SEED={seed}");
    }
}

/// What the page on failing seeds promises: each variable leaves out what it names, and all else is drawn as before.
#[test]
fn parts_of_a_case_can_be_left_out() {
    let seed = (0..).find(|seed| simulate(*seed, Origin::Generated, &Shrink::default()).runs_cut > 0);
    let seed = seed.expect("some seed cuts a run off");
    let with = |shrink: Shrink| simulate(seed, Origin::Generated, &shrink);
    let whole = with(Shrink::default());
    assert_eq!(with(Shrink { no_kills: true, ..Shrink::default() }).runs_cut, 0);
    let quiet = with(Shrink { max_edits: Some(0), ..Shrink::default() });
    assert!(quiet.edits < whole.edits, "{} edits instead of {}", quiet.edits, whole.edits);
    // At quiescence there are three runs.
    assert_eq!(with(Shrink { max_runs: Some(0), ..Shrink::default() }).runs, 3);
    let calm = Shrink { no_faults: true, no_kills: true, ..Shrink::default() };
    let all_streams = with(calm.clone());
    assert_eq!(all_streams.runs_failed, 0);
    let issues = with(Shrink { only_streams: Some(vec!["issues".to_owned()]), ..calm });
    assert!(issues.records < all_streams.records, "{} records instead of {}", issues.records, all_streams.records);
}
