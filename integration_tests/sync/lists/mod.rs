//! Lists that are no plain lists of a page: of maps, of single records, of parents' parents, and those that refuse.

mod nested;
mod refusals;

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use jira_simulator::SiteOptions;
use serde_json::{Value, json};

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

/// A list whose first record comes again at its end, changed.
fn with_its_first_again(mut list: Value) -> Value {
    let records = if list.is_array() { &mut list } else { &mut list["values"] };
    if let Some(records) = records.as_array_mut()
        && let Some(mut again) = records.first().cloned()
    {
        again["name"] = "renamed meanwhile".into();
        records.push(again);
    }
    list
}

/// Pages that are counted from the beginning overlap when something is added before them: each record is sent once.
#[test]
fn no_primary_key_comes_twice_in_a_full_refresh() {
    let site = Site::new(5, 94, "");
    for (stream, path) in
        [("issue_types", "/rest/api/3/issuetype"), ("project_categories", "/rest/api/3/projectCategory")]
    {
        let proxy = Proxy::new(&site.host(), move |asked| {
            let is_it = asked.path.split('?').next().is_some_and(|asked| asked.ends_with(path));
            if is_it { Verdict::Change(with_its_first_again) } else { Verdict::Pass }
        });
        let config = site.config_with(json!({"domain": proxy.host()}));
        let output = site.read_with(&config, &catalog(&[stream], "full_refresh"), None).good();
        let rows = output.records(stream);
        assert!(!proxy.asked().is_empty() && rows.len() > 1, "{stream}");
        assert_eq!(rows.len(), site.read(&[stream], "full_refresh", None).good().records(stream).len(), "{stream}");
        assert_eq!(
            rows.iter().filter(|row| row["name"] == "renamed meanwhile").count(),
            1,
            "{stream}: the newest counts"
        );
    }
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
