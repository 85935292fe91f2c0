//! Random sites, streams, modes, faults, edits and kill points: the destination always ends equal to the site.

use super::MOVING;
use crate::support::{Destination, Rng, Site, assert_holds, catalog, read_until};
use jira_simulator::Scenario;
use serde_json::json;
use std::time::Duration;

const FAULTS: [&str; 8] = [
    "",
    "[search]\nshort_pages = 0.5\nempty_pages = 0.2",
    "[search]\nduplicates = 0.5\npaging = \"offset\"",
    "[search]\nindex_lag_seconds = 20",
    "[[fault]]\nroute = \"*\"\nprobability = 0.1\nkind = \"503\"\nheaders = \"none\"",
    "[[fault]]\nroute = \"*\"\nprobability = 0.1\nkind = \"cut\"",
    "[[fault]]\nroute = \"*\"\nprobability = 0.1\nkind = \"429\"\nseconds = 0",
    "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nevery = 2\nkind = \"issue_errors\"",
];

#[test]
fn whatever_happens_the_destination_ends_equal_to_the_site() {
    for seed in 0..20 {
        println!("seed {seed}");
        let mut rng = Rng(1_000 + seed);
        let site = Site::new(5 + rng.below(80) as u32, seed, "");
        let mut streams: Vec<&str> = MOVING.into_iter().filter(|_| rng.chance(50)).collect();
        if streams.is_empty() {
            streams.push("issue_comments");
        }
        let zone = ["Europe/Berlin", "Pacific/Auckland", "UTC"][rng.below(3) as usize];
        let account = format!("[account]\ntime_zone = \"{zone}\"");
        let mut destination = Destination::default();
        for _ in 0..3 + rng.below(4) {
            let fault = FAULTS[rng.below(8) as usize];
            site.set_scenario(Scenario::parse(&format!("seed = {seed}\n{fault}\n{account}")).unwrap());
            let mode = if rng.chance(50) { "ids" } else { "pages" };
            let config = site.config_with(json!({"scan_mode": mode, "lookback_window_minutes": rng.below(30)}));
            let position = 1 + rng.below(600_000) as usize;
            match read_until(&site, &config, &catalog(&streams, "incremental"), Some(&destination.state()), position) {
                Ok(output) | Err(output) => destination.load(&output),
            }
            site.random_edits(rng.below(12) as u32, rng.below(1_000));
            site.advance_clock(Duration::from_secs(rng.below(7_200)));
        }
        site.set_scenario(Scenario::parse(&account).unwrap());
        site.advance_clock(Duration::from_secs(60));
        // A first read that was resumed covers the time up to its start; later changes come with the next sync.
        for _ in 0..2 {
            let state = destination.state();
            destination.load(&site.read(&streams, "incremental", Some(&state)).good());
        }
        assert_holds(&site, &destination, &streams);
    }
}
