//! Deleted issues are reported with kind and source; an issue that exists is never reported as deleted.

mod hidden_meanwhile;
mod sources;

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_holds, catalog};
use jira_simulator::{Edit, Timeline, TimelineEvent};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub const STREAMS: [&str; 3] = ["issues", "issue_comments", "deleted_issues"];

/// A sync that stores the IDs it sent, with an ID snapshot each time.
pub fn sync(site: &Site, destination: &mut Destination, members: Value) -> Output {
    let mut config = site.config_with(json!({"track_sent_ids": true, "id_snapshot_interval_hours": 0}));
    for (name, value) in members.as_object().unwrap() {
        config[name] = value.clone();
    }
    site.advance_clock(Duration::from_secs(1_000));
    let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), Some(&destination.state())).good();
    destination.load(&output);
    output
}

pub fn reported_deletions(output: &Output) -> BTreeMap<String, Value> {
    output
        .records("deleted_issues")
        .into_iter()
        .map(|row| (row["id"].as_str().unwrap_or("?").to_owned(), row.clone()))
        .collect()
}

/// Issues without sub-tasks and parents, in projects with many, by id, with their projects.
pub fn plain(site: &Site, count: usize) -> Vec<(String, String)> {
    let issues = site.truth("issues");
    let mut sizes = BTreeMap::<&str, usize>::new();
    issues.iter().for_each(|issue| *sizes.entry(issue["fields"]["project"]["key"].as_str().unwrap()).or_default() += 1);
    let alone = issues.iter().filter(|issue| {
        let fields = &issue["fields"];
        fields["parent"].is_null()
            && fields["subtasks"].as_array().is_none_or(Vec::is_empty)
            && sizes[fields["project"]["key"].as_str().unwrap()] > 12
    });
    let named = |issue: &Value| (text(&issue["id"]), text(&issue["fields"]["project"]["key"]));
    let plain: Vec<(String, String)> = alone.take(count).map(named).collect();
    assert_eq!(plain.len(), count, "too few plain issues");
    plain
}

