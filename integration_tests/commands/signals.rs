//! How a process ends on SIGTERM, or when its output is closed.

use super::harness::run;
use crate::support::{Output, Site, catalog};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Every answer but the first few takes so long that a run is under way for minutes.
const SLOW: &str = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nkind = \"slow\"\ndelay_ms = 120000";

fn reading(site: &Site) -> Command {
    site.read_command(&site.config(), &catalog(&["issues", "issue_types"], "incremental"), None)
}

/// PyAirbyte takes the exit code 143 for an error and the death by the signal for an answer.
#[cfg(unix)]
#[test]
fn sigterm_kills_and_leaves_whole_lines() {
    use std::os::unix::process::ExitStatusExt as _;
    let site = Site::new(300, 1, SLOW);
    let mut child = reading(&site).spawn().expect("the executable starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut seen = vec![lines.next().expect("a line").expect("UTF-8")];
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(kill.success());
    seen.extend(lines.map(|line| line.expect("UTF-8")));
    let status = child.wait().expect("it ends");
    assert_eq!((status.signal(), status.code()), (Some(15), None));
    let text = seen.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
    let output = Output::from(None, text.into_bytes(), &[]);
    assert!(!output.statuses("issues").contains(&"COMPLETE"));
}

/// Waits for the end, but not for ever.
fn ended(mut child: std::process::Child) -> (ExitStatus, String) {
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status,
            None if begin.elapsed() > Duration::from_secs(20) => {
                child.kill().expect("it can be killed");
                panic!("it goes on though nobody listens");
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
    (status, stderr)
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    // Far more than a pipe holds, so there is always something left to write.
    let site = Site::new(400, 1, "");
    let mut child = reading(&site).spawn().expect("the executable starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("{\"type\":"), "{line}");
    // The pipe is closed here.
    let (status, stderr) = ended(child);
    assert_eq!((status.code(), stderr.as_str()), (Some(1), ""));
}

#[test]
fn the_output_is_closed_from_the_start() {
    let site = Site::new(30, 1, "");
    let config = site.file("c.json", site.config().to_string()).display().to_string();
    for arguments in [&["spec"][..], &["discover", "--config", &config], &["check", "--config", &config]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = site.command(arguments);
        command.stdout(writer);
        let child = command.spawn().expect("the executable starts");
        drop(command);
        let (status, stderr) = ended(child);
        assert_eq!((status.code(), stderr.as_str()), (Some(1), ""), "{arguments:?}");
    }
}

/// A full disk is not a reader that went away: it is reported on stderr.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_fails_with_one_line() {
    let site = Site::new(30, 1, "");
    let config = site.file("c.json", site.config().to_string()).display().to_string();
    let streams =
        site.file("streams.json", catalog(&["issue_types"], "full_refresh").to_string()).display().to_string();
    for arguments in [
        &["spec"][..],
        &["discover", "--config", &config],
        &["check", "--config", &config],
        &["read", "--config", &config, "--catalog", &streams],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let mut command = site.command(arguments);
        command.stdout(Stdio::from(full));
        let output = run(&site, command);
        assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.starts_with("source-jira: can't write the output: "), "{}", output.stderr);
    }
}
