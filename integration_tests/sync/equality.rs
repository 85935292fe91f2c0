//! A full read of every stream, compared row by row with the site's truth.

use crate::support::{Destination, Site};

#[test]
fn a_full_read_of_the_issue_family_equals_the_truth() {
    let site = Site::new(150, 7, "");
    let mut destination = Destination::default();
    destination.load(&site.read(&["issues", "issue_comments", "issue_worklogs"], "incremental", None).good());
    for (stream, entity) in [("issues", "issues"), ("issue_comments", "comments"), ("issue_worklogs", "worklogs")] {
        let truth: Vec<String> = site.truth_by(entity, &["id"]).into_keys().collect();
        let rows: Vec<String> = destination.table(stream).into_keys().collect();
        assert_eq!(rows, truth, "{stream}");
    }
}
