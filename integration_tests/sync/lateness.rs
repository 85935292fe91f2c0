//! The search index lags behind: what it did not know in one sync arrives in the next.

use super::MOVING;
use crate::support::{Destination, Site, assert_holds, catalog};
use serde_json::json;
use std::time::Duration;

#[test]
fn edits_shortly_before_a_sync_arrive_in_the_next() {
    // Minutes of lag happen after bulk changes; seconds are normal.
    for (lag, mode) in [(5, "ids"), (45, "pages"), (45, "ids"), (240, "ids"), (240, "pages")] {
        let site = Site::new(100, 95, &format!("[search]\nindex_lag_seconds = {lag}"));
        let config = site.config_with(json!({"scan_mode": mode}));
        let mut destination = Destination::default();
        let mut sync = || {
            let state = destination.state();
            destination.load(&site.read_with(&config, &catalog(&MOVING, "incremental"), Some(&state)).good());
            destination.table("issues").len()
        };
        site.random_edits(20, lag);
        sync();
        for round in 0..4 {
            // Now some edits are in the index and some are not.
            site.advance_clock(Duration::from_secs(lag / 2 + 1));
            site.random_edits(10, lag + round);
            sync();
        }
        site.advance_clock(Duration::from_secs(lag + 1));
        sync();
        assert_holds(&site, &destination, &MOVING);
    }
}
