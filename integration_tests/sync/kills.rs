//! Killed at any byte, a sync resumes with nothing lost.

use crate::support::{Destination, Proxy, Rng, Site, Verdict, assert_equal, assert_holds, catalog, read_until};
use serde_json::json;
use std::time::Duration;

/// Streams without a request of their own for each issue, so that a run takes a moment only.
const STREAMS: [&str; 5] = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs", "labels"];

/// Kills a sync at random places until it has been killed so often, then lets it finish.
fn torn(site: &Site, rng: &mut Rng, kills: u32, destination: &mut Destination, edits: bool) {
    let mode = if rng.chance(50) { "ids" } else { "pages" };
    let config = site.config_with(json!({"scan_mode": mode}));
    let catalog = catalog(&STREAMS, "incremental");
    // A first read that was resumed covers the time up to its start; later changes come with the next sync.
    let settle = |destination: &mut Destination| {
        for _ in 0..2 {
            let state = destination.state();
            destination.load(&site.read_with(&config, &catalog, Some(&state)).good());
        }
    };
    let mut size = 0;
    for _ in 0..kills {
        if size == 0 {
            // How much there is to write at most.
            size = site.read_with(&config, &catalog, Some(&destination.state())).stdout.len() as u64;
        }
        let position = 1 + rng.below(size) as usize;
        match read_until(site, &config, &catalog, Some(&destination.state()), position) {
            Ok(output) => {
                destination.load(&output);
                settle(destination);
                assert_holds(site, destination, &STREAMS);
                size = 0;
            }
            Err(output) => destination.load(&output),
        }
        if edits && rng.chance(20) {
            site.random_edits(3, rng.below(1_000));
            site.advance_clock(Duration::from_secs(rng.below(2_000)));
            size = 0;
        }
    }
    settle(destination);
}

#[test]
fn killed_at_two_hundred_places_nothing_is_lost() {
    for seed in 0..5 {
        println!("seed {seed}");
        let site = Site::new(60, 200 + seed, "");
        let (mut rng, mut destination) = (Rng(seed), Destination::default());
        torn(&site, &mut rng, 40, &mut destination, true);
        assert_holds(&site, &destination, &STREAMS);
    }
}

/// With the site standing still, not even a row too many may be there.
#[test]
fn a_first_read_killed_again_and_again_equals_the_truth() {
    for seed in 10..13 {
        println!("seed {seed}");
        let site = Site::new(60, 200 + seed, "");
        let (mut rng, mut destination) = (Rng(seed), Destination::default());
        torn(&site, &mut rng, 8, &mut destination, false);
        assert_equal(&site, &destination, &STREAMS);
    }
}

/// Enough records for states on the way, so that the resumed run goes on from the middle.
#[test]
fn a_long_read_resumes_from_its_last_state() {
    let site = Site::new(2_000, 220, "");
    let streams = ["issue_comments", "issue_transitions"];
    let wanted = catalog(&streams, "incremental");
    for seed in 20..22 {
        println!("seed {seed}");
        let (mut rng, mut destination) = (Rng(seed), Destination::default());
        let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
        let config = site.config_with(json!({"domain": proxy.host(), "max_concurrency": 1}));
        let whole = site.read_with(&config, &wanted, None).good().stdout;
        let mut middle = 0;
        for _ in 0..2 {
            let position = whole.len() / 5 * 3 + rng.below(whole.len() as u64 / 3) as usize;
            let Err(output) = read_until(&site, &config, &wanted, Some(&destination.state()), position) else { break };
            middle += output
                .of_type("STATE")
                .filter(|state| state["stream"]["stream_state"]["position"]["backfill"]["created"].is_string())
                .count();
            destination.load(&output);
        }
        assert!(middle > 0, "no state on the way: the test shows nothing");
        let rest = site.read_with(&config, &wanted, Some(&destination.state())).good();
        assert!(rest.stdout.len() < whole.len(), "it began at the beginning");
        destination.load(&rest);
        assert_equal(&site, &destination, &streams);
    }
}
