//! `projects`: what there is to choose from, and what the config makes of it.

use super::harness::{Printed, redact, reported, with_wrong_token};
use crate::support::Site;
use jira_simulator::SiteOptions;
use serde_json::{Value, json};

fn projects(site: &Site, config: &Value, arguments: &[&str]) -> Printed {
    let mut command = site.command(&["projects"]);
    command.args(arguments).arg("--config").arg(site.file("config.json", config.to_string()));
    reported(site, command)
}

fn document(site: &Site, config: &Value) -> Value {
    let reported = projects(site, config, &["--format", "json"]);
    assert_eq!((reported.code, reported.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&reported.stdout).expect("one JSON document")
}

/// The table; the JSON has the same rows.
fn page(site: &Site, config: &Value) -> String {
    let table = projects(site, config, &[]);
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""));
    let rows: Vec<Vec<&str>> = table
        .stdout
        .lines()
        .skip(2)
        .take_while(|line| !line.is_empty())
        // The rest of a row that is too wide for one line.
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_whitespace().take(2).collect())
        .collect();
    let document = document(site, config);
    let listed: Vec<Vec<&str>> = document["projects"]
        .as_array()
        .expect("projects")
        .iter()
        .map(|row| vec![row["key"].as_str().unwrap_or_default(), if row["selected"] == true { "yes" } else { "no" }])
        .collect();
    assert_eq!(rows, listed);
    assert!(rows.is_sorted());
    let suggested = format!("\"projects\": {}", document["suggestion"]).replace("\",\"", "\", \"");
    assert!(table.stdout.ends_with(&format!("\n{suggested}\n")), "{suggested}");
    // What is to be pasted stays in one piece, however long.
    let mut lines = table.stdout.lines().filter(|line| !line.starts_with("\"projects\""));
    assert!(lines.all(|line| line.chars().count() <= 120 && line.trim_end() == line), "{}", table.stdout);
    undated(&redact(site, &table.stdout))
}

/// The site is as old as the day.
fn undated(text: &str) -> String {
    let is_date = |word: &str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains(['-', ':']);
    let zero = |word: &str| word.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    text.split_inclusive(' ').map(|word| if is_date(word) { zero(word) } else { word.to_owned() }).collect()
}

#[test]
fn every_visible_project_is_listed() {
    let site = Site::new(60, 1, "");
    insta::assert_snapshot!("projects_all", page(&site, &site.config()));
}

#[test]
fn the_filter_is_held_against_what_is_there() {
    let site = Site::new(60, 1, "");
    let config = site.config_with(json!({
        "projects": ["CORE", "TEEM", "OLD", "SECR"], "exclude_projects": ["AND", "ZZZZZZZZ"],
        "include_archived_projects": true,
    }));
    insta::assert_snapshot!("projects_filtered", page(&site, &config));
}

#[test]
fn all_pages_are_read() {
    let site = Site::of(&SiteOptions { issues: 20, projects: 260, seed: 1, ..SiteOptions::default() });
    let document = document(&site, &site.config());
    let keys: Vec<&str> =
        document["projects"].as_array().into_iter().flatten().filter_map(|row| row["key"].as_str()).collect();
    let truth = site.truth("projects");
    let mut known: Vec<&str> = truth
        .iter()
        .filter(|project| project["deleted"] != true)
        .filter_map(|project| project["key"].as_str())
        .collect();
    known.sort_unstable();
    assert!(known.len() > 200, "{}", known.len());
    assert_eq!(keys, known);
}

#[test]
fn an_account_with_access_to_no_project_is_an_error() {
    let site = Site::new(1, 1, "[account]\nno_projects = true");
    let reported = projects(&site, &site.config(), &[]);
    assert_eq!(reported.code, Some(0));
    insta::assert_snapshot!("projects_none", redact(&site, reported.stdout.trim_end()));
}

#[test]
fn a_failure_is_one_line_on_stderr() {
    let site = Site::new(1, 1, "");
    for format in ["table", "json"] {
        let reported = projects(&site, &with_wrong_token(&site), &["--format", format]);
        assert_eq!((reported.code, reported.stdout.as_str(), reported.stderr.lines().count()), (Some(1), "", 1));
        assert!(
            reported.stderr.starts_with("source-jira: Jira does not accept the credentials"),
            "{}",
            reported.stderr
        );
    }
}
