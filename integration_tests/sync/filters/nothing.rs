//! Archived projects, and configs that let nothing through: said by `check` and by the report, never an empty table without a
//! word.

use super::{ids, read};
use crate::{
    commands::harness::{run_with, verdict},
    support::{Destination, Output, Proxy, Site, Verdict, assert_holds, catalog},
};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

#[test]
fn archived_projects_are_asked_for_when_wanted() {
    let site = Site::new(40, 25, "");
    let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for entity in ["issues", "archived_issues"] {
        expected.extend(site.truth(entity).iter().map(|issue| issue["id"].as_str().expect("an ID").to_owned()));
    }
    assert!(!site.truth("archived_issues").is_empty());
    for mode in ["ids", "pages"] {
        let config =
            site.config_with(json!({"domain": proxy.host(), "include_archived_projects": true, "scan_mode": mode}));
        let mut destination = Destination::default();
        destination.load(&site.read_with(&config, &catalog(&["issues"], "incremental"), None).good());
        let searches = proxy.of("GET", "/rest/api/3/search/jql");
        let asks = |path: &str| path.contains("includeArchivedProjects=true");
        assert!(!searches.is_empty() && searches.iter().all(|asked| asks(&asked.path)), "{mode}");
        assert_holds(&site, &destination, &["issues"]);
        assert_eq!(destination.table("issues").keys().cloned().collect::<BTreeSet<_>>(), expected, "{mode}");
    }
}

/// Single issues of an archived project answer "not found": what has to be requested of them comes when it is restored, and
/// nothing is asked for again until then.
#[test]
fn the_children_of_archived_issues_come_when_their_project_is_restored() {
    let streams = ["issues", "issue_votes", "issue_properties", "issue_comments", "issue_worklogs", "issue_changelogs"];
    // Most comments, worklogs and changes have to be requested.
    let site = Site::new(120, 26, "[search]\nlight_page = 5\n");
    let project = site.truth("issues")[0]["fields"]["project"]["key"].as_str().expect("a key").to_owned();
    for mode in ["ids", "pages"] {
        site.edit(Edit::ArchiveProject { project: project.clone() }).expect("it is open");
        let config = site.config_with(json!({"include_archived_projects": true, "scan_mode": mode}));
        let mut destination = Destination::default();
        let read = |destination: &mut Destination| {
            site.advance_clock(Duration::from_secs(3_600));
            let state = destination.state();
            let output = site.read_with(&config, &catalog(&streams, "incremental"), Some(&state)).good();
            destination.load(&output);
            output
        };
        let first = read(&mut destination);
        let told = |output: &Output| output.logs().iter().any(|log| log.contains("archived_unreadable"));
        assert!(told(&first), "{mode}: {:?}", first.logs());
        let second = read(&mut destination);
        assert!(!told(&second), "{mode}: {:?}", second.logs());
        site.edit(Edit::RestoreProject { project: project.clone() }).expect("it is archived");
        read(&mut destination);
        assert_holds(&site, &destination, &streams);
        let last = read(&mut destination);
        assert_eq!(last.of_type("RECORD").count(), 0, "{mode}");
    }
}

/// Keys of the projects that are archived, and of one that is not.
fn archived(site: &Site) -> (Vec<String>, String) {
    let projects = site.truth("projects");
    let keys = |is: bool| {
        let wanted = projects.iter().filter(move |project| (project["archived"] == true) == is);
        wanted.map(|project| project["key"].as_str().expect("a key").to_owned()).collect::<Vec<_>>()
    };
    (keys(true), keys(false).remove(0))
}

#[test]
fn a_config_that_lets_nothing_through_is_told() {
    let site = Site::new(60, 25, "");
    let (archived, _) = archived(&site);
    let mut said = Vec::new();
    for members in [
        json!({"projects": archived}),
        json!({"start_date": "2044-05-01T00:00:00Z"}),
        json!({"created_after": "2044-05-01T00:00:00Z"}),
    ] {
        let config = site.config_with(members.clone());
        let verdict = verdict(&site, &run_with(&site, &["check"], &config));
        assert!(verdict.starts_with("FAILED"), "{members}: {verdict}");
        said.push(format!("{members}\n    {verdict}"));
        for streams in [&["issues", "issue_comments"][..], &["board_issues"]] {
            let output = site.read_with(&config, &catalog(streams, "incremental"), None).good();
            assert_eq!(output.of_type("RECORD").count(), 0, "{members}");
            let warned = |text: &str| output.logs().iter().any(|log| log.contains(text));
            assert!(warned("No issue can match: ") && warned("nothing_can_match"), "{members}: {:#?}", output.logs());
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

/// The next sync brings everything once the config is right, though this one moved on.
#[test]
fn nothing_is_lost_by_a_config_that_let_nothing_through() {
    let site = Site::new(60, 25, "");
    let (archived, _) = archived(&site);
    for members in [json!({"projects": archived}), json!({"start_date": "2044-05-01T00:00:00Z"})] {
        let mut destination = Destination::default();
        destination.load(&read(&site, members, None).good());
        destination.load(&read(&site, json!({}), Some(&destination.state())).good());
        assert_holds(&site, &destination, &["issues", "issue_comments", "issue_changelogs"]);
    }
}

#[test]
fn an_archived_project_among_others_is_a_word_and_no_failure() {
    let site = Site::new(60, 25, "");
    let (archived, live) = archived(&site);
    let members = json!({"projects": [live, archived[0]]});
    let verdict = verdict(&site, &run_with(&site, &["check"], &site.config_with(members.clone())));
    let note = format!("{} in `projects` is archived", archived[0]);
    assert!(verdict.starts_with("SUCCEEDED") && verdict.contains(&note), "{verdict}");
    let output = read(&site, members, None).good();
    assert!(!ids(&output).is_empty() && output.logs().iter().any(|log| log.contains(&note)), "{:#?}", output.logs());
    let with = read(&site, json!({"projects": [live, archived[0]], "include_archived_projects": true}), None).good();
    let of = |row: &&Value| row["fields"]["project"]["key"] == *archived[0];
    assert!(with.records("issues").iter().any(of));
}
