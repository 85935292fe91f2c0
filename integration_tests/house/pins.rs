//! What builds the connector is pinned, a workflow has no more rights than it needs, and no secret gets into git or an image.

use super::source::{File, files, read};
use std::collections::BTreeSet;

fn workflows() -> Vec<File> {
    let found: Vec<File> = files(".github/workflows").into_iter().filter(|file| file.path.ends_with(".yml")).collect();
    assert!(found.len() >= 3, "{found:?}");
    found
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.chars().all(|letter| letter.is_ascii_digit() || ('a'..='f').contains(&letter))
}

/// What is wrong with a line that uses an action: its full commit has to be there, and the tag of it as a comment.
fn fault_of_action(line: &str) -> Option<&'static str> {
    let used = line.trim_start().trim_start_matches("- ").strip_prefix("uses: ")?;
    let Some((_, pin)) = used.split_once('@') else { return Some("no version") };
    let (commit, tag) = pin.split_once(" # ").unwrap_or((pin, ""));
    match (is_hex(commit, 40), tag.strip_prefix('v').is_some_and(|tag| tag.split('.').count() == 3)) {
        (false, _) => Some("no full commit"),
        (_, false) => Some("no tag as a comment"),
        _ => None,
    }
}

/// What is wrong with a line that names a base: an image needs its digest. Stages are known by then, and so are the arguments that
/// name them.
fn fault_of_base(line: &str, known: &mut BTreeSet<String>) -> Option<&'static str> {
    if let Some((name, stage)) = line.strip_prefix("ARG ").and_then(|argument| argument.split_once('=')) {
        let is_image = stage.contains(':') || stage.contains('/');
        known.insert(format!("${{{name}}}"));
        return is_image.then_some("an image as an argument, which Dependabot does not update");
    }
    let mut words = line.strip_prefix("FROM ")?.split_whitespace();
    let base = words.next().unwrap_or_default();
    let fault = match base.split_once("@sha256:") {
        Some((_, digest)) if is_hex(digest, 64) => None,
        None if known.contains(base) => None,
        _ => Some("no digest"),
    };
    known.extend(words.nth(1).map(str::to_owned));
    fault
}

#[test]
fn actions_are_pinned_by_commit() {
    for file in workflows() {
        let mut used = 0;
        for line in file.text.lines().filter(|line| line.contains("uses:")) {
            assert_eq!(fault_of_action(line), None, "{}: {line}", file.path);
            used += 1;
        }
        assert!(used > 0, "{}", file.path);
    }
    for bad in [
        "uses: a/b",
        "  - uses: actions/checkout@v4",
        "uses: actions/checkout@11bd719 # v4.2.2",
        "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
        "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4",
    ] {
        assert!(fault_of_action(bad).is_some(), "{bad}");
    }
}

#[test]
fn bases_are_pinned_by_digest() {
    let mut known = BTreeSet::new();
    let text = read("Dockerfile");
    for line in text.lines() {
        assert_eq!(fault_of_base(line, &mut known), None, "{line}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("FROM ")).count(), 4);
    for bad in ["FROM busybox:1.37-musl", "ARG BASE=busybox:1.37-musl", "FROM busybox@sha256:12 AS x", "FROM ${OTHER}"]
    {
        assert!(fault_of_base(bad, &mut known).is_some(), "{bad}");
    }
}

#[test]
fn workflows_can_only_read_unless_they_publish() {
    for file in workflows() {
        assert!(file.text.contains("\npermissions:\n  contents: read\n"), "{}", file.path);
        let writes = file.text.matches("contents: write").count();
        assert_eq!(writes, usize::from(file.path.ends_with("/release.yml")), "{}", file.path);
        assert_eq!(file.text.matches(": write").count(), writes, "{}", file.path);
        let checkouts = file.text.matches("uses: actions/checkout@").count();
        assert_eq!(file.text.matches("persist-credentials: false").count(), checkouts, "{}", file.path);
        // An expression within a script is code for whoever names a branch.
        for script in file.text.split("run: ").skip(1) {
            let within = |line: &&str| line.is_empty() || line.starts_with("          ");
            let lines: Vec<&str> = script.lines().take(1).chain(script.lines().skip(1).take_while(within)).collect();
            assert!(!lines.concat().contains("${{"), "{}: {lines:?}", file.path);
        }
    }
}

#[test]
fn rust_is_the_same_in_every_workflow_and_in_the_image() {
    let image = read("Dockerfile");
    let (_, image) = image.split_once("FROM rust:").expect("a base with Rust");
    let wanted = image.split('-').next().expect("a version");
    for file in workflows() {
        for line in file.text.lines().filter(|line| line.contains("rustup toolchain install")) {
            assert!(line.contains(&format!(" {wanted}.")), "{}: {line}", file.path);
        }
    }
}

/// What both lists leave out, as patterns for any folder.
#[test]
fn secrets_get_neither_into_git_nor_into_an_image() {
    let listed = |path: &str| -> BTreeSet<String> {
        let text = read(path);
        let (_, section) = text.split_once("# Secrets, ").expect("a section");
        let plain = |line: &str| line.trim_start_matches("**/").trim_start_matches('/').to_owned();
        section.lines().skip(1).map(plain).collect()
    };
    let (git, docker) = (listed(".gitignore"), listed(".dockerignore"));
    assert_eq!(git, docker);
    for name in ["config.json", "state.json", "secrets", "*.local.json", ".env"] {
        assert!(git.contains(name), "{name}");
    }
}

#[test]
fn every_static_executable_is_built_with_the_same_flags() {
    for path in ["Dockerfile", ".ci/image", ".ci/run", ".github/workflows/release.yml"] {
        assert!(read(path).contains("-C target-feature=+crt-static -C relocation-model=static"), "{path}");
    }
}
