//! Whole lives of a site and of a sync beside it, drawn from a seed: whatever happens to either, when things come to
//! rest the destination holds what the site holds.
//!
//! Each history has a site, a config, edits before, between and during runs, an index that lags, answers that fail or
//! lie, and runs whose output ends at any byte. A seed that fails is printed, and replays:
//!
//! ```sh
//! HISTORY=1234 cargo test --test integration histories::every     # one of them
//! HISTORIES=5000 cargo test --test integration histories::every   # so many; FIRST=n begins elsewhere
//! .ci/soak                                                        # as many as one likes
//! ```
//!
//! A life has a thread of its own, on which the client, the site and everything between them run; the site's clock moves
//! with its requests, the runtime's time only where everybody waits for it, jitter comes from the seed. The same seed in
//! the same build therefore makes the same requests in the same order and writes the same bytes, whatever the concurrency.

mod draw;
mod ledger;
mod life;
mod losses;
mod mutants;
mod pace;
mod rest;
mod run;
mod tombs;
mod trouble;

use life::{Of, Totals, live};
use std::{
    io::Write,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// What `cargo test` has time for.
const USUAL: u64 = 250;
/// Failures after which no more are looked for, unless FAILURES says otherwise.
const ENOUGH: u64 = 10;
/// How often a long test says how far it is.
const NEWS: Duration = Duration::from_secs(60);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// The one seed that HISTORY names; or HISTORIES of them from FIRST on, a usual number by default.
fn seeds(usual: u64) -> Range<u64> {
    let (first, count) = match number("HISTORY") {
        Some(seed) => (seed, 1),
        None => (number("FIRST").unwrap_or(0), number("HISTORIES").unwrap_or(usual)),
    };
    first..first.saturating_add(count)
}

/// Lives them all, on as many threads as there are cores.
fn live_all(seeds: Range<u64>, of: Of) {
    let enough = number("FAILURES").unwrap_or(ENOUGH) as usize;
    let next = AtomicU64::new(seeds.start);
    let totals = Mutex::new((Totals::default(), Instant::now()));
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || failed.lock().expect("nobody panics with it").len() >= enough {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| live(seed, of))) {
                        Ok(lived) => {
                            let (totals, told) = &mut *totals.lock().expect("nobody panics with it");
                            totals.add(&lived);
                            if told.elapsed() > NEWS {
                                // Past the test harness, which shows nothing before the end.
                                let _ = writeln!(std::io::stderr(), "{totals}");
                                *told = Instant::now();
                            }
                        }
                        Err(_) => {
                            println!("{}HISTORY={seed} fails\n", life::STORY.take());
                            failed.lock().expect("nobody panics with it").push(seed);
                        }
                    }
                }
            });
        }
    });
    println!("{}", totals.lock().expect("all threads are done").0);
    let failed = failed.lock().expect("all threads are done");
    assert!(failed.is_empty(), "HISTORY={} fails; all that do: {failed:?}", failed[0]);
}

#[test]
fn every_history_ends_in_what_the_site_holds() {
    live_all(seeds(USUAL), Of::Made);
}

/// Of the folder that RECORDS names, such as one recorded at a real site.
#[test]
fn every_history_of_records_ends_in_what_was_recorded() {
    match std::env::var_os("RECORDS").map(PathBuf::from) {
        Some(folder) => live_all(seeds(USUAL / 10), Of::Records(&folder)),
        None => println!("skipped: RECORDS names no folder of records"),
    }
}

/// Without this, a printed seed would be worth little.
#[test]
fn a_history_replays_to_the_byte() {
    let first = number("FIRST").unwrap_or(1_000_000);
    let lived = |seed| catch_unwind(|| live(seed, Of::Made)).ok();
    for seed in first..first + 12 {
        assert_eq!(lived(seed), lived(seed), "HISTORY={seed}");
    }
}
