//! Runs that wait before they have read anything: what they repeat meanwhile.

use super::{
    faults,
    run::{End, Start, run},
};
use crate::support::{Destination, Site, catalog};
use jira_simulator::SiteOptions;
use serde_json::{Value, json};

/// A platform keeps the last state of a stream: one that is repeated while nothing has been read must be the one that the run
/// began with. An empty one would lose the IDs of all issues sent.
#[test]
fn what_is_repeated_while_a_run_waits_is_the_state_that_it_began_with() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let site = jira_simulator::Site::generate(&SiteOptions { issues: 30, seed: 5, ..SiteOptions::default() });
    let site = Site::served_by(&runtime, site);
    site.change(&faults::none("UTC"));
    let config = site.config_with(json!({"id_snapshot_interval_hours": 0}));
    let streams = ["issues", "issue_comments", "deleted_issues", "deleted_comments", "issue_ids"];
    let catalog = catalog(&streams, "incremental");
    let mut destination = Destination::default();
    let mut next = || {
        let state = destination.state();
        let start =
            Start { config: &config, catalog: &catalog, state: &state, job: None, end: End::Natural, is_slow: false };
        let ended = runtime.block_on(run(&site, &start));
        destination.load(&ended.output);
        (state, ended.output.good())
    };
    next();
    let waits = "[[fault]]\nroute = \"/rest/api/3/search/jql\"\nkind = \"429\"\nfirst = 1\nseconds = 1500\n";
    site.change(&(faults::none("UTC") + waits));
    let (before, output) = next();
    let of = |name: &str, state: &Value| state["stream"]["stream_descriptor"]["name"] == name;
    for name in ["issues", "issue_comments", "deleted_issues", "deleted_comments"] {
        let began = before.as_array().into_iter().flatten().find(|state| of(name, state)).expect("a state");
        let repeated: Vec<&Value> = output.of_type("STATE").filter(|state| of(name, state)).take(3).collect();
        assert_eq!(repeated.len(), 3, "{name}: a state each five minutes");
        for state in repeated {
            for property in ["position", "sent_ids", "comments"] {
                let of = |state: &Value| state["stream"]["stream_state"][property].clone();
                assert_eq!(of(state), of(began), "{name}: {property}");
            }
        }
    }
}
