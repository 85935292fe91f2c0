//! What is left out fails the stream or not, as the config says; nothing that was left out counts as read.

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A site through which the sprints of one board, neither the first nor the last in order, answer with a status while
/// `broken` says so. It is a fixed one, since boards are read side by side in any order.
struct Boards {
    site: Site,
    proxy: Proxy,
    broken: Arc<AtomicBool>,
}

impl Boards {
    fn new(status: u16) -> Self {
        let site = Site::new(60, 73, "");
        let broken = Arc::new(AtomicBool::new(true));
        let (fault, bad) = (broken.clone(), "/rest/agile/1.0/board/2/sprint");
        let proxy = Proxy::new(&site.host(), move |asked| {
            let is_bad = asked.path.split('?').next() == Some(bad);
            if is_bad && fault.load(Ordering::Relaxed) {
                Verdict::Answer(status, "{\"errorMessages\":[\"no\"]}".into())
            } else {
                Verdict::Pass
            }
        });
        Self { site, proxy, broken }
    }

    fn read(&self, members: Value, state: Option<&Value>) -> Output {
        let mut config = self.site.config_with(members);
        config["domain"] = self.proxy.host().into();
        let streams = catalog(&["sprints", "boards", "labels"], "full_refresh");
        let mut command = self.site.read_command(&config, &streams, state);
        command.env("WORKER_JOB_ID", "7");
        Output::of(command)
    }
}

fn left_out(output: &Output, text: &str) -> Option<Value> {
    output.of_type("LOG").find(|log| log["message"].as_str().is_some_and(|message| message.contains(text))).cloned()
}

#[test]
fn what_is_left_out_is_a_warning_by_default_and_fails_if_the_config_says_so() {
    let boards = Boards::new(404);
    let output = boards.read(json!({}), None).good();
    let warning = left_out(&output, "skipped in sprints: 1 × board_hidden").expect("it is reported");
    assert_eq!(warning["level"], "WARN");
    let sent = output.records("sprints").len();
    for members in [
        json!({"on_skip": "fail"}),
        json!({"on_skip_codes": {"board_hidden": "fail"}}),
        json!({"on_skip": "warn", "on_skip_codes": {"board_hidden": "fail"}}),
    ] {
        let output = boards.read(members.clone(), None);
        assert_eq!(output.code, Some(1), "{members}");
        let errors = output.errors();
        assert_eq!(errors.len(), 1, "{members}: {errors:#?}");
        for part in ["sprints", "board_hidden", "1 ×", "the board is private or was deleted", "give the account access"]
        {
            assert!(errors[0].contains(part), "{members}: {}", errors[0]);
        }
        assert_eq!(output.statuses("sprints").last(), Some(&"INCOMPLETE"), "{members}");
        assert_eq!(output.records("sprints").len(), sent, "{members}: everything else arrives");
        for other in ["boards", "labels"] {
            assert_eq!(output.statuses(other).last(), Some(&"COMPLETE"), "{members}: {other}");
        }
    }
    for members in [
        json!({"on_skip": "warn"}),
        json!({"on_skip_codes": {"project_inactive": "fail"}}),
        json!({"on_skip": "fail", "on_skip_codes": {"board_hidden": "warn"}}),
    ] {
        boards.read(members, None).good();
    }
}

/// The platform repeats a failed attempt within its job: what was left out is asked for again, not taken for read.
#[test]
fn a_failed_attempt_goes_on_before_what_was_left_out() {
    let boards = Boards::new(404);
    let strict = json!({"on_skip": "fail"});
    let mut destination = Destination::default();
    let first = boards.read(strict.clone(), None);
    destination.load(&first);
    let again = boards.read(strict.clone(), Some(&destination.state()));
    assert_eq!(again.code, Some(1), "it is still left out");
    assert!(again.records("sprints").len() < first.records("sprints").len(), "what is done is not read again");
    destination.load(&again);
    boards.broken.store(false, Ordering::Relaxed);
    destination.load(&boards.read(strict, Some(&destination.state())).good());
    assert_equal(&boards.site, &destination, &["sprints"]);
}

#[test]
fn where_nothing_is_missing_nothing_fails() {
    let boards = Boards::new(400);
    let strict =
        json!({"on_skip": "fail", "on_skip_codes": {"board_without_sprints": "fail", "listing_restarted": "fail"}});
    let output = boards.read(strict.clone(), None).good();
    let note = left_out(&output, "× board_without_sprints (the board").expect("it is reported");
    assert_eq!(note["level"], "INFO");

    let site = Site::new(300, 85, "");
    let refused = AtomicBool::new(false);
    let proxy = Proxy::new(&site.host(), move |asked| {
        let second = asked.is("POST", "/rest/api/3/search/jql") && asked.json()["nextPageToken"].is_string();
        if second && !refused.swap(true, Ordering::Relaxed) {
            return Verdict::Answer(400, "{\"errorMessages\":[\"The provided next page token is invalid.\"]}".into());
        }
        Verdict::Pass
    });
    let mut config = site.config_with(strict);
    (config["domain"], config["scan_mode"]) = (proxy.host().into(), "pages".into());
    let output = site.read_with(&config, &catalog(&["issues", "issue_links"], "incremental"), None).good();
    for stream in ["issues", "issue_links"] {
        assert!(left_out(&output, &format!("skipped in {stream}: 1 × listing_restarted")).is_some(), "{stream}");
    }
}

#[test]
fn a_stream_of_the_issue_scan_fails_alone_and_the_next_sync_is_whole() {
    let site = Site::new(60, 72, "");
    let gone = Arc::new(AtomicBool::new(true));
    let fault = gone.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let first = asked.path.ends_with("/remotelink") && fault.swap(false, Ordering::Relaxed);
        if first { Verdict::Answer(404, "{\"errorMessages\":[\"gone\"]}".into()) } else { Verdict::Pass }
    });
    let config = site.config_with(json!({"domain": proxy.host(), "on_skip": "fail"}));
    let streams = catalog(&["issues", "issue_remote_links"], "incremental");
    let output = site.read_with(&config, &streams, None);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.errors().len(), 1, "{:#?}", output.errors());
    assert!(output.errors()[0].contains("issue_remote_links") && output.errors()[0].contains("1 × issue_missing"));
    assert_eq!(output.statuses("issue_remote_links").last(), Some(&"INCOMPLETE"));
    assert_eq!(output.statuses("issues").last(), Some(&"COMPLETE"));
    assert_eq!(output.records("issues").len(), site.truth("issues").len());
    let mut destination = Destination::default();
    destination.load(&output);
    let next = site.read_with(&config, &streams, Some(&destination.state())).good();
    assert_eq!(next.statuses("issue_remote_links").last(), Some(&"COMPLETE"));
}

#[test]
fn a_code_that_does_not_exist_is_a_fault_of_the_config() {
    let site = Site::new(5, 1, "");
    let config = site.config_with(json!({"on_skip_codes": {"board_hiden": "fail"}}));
    let output = site.read_with(&config, &catalog(&["labels"], "full_refresh"), None);
    assert_eq!(output.code, Some(1));
    assert_eq!(
        output.errors(),
        [
            "The config has 1 error: on_skip_codes.board_hiden: is not a code; write \"board_hidden\" if you mean that one."
        ]
    );
}
