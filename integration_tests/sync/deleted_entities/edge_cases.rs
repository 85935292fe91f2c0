//! Lists and answers that fail, lie or are refused make no losses.

use super::{Synced, assert_between, ids};
use crate::support::{Proxy, Verdict};
use jira_simulator::{Edit, Scenario};
use serde_json::Value;

const VERSIONS: &str = "/rest/api/3/project/{projectIdOrKey}/version";
const VERSION: &str = "/rest/api/3/version/{id}";

#[test]
fn an_invisible_project_reports_nothing_until_it_is_visible_again() {
    let mut synced = Synced::new(35);
    for (shut, open) in [
        (Edit::ArchiveProject { project: "CORE".into() }, Edit::RestoreProject { project: "CORE".into() }),
        (Edit::TrashProject { project: "CORE".into() }, Edit::RestoreProject { project: "CORE".into() }),
        (Edit::RevokeProjectAccess { project: "CORE".into() }, Edit::GrantProjectAccess { project: "CORE".into() }),
    ] {
        let (version, at) = synced.delete_version("CORE");
        synced.site.edit(shut.clone()).expect("it is live");
        for _ in 0..2 {
            assert_eq!(synced.next().of_type("RECORD").count(), 0, "{shut:?}");
        }
        synced.site.edit(open).expect("it comes back");
        let output = synced.next();
        assert_eq!(ids(&output, "deleted_versions"), [version["id"].as_str().expect("an id")], "{shut:?}");
        assert_between(output.records("deleted_versions")[0], at);
    }
}

/// Reported is that the lists of an archived project answer 404. If one answers with an empty list, nothing is reported.
#[test]
fn an_archived_project_says_nothing_even_if_it_answers() {
    let mut synced = Synced::new(36);
    let home = synced.project("AND");
    synced.site.edit(Edit::ArchiveProject { project: "AND".into() }).expect("it is live");
    let list = format!("/rest/api/3/project/{home}/version");
    let proxy = Proxy::new(&synced.site.host(), move |asked| {
        if asked.is("GET", &list) { Verdict::Answer(200, EMPTY.into()) } else { Verdict::Pass }
    });
    assert_eq!(synced.by(&proxy).good().of_type("RECORD").count(), 0);
    assert_eq!(proxy.of("GET", &format!("/rest/api/3/project/{home}/version")).len(), 1, "the test shows nothing");
}

const EMPTY: &str = "{\"startAt\":0,\"maxResults\":50,\"total\":0,\"isLast\":true,\"values\":[]}";

#[test]
fn lists_that_fail_or_are_refused_make_no_losses() {
    for (kind, code) in [("500", 1), ("forbidden", 1), ("not_found", 0), ("broken_json", 1), ("bad_request", 1)] {
        for routes in [
            [VERSIONS, "/rest/agile/1.0/board/{boardId}/sprint"],
            ["/rest/api/3/project/search", "/rest/agile/1.0/board"],
        ] {
            if code == 0 && routes[0] != VERSIONS {
                continue;
            }
            let mut synced = Synced::new(37);
            let (version, at) = synced.delete_version("CORE");
            synced.site.edit(Edit::DeleteSprint { sprint: 1 }).expect("a sprint");
            let fault = |route: &str| format!("[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\"\n");
            synced.site.change(&(fault(routes[0]) + &fault(routes[1])));
            let config = synced.site.config();
            let output = synced.through(&config);
            // A sprint list that is refused by 400 is that of a board without sprints.
            assert_eq!((output.code, output.of_type("RECORD").count()), (Some(code), 0), "{kind} {routes:?}");
            synced.site.set_scenario(Scenario::default());
            let output = synced.next();
            assert_eq!(ids(&output, "deleted_versions"), [version["id"].as_str().expect("an id")]);
            assert_eq!(ids(&output, "deleted_sprints"), ["1"]);
            assert_between(output.records("deleted_versions")[0], at);
        }
    }
}

fn halved(mut page: Value) -> Value {
    if let Some(values) = page["values"].as_array_mut() {
        values.truncate(values.len() / 2);
    }
    page
}

/// Half of each page is missing, and nothing says so: what is missing is found by its id.
#[test]
fn a_list_that_is_cut_off_makes_no_losses() {
    let mut synced = Synced::new(38);
    let lists = |path: &str| {
        ["/version", "/component", "/sprint"]
            .iter()
            .any(|end| path.split('?').next().is_some_and(|path| path.ends_with(end)))
    };
    let proxy =
        Proxy::new(
            &synced.site.host(),
            move |asked| {
                if lists(&asked.path) { Verdict::Change(halved) } else { Verdict::Pass }
            },
        );
    for _ in 0..2 {
        assert_eq!(synced.by(&proxy).good().of_type("RECORD").count(), 0);
    }
    assert!(synced.site.log().count(&format!("GET {VERSION}")) > 10, "nothing was missing: the test shows nothing");
    // What it learnt meanwhile loses nothing either.
    let version = synced.site.truth("versions").last().expect("a version").clone();
    let (project, id) = (synced.key_of(&version["projectId"]), version["id"].as_str().expect("an id").to_owned());
    synced.site.edit(Edit::DeleteVersion { project, version: id.clone() }).expect("it is there");
    assert_eq!(ids(&synced.next(), "deleted_versions"), [id]);
}

/// A request by ID fails, or finds nothing at all: no deletions, the state stays, and the next sync reports them.
#[test]
fn what_cannot_be_checked_is_not_reported_as_deleted() {
    for kind in ["500", "forbidden", "not_found", "html", "bad_request"] {
        let mut synced = Synced::new(39);
        let (version, at) = synced.delete_version("CORE");
        synced.site.change(&format!("[[fault]]\nroute = \"{VERSION}\"\nkind = \"{kind}\""));
        let before = synced.destination.state();
        let config = synced.site.config();
        let output = synced.through(&config);
        assert_eq!((output.code, output.of_type("RECORD").count()), (Some(1), 0), "{kind}");
        assert_eq!(output.statuses("deleted_versions").last(), Some(&"INCOMPLETE"), "{kind}");
        assert_eq!(output.statuses("deleted_components").last(), Some(&"COMPLETE"), "{kind}");
        let state = |states: &Value| states.as_array().expect("a list")[2]["stream"]["stream_state"].clone();
        assert_eq!(state(&synced.destination.state()), state(&before), "{kind}: a failed read moves no cursor");
        synced.site.set_scenario(Scenario::default());
        let output = synced.next();
        assert_eq!(ids(&output, "deleted_versions"), [version["id"].as_str().expect("an id")], "{kind}");
        assert_between(output.records("deleted_versions")[0], at);
    }
}

/// Only what is missing can't be asked for.
#[test]
fn one_question_that_fails_is_no_loss() {
    for status in [500, 403, 400] {
        let mut synced = Synced::new(46);
        let (version, _) = synced.delete_version("CORE");
        let id = version["id"].as_str().expect("an id").to_owned();
        let path = format!("/rest/api/3/version/{id}");
        let proxy = Proxy::new(&synced.site.host(), move |asked| {
            if asked.is("GET", &path) {
                Verdict::Answer(status, "{\"errorMessages\":[\"no\"]}".into())
            } else {
                Verdict::Pass
            }
        });
        let output = synced.by(&proxy);
        assert_eq!((output.code, output.of_type("RECORD").count()), (Some(1), 0), "{status}");
        assert!(output.errors()[0].contains("/rest/api/3/version/{id}"), "{:?}", output.errors());
        assert_eq!(ids(&synced.next(), "deleted_versions"), [id], "{status}");
    }
}
