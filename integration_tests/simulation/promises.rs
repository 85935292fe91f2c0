//! What each run promises, whatever fails: no key comes twice in a full refresh, a list that counts as complete is complete, and
//! an outage that is shorter than a run waits fails nothing.

use super::{
    faults::Drawn,
    generators::{LISTS, Streams},
};
use crate::support::{Destination, Output, Site, assert_equal, key_of, primary_key};
use std::collections::BTreeSet;

/// Of a run that came to its end. `destination` has what it sent; `is_quiet`: nothing was edited meanwhile.
pub fn assert_kept(site: &Site, destination: &Destination, streams: &Streams, drawn: &Drawn, run: (&Output, bool)) {
    let (output, is_quiet) = run;
    if drawn.is_survivable {
        let failures = output.of_type("TRACE").filter(|trace| trace["error"]["failure_type"] == "transient_error");
        assert_eq!(failures.count(), 0, "it gave up: {:?}", output.errors());
    }
    for stream in &streams.refreshed {
        let rows = output.records(stream);
        let keys: BTreeSet<String> = rows.iter().map(|row| key_of(row, primary_key(stream))).collect();
        assert_eq!(keys.len(), rows.len(), "{stream}: a key was sent twice");
        let is_complete = output.statuses(stream).last() == Some(&"COMPLETE");
        if is_quiet && is_complete && !drawn.refuses() && LISTS.contains(stream) {
            assert_equal(site, destination, &[stream]);
        }
    }
}
