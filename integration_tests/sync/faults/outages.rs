//! Outages of the whole site, and streams that fail: what is waited for, and what is not asked any more.

use crate::support::{Destination, Output, Site, assert_equal, catalog};

const STREAMS: [&str; 5] = ["issues", "issue_comments", "issue_watchers", "labels", "users"];

fn read(site: &Site, fault: &str, max_outage_minutes: u32) -> Output {
    site.change(&format!("[[fault]]\n{fault}"));
    site.reset_log();
    let mut config = site.config();
    config["max_outage_minutes"] = max_outage_minutes.into();
    site.read_with(&config, &catalog(&STREAMS, "incremental"), None)
}

/// Longer than all tries of a request take on this machine.
#[test]
fn an_outage_in_the_middle_of_a_read_is_waited_for() {
    for (kind, status) in [("503", 503), ("reset", 0), ("html", 502)] {
        let site = Site::new(120, 57, "");
        let fault = format!("after = 12\nkind = \"{kind}\"\nheaders = \"none\"\nstatus = 502\nlasting_ms = 6000");
        let output = read(&site, &fault, 10).good();
        let mut destination = Destination::default();
        destination.load(&output);
        assert_equal(&site, &destination, &STREAMS);
        let refused = site.log().status(status);
        assert!((5..=40).contains(&refused), "{kind}: {refused} requests while it was down");
        let says = |text: &str| output.logs().iter().any(|log| log.contains(text));
        assert!(says("Jira does not answer (") && says("Jira answers again, after "), "{:#?}", output.logs());
    }
}

#[test]
fn without_patience_an_outage_ends_the_read_soon() {
    let site = Site::new(120, 57, "");
    let output = read(&site, "after = 12\nkind = \"503\"\nheaders = \"none\"", 0);
    assert_eq!(output.code, Some(1));
    assert!(output.errors().iter().all(|error| error.contains("internal error or is under maintenance")));
    assert_eq!(output.statuses("issues").last(), Some(&"INCOMPLETE"));
}

/// A stream that requests something of each issue fails with the first issue; for the others, nothing is sent.
#[test]
fn a_stream_that_has_failed_asks_nothing_more() {
    let site = Site::new(400, 57, "");
    let output = read(&site, "route = \"/rest/api/3/issue/{issueIdOrKey}/watchers\"\nkind = \"500\"", 10);
    assert_eq!((output.code, output.statuses("issue_watchers").last()), (Some(1), Some(&"INCOMPLETE")));
    assert_eq!(output.statuses("issues").last(), Some(&"COMPLETE"));
    let asked = site.log().count("GET /rest/api/3/issue/{issueIdOrKey}/watchers");
    // Those under way when the first of them failed, with their tries.
    assert!(asked <= 12 * 5, "{asked} requests for a stream that has failed");
    assert!(output.logs().iter().all(|log| !log.contains("Jira does not answer")), "{:#?}", output.logs());
}
