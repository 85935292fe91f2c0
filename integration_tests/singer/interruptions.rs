//! However a run ends, the last whole STATE is one to go on from.

use super::harness::{chosen, read, records, tap};
use crate::support::{Output, Rng, Site, Target, assert_equal, assert_singer};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

const STREAMS: [&str; 5] = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs", "labels"];
/// Every answer of this kind takes so long that a run is under way for minutes.
const SLOW: &str = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nkind = \"slow\"\ndelay_ms = 120000";

/// What a run wrote until it was killed at a byte; none if it came to its end before.
fn cut(mut command: Command, position: usize) -> Option<Output> {
    let mut child = command.stderr(Stdio::null()).spawn().expect("the executable starts");
    let mut written = Vec::new();
    let mut stdout = child.stdout.take().expect("piped");
    stdout.by_ref().take(position as u64).read_to_end(&mut written).expect("stdout can be read");
    let whole = written.len() < position;
    child.kill().expect("the process can be killed");
    child.wait().expect("the process ends");
    (!whole).then(|| Output::from(None, written, b""))
}

/// A target that keeps every line, and one that keeps only what a later STATE covers.
#[test]
fn killed_at_any_byte_it_goes_on_with_the_last_state_and_nothing_is_lost() {
    for (seed, careful) in [(0, true), (1, false), (2, true)] {
        let site = Site::new(250, 300 + seed, "");
        let catalog = chosen(&site, &STREAMS);
        let (mut target, mut rng, mut kills) = (Target::of(careful), Rng(seed), 0);
        let size = Output::of(tap(&site, &site.config(), Some(&catalog), None)).stdout.len() as u64;
        for _ in 0..8 {
            let command = tap(&site, &site.config(), Some(&catalog), target.state.as_ref());
            let Some(output) = cut(command, 1 + rng.below(size) as usize) else { continue };
            target.load(&output);
            kills += 1;
        }
        assert!(kills > 0, "seed {seed}: no run was killed");
        // A first read that was resumed covers the time up to its start; later changes come with the next sync.
        for _ in 0..2 {
            let last = read(&site, &STREAMS, target.state.as_ref());
            assert_singer(&last);
            target.load(&last);
        }
        assert_equal(&site, &target.destination(), &STREAMS);
    }
}

/// A run of many records has states on the way, after which fewer records come.
#[test]
fn a_long_read_goes_on_from_the_middle() {
    let site = Site::new(1_500, 310, "");
    let streams = ["issue_comments", "issue_transitions"];
    // One request after the other, so that what is done is always what came first.
    let config = site.config_with(json!({"max_concurrency": 1}));
    let whole = Output::of(tap(&site, &config, Some(&chosen(&site, &streams)), None));
    let all = assert_singer(&whole).loaded;
    let on_the_way = |message: &&Value| {
        message.pointer("/value/bookmarks/issue_comments/position/backfill/created").is_some_and(Value::is_string)
    };
    let middle = whole.messages.iter().rfind(on_the_way).expect("a STATE on the way");
    let rest = assert_singer(&read(&site, &streams, Some(&middle["value"])));
    assert!(rest.loaded < all, "{} of {all}", rest.loaded);
}

#[test]
fn states_of_streams_that_end_together_are_one_line() {
    let site = Site::new(150, 311, "");
    let output = read(&site, &STREAMS, None);
    let states = output.messages.iter().filter(|message| message["type"] == "STATE").count();
    assert!(states <= 2 * STREAMS.len(), "{states} states");
    let pairs = output.messages.windows(2).filter(|pair| pair.iter().all(|message| message["type"] == "STATE"));
    assert_eq!(pairs.count(), 0);
}

#[test]
fn a_stream_that_fails_makes_the_exit_code_1_and_keeps_its_bookmark() {
    let fault = "[[fault]]\nroute = \"/rest/api/3/project/{projectIdOrKey}/version\"\nkind = \"forbidden\"";
    let site = Site::new(30, 312, fault);
    let known = json!({"bookmarks": {"project_versions": {"version": 1, "mode": "full_refresh", "after": "10000", "offset": 0}}});
    let output = read(&site, &["project_versions", "labels"], Some(&known));
    assert_eq!(output.code, Some(1));
    let error = output.stderr.lines().find(|line| line.starts_with("ERROR ")).expect("an error");
    assert!(error.starts_with("ERROR project_versions: "), "{error}");
    let mut target = Target::default();
    target.load(&output);
    assert_eq!(target.rows("labels").len(), site.truth("labels").len());
    let bookmarks = &target.state.expect("a state")["bookmarks"];
    assert_eq!(bookmarks["project_versions"]["after"], "10000", "{bookmarks}");
    assert_eq!(bookmarks["labels"], json!({"__ab_full_refresh_sync_complete": true}));
}

/// The first line of a run, and the run.
fn begun(site: &Site) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut child =
        tap(site, &site.config(), Some(&chosen(site, &["issues"])), None).spawn().expect("the executable starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    (child, stdout, line)
}

#[cfg(unix)]
#[test]
fn sigterm_kills_and_leaves_whole_lines() {
    use std::os::unix::process::ExitStatusExt as _;
    let site = Site::new(300, 313, SLOW);
    let (mut child, mut stdout, mut lines) = begun(&site);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs").success());
    stdout.read_to_string(&mut lines).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").signal(), Some(15));
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
}

#[test]
fn a_target_that_goes_away_ends_the_run() {
    // Far more than a pipe holds, so there is always something left to write.
    let site = Site::new(400, 314, "");
    let (mut child, stdout, line) = begun(&site);
    assert!(line.contains("\"SCHEMA\""), "{line}");
    drop(stdout);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_on_stderr() {
    let site = Site::new(30, 315, "");
    for discover in [false, true] {
        let mut command = tap(&site, &site.config(), None, None);
        command.args(discover.then_some("--discover"));
        command.stdout(std::fs::File::options().write(true).open("/dev/full").expect("/dev/full"));
        let output = command.output().expect("the executable starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr.contains("source-jira: can't write the output"), "{stderr}");
    }
}

#[test]
fn a_log_that_is_not_read_blocks_nothing() {
    let site = Site::new(30, 316, "");
    let mut command = tap(&site, &site.config(), Some(&chosen(&site, &["labels"])), None);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stderr(writer);
    let output = Output::of(command);
    assert_singer(&output);
    assert_eq!(records(&output, "labels").len(), site.truth("labels").len());
}

#[test]
fn the_closing_report_can_be_had_as_json() {
    let site = Site::new(30, 317, "");
    let path = site.file_path("report.json");
    let mut command = tap(&site, &site.config(), Some(&chosen(&site, &["labels"])), None);
    command.arg("--report").arg(&path);
    assert_singer(&Output::of(command));
    let report: Value = serde_json::from_slice(&std::fs::read(path).expect("a report")).expect("JSON");
    assert_eq!(report["streams"]["labels"]["status"], "complete");
}
