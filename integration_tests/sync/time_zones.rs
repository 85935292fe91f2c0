//! Time zones of the calling account: east or west of UTC, nothing is missed and nothing comes twice.

use super::MOVING;
use crate::support::{Destination, Site, assert_equal, assert_holds};
use std::time::Duration;

#[test]
fn the_time_zone_of_the_account_makes_no_difference() {
    for zone in ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati"] {
        let site = Site::new(80, 91, &format!("[account]\ntime_zone = \"{zone}\""));
        let mut destination = Destination::default();
        destination.load(&site.read(&MOVING, "incremental", None).good());
        assert_equal(&site, &destination, &MOVING);
        for round in 0..3 {
            // Less than any of the offsets, so that a local time taken for UTC would miss it.
            site.advance_clock(Duration::from_secs(40 * 60));
            site.random_edits(10, round);
            let output = site.read(&MOVING, "incremental", Some(&destination.state())).good();
            destination.load(&output);
            assert_holds(&site, &destination, &MOVING);
            assert!(
                output.records("issues").len() <= 20,
                "{zone}: {} issues for 10 edits",
                output.records("issues").len()
            );
        }
    }
}

#[test]
fn a_changed_time_zone_changes_no_position() {
    let site = Site::new(80, 92, "[account]\ntime_zone = \"Pacific/Auckland\"");
    let mut destination = Destination::default();
    destination.load(&site.read(&MOVING, "incremental", None).good());
    site.set_scenario(jira_simulator::Scenario::parse("[account]\ntime_zone = \"America/Los_Angeles\"").unwrap());
    site.random_edits(10, 92);
    let output = site.read(&MOVING, "incremental", Some(&destination.state())).good();
    assert!(output.records("issues").len() <= 20);
    destination.load(&output);
    for issue in output.records("issues") {
        assert_eq!(destination.table("issues")[issue["id"].as_str().unwrap()], *issue);
    }
}