fn projects(site: &Site) -> BTreeSet<String> {
    site.truth("issues").iter().map(|issue| text(&issue["fields"]["project"]["key"])).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn each_kind_of_deletion_is_distinguished_as_far_as_jira_does() {
    for (lacks, deleted, detected_by) in
        [("", "deleted", "id_snapshot+audit_log"), ("\"ADMINISTER\"", "deleted_or_hidden", "id_snapshot")]
    {
        let site = Site::new(200, 41, &format!("[account]\nlacks = [{lacks}]"));
        let mut destination = Destination::default();
        assert_eq!(sync(&site, &mut destination, json!({})).records("deleted_issues").len(), 0);
        let some = plain(&site, 3);
        site.edit(Edit::Delete { issue: some[0].0.clone() }).unwrap();
        site.edit(Edit::Hide { issue: some[1].0.clone() }).unwrap();
        site.edit(Edit::ArchiveIssue { issue: some[2].0.clone() }).unwrap();
        let reported = reported_deletions(&sync(&site, &mut destination, json!({})));
        let kinds: Vec<[&Value; 2]> =
            some.iter().map(|(id, _)| [&reported[id]["kind"], &reported[id]["detectedBy"]]).collect();
        let hidden = [&json!("deleted_or_hidden"), &json!("id_snapshot")];
        assert_eq!(kinds, [[&json!(deleted), &json!(detected_by)], hidden, hidden]);
        assert_eq!(reported.len(), 3);
        let row = &reported[&some[0].0];
        assert_eq!(row["projectKey"], *some[0].1);
        assert!(row["lastSeenAt"].as_str() < row["detectedAt"].as_str());
        assert_eq!((row["deletedAt"].is_string(), row["deletedBy"].is_string()), (lacks.is_empty(), lacks.is_empty()));
        assert_eq!(sync(&site, &mut destination, json!({})).records("deleted_issues").len(), 0, "reported once");
    }
}

#[test]
fn what_became_of_a_project_became_of_its_issues() {
    let site = Site::new(200, 42, "");
    let key = plain(&site, 1)[0].1.clone();
    let inside = site.truth("issues").iter().filter(|issue| issue["fields"]["project"]["key"] == *key).count();
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    let project = || key.clone();
    for (edit, back, kind) in [
        (Edit::ArchiveProject { project: project() }, Edit::RestoreProject { project: project() }, "archived"),
        (Edit::TrashProject { project: project() }, Edit::RestoreProject { project: project() }, "project_in_trash"),
        (
            Edit::RevokeProjectAccess { project: project() },
            Edit::GrantProjectAccess { project: project() },
            "access_lost",
        ),
    ] {
        site.edit(edit).unwrap();
        let reported = reported_deletions(&sync(&site, &mut destination, json!({})));
        assert_eq!(reported.len(), inside, "{kind}");
        assert!(reported.values().all(|row| row["kind"] == kind && row["projectKey"] == *key), "{kind}");
        site.edit(back).unwrap();
        let back = sync(&site, &mut destination, json!({}));
        assert_eq!(
            (back.records("issues").len(), back.records("deleted_issues").len()),
            (inside, 0),
            "{kind}: back again"
        );
    }
}

/// Its `updated` does not change, so only the ID snapshot shows it.
#[test]
fn a_newly_visible_issue_is_read_with_all_its_children() {
    let site = Site::new(150, 43, "");
    let some = plain(&site, 2);
    site.edit(Edit::Hide { issue: some[0].0.clone() }).unwrap();
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    site.edit(Edit::ArchiveIssue { issue: some[1].0.clone() }).unwrap();
    sync(&site, &mut destination, json!({}));
    site.edit(Edit::Show { issue: some[0].0.clone() }).unwrap();
    site.edit(Edit::UnarchiveIssue { issue: some[1].0.clone() }).unwrap();
    let output = sync(&site, &mut destination, json!({}));
    assert_eq!(output.records("issues").len(), 2);
    assert!(output.logs().iter().any(|log| log.contains("2 issues became visible without an update")));
    assert_holds(&site, &destination, &STREAMS[..2]);
    assert_eq!(sync(&site, &mut destination, json!({})).records("issues").len(), 0);
}

#[test]
fn sub_tasks_go_with_their_parent_and_children_of_an_epic_stay() {
    let site = Site::new(300, 44, "");
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    let issues = site.truth("issues");
    let subtasks = |issue: &Value| issue["fields"]["subtasks"].as_array().map_or(0, Vec::len);
    let parent = issues.iter().find(|issue| subtasks(issue) > 0).expect("a parent");
    let of = |parent: &Value| -> Vec<String> {
        issues
            .iter()
            .filter(|issue| issue["fields"]["parent"]["id"] == parent["id"])
            .map(|issue| text(&issue["id"]))
            .collect()
    };
    let epic =
        issues.iter().find(|issue| subtasks(issue) == 0 && !of(issue).is_empty()).expect("an epic with children");
    for issue in [parent, epic] {
        site.edit(Edit::Delete { issue: text(&issue["id"]) }).unwrap();
    }
    let reported = reported_deletions(&sync(&site, &mut destination, json!({})));
    assert!(of(parent).iter().all(|id| reported.contains_key(id)), "sub-tasks");
    assert!(of(epic).iter().all(|id| !reported.contains_key(id)), "children of the epic");
    assert_eq!(reported.len(), 2 + of(parent).len());
}

/// Lost permissions look like deleted issues.
#[test]
fn half_of_a_project_is_not_reported_as_deleted_unless_permitted() {
    let site = Site::new(200, 45, "[account]\nlacks = [\"ADMINISTER\"]");
    let key = plain(&site, 1)[0].1.clone();
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    let inside: Vec<String> = site
        .truth("issues")
        .iter()
        .filter(|issue| issue["fields"]["project"]["key"] == *key)
        .map(|issue| text(&issue["id"]))
        .collect();
    let lost = inside.len() * 2 / 3;
    for issue in &inside[..lost] {
        site.edit(Edit::Hide { issue: issue.clone() }).unwrap();
    }
    let output = sync(&site, &mut destination, json!({}));
    assert_eq!(output.records("deleted_issues").len(), 0);
    assert!(output.logs().iter().any(|log| log.contains("mass_deletion_unconfirmed")));
    assert!(
        output.logs().iter().any(|log| log.contains(&format!("issues of project '{key}' are not visible any more")))
    );
    let reported = reported_deletions(&sync(&site, &mut destination, json!({"allow_mass_deletion_in": [key]})));
    assert_eq!(reported.len(), lost);
}

#[test]
fn an_account_without_any_project_reports_no_deletion() {
    let site = Site::new(60, 46, "");
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    site.change("[account]\nno_projects = true\nlacks = [\"ADMINISTER\"]");
    assert_eq!(sync(&site, &mut destination, json!({})).records("deleted_issues").len(), 0);
    site.change("");
    let back = sync(&site, &mut destination, json!({}));
    assert_eq!(back.records("deleted_issues").len(), 0);
    assert_holds(&site, &destination, &STREAMS[..2]);
}

#[test]
fn out_of_the_filter_is_not_deleted() {
    let site = Site::new(200, 47, "");
    let key = plain(&site, 1)[0].1.clone();
    let issues = site.truth("issues");
    let project = |issue: &Value| text(&issue["fields"]["project"]["key"]);
    let other = issues.iter().map(project).find(|other| *other != key).expect("another project");
    let members = json!({"projects": [key]});
    let mut destination = Destination::default();
    sync(&site, &mut destination, members.clone());
    // Those with children stay where they are.
    let moved = issues
        .iter()
        .filter(|issue| project(issue) == key)
        .find(|issue| site.edit(Edit::Move { issue: text(&issue["id"]), project: other.clone() }).is_ok());
    let moved = moved.expect("one that can be moved");
    let reported = reported_deletions(&sync(&site, &mut destination, members));
    let row = &reported[&text(&moved["id"])];
    assert_eq!((reported.len(), &row["kind"], &row["key"]), (1, &json!("moved_out"), &moved["key"]));
    assert!(row["movedTo"].as_str().unwrap().starts_with(&format!("{other}-")));
}

/// A project that the config names is not visible when a run starts, and visible before it ends: the query does not name it.
#[test]
fn a_project_that_becomes_visible_within_a_sync_is_not_reported() {
    for number in (2..40).step_by(3) {
        let site = Site::new(60, 47, "");
        let key = plain(&site, 1)[0].1.clone();
        let other = projects(&site).into_iter().find(|other| *other != key).expect("another project");
        let members = json!({"projects": [key, other], "track_sent_ids": true, "id_snapshot_interval_hours": 0});
        let config = site.config_with(members);
        let mut destination = Destination::default();
        let mut sync = || {
            let wanted = catalog(&STREAMS, "incremental");
            let output = site.read_with(&config, &wanted, Some(&destination.state()));
            destination.load(&output);
            output
        };
        sync().good();
        site.edit(Edit::RevokeProjectAccess { project: key.clone() }).expect("it is open");
        let back = TimelineEvent::Edit(Edit::GrantProjectAccess { project: key.clone() });
        site.set_timeline(Timeline { events: vec![(number, back)], ..Timeline::default() });
        let reported = reported_deletions(&sync());
        site.set_timeline(Timeline::default());
        let _ = site.edit(Edit::GrantProjectAccess { project: key });
        assert!(reported.values().all(|row| row["kind"] == "access_lost"), "before request {number}: {reported:?}");
        sync().good();
    }
}

/// What is missing from a list is requested once more; a failure reports nothing and loses no ID.
#[test]
fn a_wrong_or_failed_snapshot_reports_nothing() {
    let site = Site::new(250, 48, "");
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    site.change("[search]\nvanish = 0.2");
    assert_eq!(sync(&site, &mut destination, json!({})).records("deleted_issues").len(), 0);
    site.change("");
    let victim = plain(&site, 1)[0].0.clone();
    site.edit(Edit::Delete { issue: victim.clone() }).unwrap();
    let config = site.config_with(json!({"track_sent_ids": true, "id_snapshot_interval_hours": 0}));
    for route in ["/rest/api/3/auditing/record", "/rest/api/3/issue/bulkfetch"] {
        site.change(&format!("[[fault]]\nroute = \"{route}\"\nkind = \"500\""));
        let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), Some(&destination.state()));
        assert_eq!((output.code, output.statuses("deleted_issues").last()), (Some(1), Some(&"INCOMPLETE")), "{route}");
        assert_eq!(output.records("deleted_issues").len(), 0);
        destination.load(&output);
    }
    site.change("");
    assert_eq!(reported_deletions(&sync(&site, &mut destination, json!({}))).keys().collect::<Vec<_>>(), [&victim]);
}

