//! What may happen in a run besides faults of the site, and what is counted of all that.

use super::totals::Totals;
use crate::support::{Destination, Output, Site};
use serde_json::{Value, json};

/// In which way a run is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Way {
    /// Whoever reads the output takes its time.
    pub is_slow: bool,
    /// The state is one of another site.
    pub is_foreign: bool,
}

/// Makes a state one of another site.
pub fn of_another_site(state: &mut Value, its_present: &str) {
    for state in state.as_array_mut().into_iter().flatten() {
        if let Some(cursor) = state.pointer_mut("/stream/stream_state/position/cursor") {
            *cursor = its_present.into();
        }
        if let Some(site) = state.pointer_mut("/stream/stream_state/site") {
            *site = json!({"cloud_id": "0b6cf3a5-0000-4000-8000-000000000000", "host": "other.atlassian.net"});
        }
    }
}

impl Totals {
    /// What was drawn for a run, and whether it had an effect.
    pub fn count_run(&mut self, site: &Site, faults: &[&'static str], way: Way, output: &Output) {
        for (place, fault) in faults.iter().enumerate() {
            self.happened(fault, site.fault_hits(place) > 0);
        }
        if way.is_slow {
            self.happened("slow reader", !output.stdout.is_empty());
        }
        if way.is_foreign {
            let refused = output.logs().iter().any(|log| log.contains("belongs to another site"));
            self.happened("state of another site", refused);
        }
    }

    /// What was drawn for the whole case.
    pub fn count_case(&mut self, site: &Site, config: &Value, destination: &Destination) {
        if reads_archived(config) {
            self.happened("archived projects", !site.truth("archived_issues").is_empty());
        }
        if config.get("track_sent_ids").is_none() {
            self.happened("deletions by default", !destination.table("deleted_issues").is_empty());
        }
    }
}

pub fn reads_archived(config: &Value) -> bool {
    config["include_archived_projects"] == true
}
