//! Whole lives of a site and of a sync beside it, drawn from a seed: whatever happens to either, when things come to
//! rest the destination holds what the site holds.
//!
//! Each history has a site, a config, edits before, between and during runs, an index that lags, answers that fail or
//! lie, and runs that are killed at any byte of their output. A seed that fails is printed, and replays:
//!
//! ```sh
//! HISTORY=1234 cargo test --test integration histories      # one of them
//! HISTORIES=5000 cargo test --test integration histories    # so many; FIRST=n begins elsewhere
//! ```

mod draw;
mod life;
mod run;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

/// What `cargo test` has time for.
const USUAL: u64 = 200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
fn every_history_ends_in_what_the_site_holds() {
    let (first, count) = match number("HISTORY") {
        Some(seed) => (seed, 1),
        None => (number("FIRST").unwrap_or(0), number("HISTORIES").unwrap_or(USUAL)),
    };
    let next = AtomicU64::new(first);
    let totals = std::sync::Mutex::new(life::Totals::default());
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| life::live(seed))) {
                        Ok(lived) => totals.lock().expect("nobody panics with it").add(&lived),
                        Err(_) => {
                            println!("HISTORY={seed} fails");
                            failed.lock().expect("nobody panics with it").push(seed);
                        }
                    }
                }
            });
        }
    });
    println!("{}", totals.lock().expect("all threads are done"));
    let failed = failed.lock().expect("all threads are done");
    assert!(failed.is_empty(), "HISTORY={} fails; all that do: {failed:?}", failed[0]);
}