/// Wherever the output breaks off, no issue was sent whose id no state says.
#[test]
fn ids_are_in_a_state_before_their_issues_are_sent() {
    let site = Site::new(230, 49, "");
    for mode in ["ids", "pages"] {
        let config =
            site.config_with(json!({"track_sent_ids": true, "id_snapshot_interval_hours": 0, "scan_mode": mode}));
        let output = site.read_with(&config, &catalog(&STREAMS, "incremental"), None).good();
        let mut known = source_jira::record::keys::Keys::default();
        let mut sent = 0;
        for message in &output.messages {
            let state = &message["state"]["stream"];
            if state["stream_descriptor"]["name"] == "deleted_issues" {
                let text = state["stream_state"]["sent_ids"].as_str().expect("the state knows ids");
                known = source_jira::record::keys::Keys::decode(text, 10_000).unwrap();
            } else if message["record"]["stream"] == "issues" {
                let row = &message["record"]["data"];
                let id = row["id"].as_str().unwrap().parse().unwrap();
                assert_eq!(known.key(id).as_deref(), row["key"].as_str(), "{mode}: {id} is sent before it is known");
                sent += 1;
            }
        }
        assert_eq!(sent, site.truth("issues").len());
    }
}

/// A stream that was not read when an issue became visible has missed it.
#[test]
fn a_stream_that_missed_newly_visible_issues_is_refreshed_in_full() {
    let site = Site::new(80, 53, "");
    let some = plain(&site, 1);
    site.edit(Edit::Hide { issue: some[0].0.clone() }).unwrap();
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    site.edit(Edit::Show { issue: some[0].0.clone() }).unwrap();
    site.advance_clock(Duration::from_secs(1_000));
    let config = site.config_with(json!({"track_sent_ids": true, "id_snapshot_interval_hours": 0}));
    let without =
        site.read_with(&config, &catalog(&["issues", "deleted_issues"], "incremental"), Some(&destination.state()));
    destination.load(&without.good());
    let output = sync(&site, &mut destination, json!({}));
    assert!(output.logs().iter().any(|log| log.contains("issue_comments: issues became visible while")));
    assert_holds(&site, &destination, &STREAMS[..2]);
}

/// What a proxy hides from the snapshot exists all the same.
#[test]
fn what_could_not_be_loaded_is_not_reported_as_deleted() {
    let site = Site::new(60, 54, "");
    let mut destination = Destination::default();
    sync(&site, &mut destination, json!({}));
    let victim = plain(&site, 1)[0].0.clone();
    site.edit(Edit::Hide { issue: victim.clone() }).unwrap();
    let broken = json!({"issues": [], "issueErrors": [{"id": victim, "errorMessage": "try again"}]}).to_string();
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("POST", "/rest/api/3/issue/bulkfetch") {
            Verdict::Answer(200, broken.clone())
        } else {
            Verdict::Pass
        }
    });
    let output = sync(&site, &mut destination, json!({"domain": proxy.host()}));
    assert_eq!(output.records("deleted_issues").len(), 0);
    assert_eq!(reported_deletions(&sync(&site, &mut destination, json!({}))).len(), 1);
}
