//! Six forms of credentials, each good, wrong, expired on the way, revoked, without a scope, and for another site.

use crate::{
    commands::harness::{WRONG, listed, redact, run, run_with, verdict},
    support::{Form, Output, Site, assert_valid, catalog},
};
use serde_json::{Value, json};

/// A site that is not the simulated one.
const OTHER: &str = "99999999-a1b2-3b33-c444-def123456789";

fn check(site: &Site, config: &Value) -> String {
    verdict(site, &run_with(site, &["check"], config))
}

/// One line a form: what `check` says.
fn verdicts(each: impl Fn(Form) -> String) -> String {
    let rows: Vec<(&str, String)> = Form::ALL.into_iter().map(|form| (form.name(), each(form))).collect();
    listed(&rows)
}

#[test]
fn good() {
    let said = verdicts(|form| {
        let site = Site::new(30, 1, "");
        let config = site.config_of(form);
        let read =
            run(&site, site.read_command(&config, &catalog(&["projects", "issues"], "incremental"), None)).good();
        assert_valid(&read);
        assert_eq!(read.records("issues").len(), site.truth("issues").len(), "{form:?}");
        // The refresh token was replaced; the config that the file now holds is the one to go on with.
        let saved = std::fs::read(site.file_path("config.json")).expect("the config is still there");
        check(&site, &serde_json::from_slice(&saved).expect("it is JSON"))
    });
    insta::assert_snapshot!("good", said);
}

#[test]
fn wrong() {
    let said = verdicts(|form| {
        let site = Site::new(1, 1, "");
        let mut config = site.config_of(form);
        config["credentials"][form.secret()] = json!(WRONG);
        check(&site, &config)
    });
    insta::assert_snapshot!("wrong", said);
}

#[test]
fn wrong_app() {
    let rows: Vec<(&str, String)> =
        [(Form::OAuth, "client_id"), (Form::OAuth, "client_secret"), (Form::ServiceClient, "client_id")]
            .into_iter()
            .map(|(form, member)| {
                let site = Site::new(1, 1, "");
                let mut config = site.config_of(form);
                config["credentials"][member] = json!(WRONG);
                (member, check(&site, &config))
            })
            .collect();
    insta::assert_snapshot!("wrong_app", listed(&rows));
}

/// Reads many issues while the credentials stop working after the first page of them.
fn interrupted(form: Form, until_then: &str, from_then: &str) -> (Site, Output) {
    let site = Site::new(400, 1, until_then);
    let mut config = site.config_of(form);
    // One page at a time, so that there is a "then".
    config["max_concurrency"] = json!(1);
    config["scan_mode"] = json!("ids");
    site.change(from_then);
    let output = run(&site, site.read_command(&config, &catalog(&["issues", "issue_comments"], "incremental"), None));
    assert_valid(&output);
    (site, output)
}

const LATER_401: &str = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nafter = 1\nkind = \"401\"";

/// One 401 among many good replies ends nothing, and a second one in a row is not followed by a third.
#[test]
fn a_single_401_is_asked_again() {
    let routes = ["/rest/api/3/project/search", "/rest/api/3/issue/bulkfetch", "/rest/api/3/search/jql"];
    for route in routes {
        let fault = |when: &str| format!("[[fault]]\nroute = \"{route}\"\nkind = \"401\"\n{when}");
        for form in [Form::ApiToken, Form::ScopedToken, Form::ServiceToken] {
            let (site, output) = interrupted(form, "", &fault("first = 1"));
            assert_eq!(output.code, Some(0), "{form:?} {route}: {:?}", output.errors());
            assert_eq!(output.records("issues").len(), site.truth("issues").len());
        }
        let (site, output) = interrupted(Form::ApiToken, "", &fault(""));
        assert_eq!(output.code, Some(1));
        assert!(output.errors()[0].contains("no longer accepts the credentials"), "{:?}", output.errors());
        // The first request is sent twice. Others that already wait for their turn, at most one for each of the four pages
        // of issues, are sent once: nothing that was refused twice in a row is followed by a third.
        let refused = site.log().status(401);
        assert!((2..=6).contains(&refused), "{route}: {refused} refusals");
    }
}

