//! `demo`: its output, the files it writes, and the site it serves to other programs.

use super::harness::{run, run_with, verdict};
use crate::support::{Output, Site};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

#[test]
fn the_demo_shows_a_table_and_leaves_its_files() {
    let site = Site::new(1, 1, "");
    let result =
        site.command(&["demo", "--issues", "60", "--edits", "5", "--out", "shown"]).output().expect("it starts");
    let (shown, said) = (String::from_utf8_lossy(&result.stdout), String::from_utf8_lossy(&result.stderr));
    assert_eq!(result.status.code(), Some(0), "{shown}\n{said}");
    assert!(!shown.contains('\x1b') && !said.contains('\x1b'), "no colours and no progress but on a terminal");
    for part in [
        "The simulated Jira Cloud site",
        "check",
        "discover",
        "full sync",
        "5 edits",
        "incremental sync",
        "requests per",
        "shown/full.jsonl",
    ] {
        assert!(shown.contains(part), "'{part}' is not in:\n{shown}");
    }
    let row = shown.lines().find(|line| line.trim_start().starts_with("issues ")).expect("a row for issues");
    let issues: usize = row.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a count");
    assert!(shown.lines().next().unwrap_or_default().contains(&format!(" {issues} issues in ")), "{shown}");
    // Some of the generated ones lie in archived or hidden projects.
    assert!((40..=60).contains(&issues), "{row}");

    let probe = site.file("probe", "");
    let folder = probe.parent().expect("a folder").join("shown");
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let full = Output::from(None, file("full.jsonl"), &[]);
    assert_eq!(full.records("issues").len(), issues);
    let incremental = Output::from(None, file("incremental.jsonl"), &[]);
    assert!((1..issues).contains(&incremental.records("issues").len()), "{}", incremental.records("issues").len());
    for name in ["config.json", "catalog.json", "state.json"] {
        assert!(serde_json::from_slice::<Value>(&file(name)).is_ok(), "{name}");
    }
}

#[test]
fn the_served_site_says_how_to_reach_it() {
    let site = Site::new(1, 1, "");
    let mut child =
        site.command(&["demo", "--serve", "--issues", "20"]).stderr(Stdio::null()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let served: Value = serde_json::from_str(&line).expect("JSON");
    let members: Vec<&String> = served.as_object().expect("an object").keys().collect();
    let credentials =
        ["api_token", "client_id", "client_secret", "cloud_id", "domain", "email", "refresh_token", "url"];
    assert_eq!(members, credentials);
    assert_eq!(served["url"], format!("http://{}", served["domain"].as_str().unwrap_or_default()));
    let config = json!({
        "credentials": {"auth_type": "API Token", "email": served["email"], "api_token": served["api_token"]},
        "domain": served["domain"],
    });
    let checked = run_with(&site, &["check"], &config);
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    assert!(verdict(&site, &checked).starts_with("SUCCEEDED"));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let site = Site::new(1, 1, "");
    site.file("taken", "");
    let output = run(&site, {
        let mut command = site.command(&["demo", "--issues", "5", "--out", "taken"]);
        command.stdout(Stdio::null());
        command
    });
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("'taken'") && output.stderr.contains("--out"), "{}", output.stderr);
}
