//! Lists that are no plain lists of a page: of maps, of single records, of parents' parents, and those that refuse.

mod nested;
mod refusals;

use crate::support::{Destination, Output, Site, assert_equal, catalog};
use jira_simulator::SiteOptions;
use serde_json::Value;

/// Whether the run says that a stream left something out.
fn left_out(output: &Output, stream: &str, code: &str) -> bool {
    output
        .logs()
        .iter()
        .any(|log| log.contains(&format!("skipped in {stream}: ")) && log.contains(&format!("× {code} (")))
}

/// A read within a job of the platform, which repeats failed attempts.
fn in_a_job(site: &Site, config: &Value, streams: &[&str], state: Option<&Value>) -> Output {
    let mut command = site.read_command(config, &catalog(streams, "full_refresh"), state);
    command.env("WORKER_JOB_ID", "7");
    Output::of(command)
}

#[test]
fn more_screens_than_a_page_holds_come_with_all_their_tabs_and_fields() {
    let site = Site::of(&SiteOptions { issues: 5, projects: 70, seed: 91, ..SiteOptions::default() });
    let streams = ["screens", "screen_tabs", "screen_tab_fields", "screen_schemes"];
    assert!(site.truth("screens").len() > 100, "one page would hold them");
    let mut destination = Destination::default();
    destination.load(&site.read(&streams, "full_refresh", None).good());
    assert_equal(&site, &destination, &streams);
    assert_eq!(site.log().count("GET /rest/api/3/screens"), 2);
}

#[test]
fn the_pictures_of_each_type_keep_apart_though_their_ids_are_the_same() {
    let site = Site::new(5, 92, "");
    let mut destination = Destination::default();
    destination.load(&site.read(&["avatars", "project_avatars"], "full_refresh", None).good());
    assert_equal(&site, &destination, &["avatars", "project_avatars"]);
    let ids: std::collections::BTreeSet<String> =
        destination.table("avatars").values().map(|row| row["id"].to_string()).collect();
    assert!(ids.len() < destination.table("avatars").len(), "the ids alone would do, and the test shows nothing");
}
