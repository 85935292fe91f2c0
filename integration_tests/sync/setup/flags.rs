//! Feature flags of issues: read where the site has them, skipped after one request where it does not.

use super::left_out;
use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::{Value, json};

const STREAM: &str = "issue_feature_flags";
const ROUTE: &str = "GET /rest/api/3/issue/{issueIdOrKey}/featureflags";

fn read(site: &Site, members: Value, state: Option<&Value>) -> Output {
    site.read_with(&site.config_with(members), &catalog(&[STREAM, "issue_links"], "incremental"), state)
}

#[test]
fn a_site_that_does_not_know_them_is_asked_once_and_no_cursor_moves() {
    for kind in ["not_found", "forbidden"] {
        let site = Site::new(60, 531, "");
        let fault =
            format!("[[fault]]\nroute = \"/rest/api/3/issue/{{issueIdOrKey}}/featureflags\"\nkind = \"{kind}\"");
        site.change(&fault);
        let output = read(&site, json!({}), None).good();
        assert_eq!(site.log().count(ROUTE), 1, "{kind}");
        assert!(left_out(&output, STREAM, "feature_flags_unavailable"), "{:?}", output.logs());
        assert!(output.records(STREAM).is_empty() && !output.records("issue_links").is_empty());
        let strict = read(&site, json!({"on_skip": "fail"}), Some(&output.state()));
        assert_eq!((strict.code, strict.statuses(STREAM).last()), (Some(1), Some(&"INCOMPLETE")), "{kind}");
        site.change("");
        let mut destination = Destination::default();
        destination.load(&read(&site, json!({}), Some(&strict.state())).good());
        assert_equal(&site, &destination, &[STREAM]);
    }
}

/// Where some issue has them, another one's refusal is that issue's alone.
#[test]
fn an_issue_that_keeps_them_to_itself_is_left_out_alone() {
    let site = Site::new(60, 532, "");
    let issue = site.truth("feature_flags")[0]["issueId"].as_str().expect("a text").to_owned();
    for status in [403, 404] {
        let path = format!("/issue/{issue}/featureflags");
        let proxy = Proxy::new(&site.host(), move |asked| match asked.path.ends_with(&path) {
            true => Verdict::Answer(status, "{\"errorMessages\":[\"no\"]}".into()),
            false => Verdict::Pass,
        });
        let output = read(&site, json!({"domain": proxy.host()}), None).good();
        assert!(left_out(&output, STREAM, "issue_missing"), "{status}: {:?}", output.logs());
        let expected = site.truth("feature_flags").iter().filter(|row| row["issueId"] != issue.as_str()).count();
        assert_eq!(output.records(STREAM).len(), expected, "{status}");
    }
}
