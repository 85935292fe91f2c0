//! Runs the cases of many seeds on all cores, and reports those that fail.

use super::{
    case::{Origin, simulate},
    settings::Settings,
    totals::Totals,
    trace,
};
use std::{
    any::Any,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often a long test reports its progress.
const PROGRESS: Duration = Duration::from_secs(60);

/// Runs them all, on as many threads as there are cores; `test` is the name under which cargo finds the caller.
pub fn run_seeds(settings: &Settings, origin: Origin, test: &str) {
    let next = AtomicU64::new(settings.seeds.start);
    let totals = Mutex::new((Totals::default(), Instant::now()));
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let failures = failed.lock().expect("no thread panics with it").len();
                    if seed >= settings.seeds.end || failures >= settings.max_failures {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| simulate(seed, origin, &settings.shrink))) {
                        Ok(case) => add(&totals, &case),
                        Err(panic) => {
                            println!("{}", report(settings, seed, test, &*panic));
                            failed.lock().expect("no thread panics with it").push(seed);
                        }
                    }
                }
            });
        }
    });
    let (sum, _) = totals.into_inner().expect("all threads are done");
    println!("{sum}\n{}", sum.table());
    let mut failed = failed.into_inner().expect("all threads are done");
    failed.sort_unstable();
    if let Some(first) = failed.first() {
        panic!("seeds that fail: {failed:?}; replay: {}", settings.replay_command(*first, test));
    }
}

fn add(totals: &Mutex<(Totals, Instant)>, case: &Totals) {
    let (totals, reported) = &mut *totals.lock().expect("no thread panics with it");
    totals.add(case);
    if reported.elapsed() > PROGRESS {
        // Past the test harness, which shows nothing before the end.
        let _ = writeln!(std::io::stderr(), "{totals}");
        *reported = Instant::now();
    }
}

/// All that is known of a case that failed on this thread.
fn report(settings: &Settings, seed: u64, test: &str, panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "==== SEED={seed} fails\n{}\nSEED={seed} fails: {}\nReplay: {}\n",
        trace::take(settings.trace_requests),
        text.unwrap_or("a panic without a text"),
        settings.replay_command(seed, test)
    )
}

/// A failure is planted: streams that were not drawn. The report names all that a replay needs.
#[test]
fn a_failing_seed_is_reported_with_its_replay() {
    let variable = |name: &str| match name {
        "SEED" => Some("77".to_owned()),
        "MAX_RUNS" => Some("1".to_owned()),
        _ => None,
    };
    let mut settings = Settings::from(1, &variable);
    let test = "simulation::generated_sites_converge";
    simulate(77, Origin::Generated, &settings.shrink);
    let whole = trace::take(None);
    assert!(whole.starts_with("seed 77 of a generated site"), "{whole}");
    assert!(whole.contains("\n-- run 1 of 4: "), "{whole}");
    assert!(whole.contains("  POST /rest/api/3/search/jql\n"), "{whole}");
    assert!(whole.contains("requests; exit code 0; records: "), "{whole}");
    settings.shrink.only_streams = Some(vec!["moons".to_owned()]);
    let panic = catch_unwind(AssertUnwindSafe(|| simulate(77, Origin::Generated, &settings.shrink)));
    let report = report(&settings, 77, test, &*panic.expect_err("no case has this stream"));
    assert!(report.contains("SEED=77 fails: ONLY_STREAMS names none of the streams of this seed: "), "{report}");
    let replay = "Replay: ONLY_STREAMS=moons MAX_RUNS=1 SEED=77 cargo test --test integration ";
    assert!(report.ends_with(&format!("{replay}{test}\n")), "{report}");
}