/// Long-lived tokens that end on the way fail the streams, and say that they worked before. Access tokens that end on
/// the way are renewed, without any message.
#[test]
fn expired_on_the_way() {
    let said = verdicts(|form| {
        let renewable = matches!(form, Form::OAuth | Form::ServiceClient);
        let once = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nfirst = 1\nkind = \"401\"";
        let (site, output) = interrupted(form, "", if renewable { once } else { LATER_401 });
        if renewable {
            assert_eq!(output.code, Some(0), "{form:?}: {:?}", output.errors());
            assert_eq!(output.records("issues").len(), site.truth("issues").len());
            assert_eq!(site.log().count("POST /oauth/token"), 2, "{form:?}");
            return "renewed, and read to the end".to_owned();
        }
        reported(&site, &output)
    });
    insta::assert_snapshot!("expired_on_the_way", said);
}

/// Every stream's error, which must be the same, and none of it may move a cursor.
fn reported(site: &Site, output: &Output) -> String {
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    for state in output.of_type("STATE").filter(|state| state["stream"]["stream_descriptor"]["name"] == "issues") {
        assert!(state["stream"]["stream_state"].get("updated").is_none(), "a cursor moved: {state}");
    }
    let mut errors: Vec<String> = output.errors().into_iter().map(|error| redact(site, error)).collect();
    errors.dedup();
    assert!(!errors.is_empty());
    errors.join("\n    ")
}

#[test]
fn revoked_before() {
    let said = verdicts(|form| {
        let site = Site::new(1, 1, "[sign_in]\nrevoked = true\nservice_revoked = true");
        let mut config = site.config_of(form);
        if matches!(form, Form::ApiToken | Form::ScopedToken) {
            // A revoked API token is one that Jira does not know.
            config["credentials"][form.secret()] = json!(WRONG);
        }
        check(&site, &config)
    });
    insta::assert_snapshot!("revoked_before", said);
}

/// Renewing does not help then, and must not be tried for ever.
#[test]
fn revoked_on_the_way() {
    let rows: Vec<(&str, String)> = [Form::OAuth, Form::ServiceClient, Form::ServiceToken]
        .into_iter()
        .map(|form| {
            let (site, output) = interrupted(form, "", LATER_401);
            assert!(site.log().count("POST /oauth/token") <= 3, "{form:?}");
            (form.name(), reported(&site, &output))
        })
        .collect();
    insta::assert_snapshot!("revoked_on_the_way", listed(&rows));
}

#[test]
fn without_a_scope() {
    let said = verdicts(|form| check_scopes(form, &["read:jira-user"]));
    insta::assert_snapshot!("without_a_scope", said);
}

fn check_scopes(form: Form, scopes: &[&str]) -> String {
    let site = Site::new(1, 1, &format!("[sign_in]\nscopes = {scopes:?}"));
    let text = check(&site, &site.config_of(form));
    assert!(site.log().count("POST /oauth/token") <= 1, "no new token mends a missing scope");
    text
}

/// `/myself` alone needs read:jira-user: a token that only reads issues is good all the same.
#[test]
fn without_the_scope_to_read_the_own_account() {
    let site = Site::new(30, 1, "[sign_in]\nscopes = [\"read:jira-work\"]");
    let config = site.config_of(Form::ScopedToken);
    let text = check(&site, &config);
    assert!(text.contains("SUCCEEDED") && text.contains("read:jira-user"), "{text}");
    let wanted = catalog(&["issues", "users"], "incremental");
    let output = run(&site, site.read_command(&config, &wanted, None));
    assert_eq!(output.records("issues").len(), site.truth("issues").len());
    assert_eq!(output.statuses("issues").last(), Some(&"COMPLETE"));
    assert_eq!(output.statuses("users").last(), Some(&"INCOMPLETE"));
    let error = redact(&site, output.errors()[0]);
    insta::assert_snapshot!("scope_of_a_stream", error);
}

#[test]
fn another_site() {
    let said = verdicts(|form| {
        let sites = "[[sign_in.sites]]\nid = \"88888888-a1b2-3b33-c444-def123456789\"\nurl = \"https://beta.atlassian.net\"\nname = \"beta\"";
        let site = Site::new(1, 1, sites);
        let mut config = site.config_of(form);
        config["domain"] = json!(format!("{}/ex/jira/{OTHER}", site.host()));
        check(&site, &config)
    });
    insta::assert_snapshot!("another_site", said);
}
