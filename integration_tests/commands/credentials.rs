//! `read` with credentials that are wrong, or stop being right on the way.

use super::harness::{listed, refusal, run, with_wrong_token};
use crate::support::{Output, Site, catalog};

const STREAMS: [&str; 3] = ["issues", "issue_comments", "projects"];

#[test]
fn wrong_credentials_bring_no_record() {
    let site = Site::new(30, 1, "");
    let captcha = Site::new(30, 1, "[account]\ncaptcha = true");
    let mut rows = Vec::new();
    for (case, site, config) in
        [("wrong token", &site, with_wrong_token(&site)), ("too many failed sign-ins", &captcha, captcha.config())]
    {
        for arguments in [&[][..], &["--debug"]] {
            let mut command = site.read_command(&config, &catalog(&STREAMS, "incremental"), None);
            command.args(arguments);
            let output = run(site, command);
            assert_eq!(output.of_type("RECORD").count() + output.of_type("STATE").count(), 0, "{case}");
            if arguments.is_empty() {
                rows.push((case, refusal(site, &output)));
            }
        }
    }
    insta::assert_snapshot!("read_wrong_credentials", listed(&rows));
}

/// Signs in well; from the second page of issues on the credentials are not accepted any more.
fn losing(kind: &str, arguments: &[&str]) -> Output {
    let scenario = format!("[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nafter = 1\nkind = \"{kind}\"");
    let site = Site::new(400, 1, &scenario);
    let mut command = site.read_command(&site.config(), &catalog(&STREAMS, "incremental"), None);
    command.args(arguments);
    run(&site, command)
}

#[test]
fn credentials_lost_on_the_way_end_the_streams_that_need_them() {
    for kind in ["401", "anonymous"] {
        for arguments in [&[][..], &["--debug"]] {
            let output = losing(kind, arguments);
            assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""), "{kind}");
            for stream in ["issues", "issue_comments"] {
                assert_eq!(output.statuses(stream).last(), Some(&"INCOMPLETE"), "{kind}: {stream}");
            }
            let errors: Vec<_> = output.of_type("TRACE").filter(|trace| trace["type"] == "ERROR").collect();
            assert!(!errors.is_empty(), "{kind}");
            for error in errors {
                assert_eq!(error["error"]["failure_type"], "config_error", "{kind}: {error}");
            }
            // An empty answer to a refused login is no empty site: no cursor may say that it was read.
            for state in
                output.of_type("STATE").filter(|state| state["stream"]["stream_descriptor"]["name"] == "issues")
            {
                assert!(state["stream"]["stream_state"].get("updated").is_none(), "{kind}: {state}");
            }
        }
    }
}
