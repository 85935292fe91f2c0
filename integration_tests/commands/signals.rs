//! How a process ends on a signal, or when its output is closed.

use super::{
    harness::{like, run},
    login_site::LoginSite,
};
use crate::support::{Output, Site, assert_valid_so_far, catalog};
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write as _},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Every answer but the first few takes so long that a run is under way for minutes.
const SLOW: &str = "[[fault]]\nroute = \"/rest/api/3/issue/bulkfetch\"\nkind = \"slow\"\ndelay_ms = 120000";

fn reading(site: &Site) -> Command {
    site.read_command(&site.config(), &catalog(&["issues", "issue_types"], "incremental"), None)
}

/// As [`reading`], with a report, and no signal ignored: a shell ignores SIGINT for what it starts in the background.
#[cfg(unix)]
fn reporting(site: &Site) -> Command {
    let read = reading(site);
    let mut command = Command::new(if cfg!(target_os = "linux") { "env" } else { "/usr/bin/env" });
    if cfg!(target_os = "linux") {
        command.arg("--default-signal=INT,TERM,HUP,QUIT");
    }
    command.arg(read.get_program()).args(read.get_args()).arg("--report").arg(site.file_path("report.json"));
    like(&read, command)
}

#[cfg(unix)]
fn send(signal: &str, process: impl ToString) {
    let kill = Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status().expect("kill runs");
    assert!(kill.success(), "{signal}");
}

/// The whole lines that a run wrote from `begun` on; the last one is the LOG about the signal.
#[cfg(unix)]
fn assert_stopped(site: &Site, signal: &str, begun: String, mut stdout: impl Read) -> Output {
    let mut text = begun;
    stdout.read_to_string(&mut text).expect("UTF-8");
    assert!(text.ends_with('\n'), "{text}");
    // It parses each line.
    let output = Output::from(None, text.into_bytes(), &[]);
    assert_valid_so_far(&output);
    assert!(!output.statuses("issues").contains(&"COMPLETE"));
    let last = format!("Stopped by {signal}. To resume, pass the last STATE of this output with --state.");
    assert_eq!(output.logs().last().copied(), Some(last.as_str()));
    let report = std::fs::read(site.file_path("report.json")).expect("a report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["streams"]["issues"]["status"], "incomplete", "{report:#}");
    output
}

/// PyAirbyte takes the exit code 143 for an error and the death by SIGTERM for an answer.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_read_with_whole_lines_a_last_word_and_a_report() {
    use std::os::unix::process::ExitStatusExt as _;
    for (signal, number, code) in
        [("INT", Some(2), None), ("TERM", Some(15), None), ("HUP", Some(1), None), ("QUIT", None, Some(131))]
    {
        let site = Site::new(300, 1, SLOW);
        let mut child = reporting(&site).spawn().expect("the executable starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut first = String::new();
        // The stream with few records is done by then.
        while !first.contains("COMPLETE") {
            assert!(stdout.read_line(&mut first).expect("UTF-8") > 0, "{first}");
        }
        let begin = Instant::now();
        send(signal, child.id());
        let output = assert_stopped(&site, &format!("SIG{signal}"), first, stdout);
        let (status, stderr) = ended(child);
        assert_eq!((status.signal(), status.code(), stderr.as_str()), (number, code, ""), "{signal}");
        assert!(begin.elapsed() < Duration::from_secs(4), "{signal}: {:?}", begin.elapsed());
        assert!(output.statuses("issue_types").contains(&"COMPLETE"), "what it had read is there");
    }
}

/// The report must not wait for a reader of stdout that has stopped; a second signal does not wait for anything.
#[cfg(unix)]
#[test]
fn a_reader_that_has_stopped_keeps_no_run_alive() {
    use std::os::unix::process::ExitStatusExt as _;
    for again in [false, true] {
        // More than a pipe and the queue hold.
        let site = Site::new(3_000, 1, "");
        let mut child = reporting(&site).spawn().expect("the executable starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut String::new()).expect("a line");
        std::thread::sleep(Duration::from_secs(2));
        let begin = Instant::now();
        send("INT", child.id());
        let report = site.file_path("report.json");
        while !report.exists() {
            assert!(begin.elapsed() < Duration::from_secs(4), "no report");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(child.try_wait().expect("it can be waited for").is_none(), "it still waits for the reader");
        if again {
            send("INT", child.id());
        }
        let (status, _) = ended(child);
        let took = begin.elapsed();
        assert_eq!((status.signal(), status.code()), (Some(2), None));
        assert!(if again { took < Duration::from_secs(4) } else { took < Duration::from_secs(9) }, "{took:?}");
        drop(stdout);
    }
}

/// What `nohup` starts outlives the terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_process_was_started_to_ignore_is_ignored() {
    use std::os::unix::process::ExitStatusExt as _;
    let site = Site::new(300, 1, SLOW);
    let read = reading(&site);
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", "--ignore-signal=HUP"]).arg(read.get_program()).args(read.get_args());
    let mut child = like(&read, command).spawn().expect("the executable starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut String::new()).expect("a line");
    send("HUP", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("it can be waited for").is_none());
    send("INT", child.id());
    assert_eq!(ended(child).0.signal(), Some(2));
}

/// Other commands than a read have nothing to say; as a first process they would ignore each of these.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_every_command_of_the_first_process_of_a_container() {
    let Some(apart) = apart() else { return };
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        let code = 128
            + match signal {
                "INT" => 2,
                "TERM" => 15,
                "HUP" => 1,
                _ => 3,
            };
        let site = Site::new(300, 1, SLOW);
        let read = reporting(&site);
        let (mut child, mut stdout, first) = first_process(&apart, &read);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        send(signal, first);
        assert_stopped(&site, &format!("SIG{signal}"), line, stdout);
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{signal}");
    }

    let site = Site::new(30, 1, "[[fault]]\nroute = \"*\"\nkind = \"slow\"\ndelay_ms = 120000");
    let config = site.file("c.json", site.config().to_string()).display().to_string();
    let login = LoginSite::new(&[]);
    let commands = [
        site.command(&["check", "--config", &config]),
        site.command(&["check", "--report", "--config", &config]),
        site.command(&["discover", "--config", &config]),
        site.command(&["singer", "--discover", "--config", &config]),
        site.command(&["projects", "--config", &config]),
        site.command(&["demo", "--serve"]),
        site.command(&["demo", "--latency", "60000", "--out", "shown"]),
        login.command(&[]),
    ];
    for command in commands {
        let (mut child, _stdout, first) = first_process(&apart, &command);
        wait_until_it_listens(&first);
        send("INT", first);
        let begin = Instant::now();
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{command:?}");
        assert!(begin.elapsed() < Duration::from_secs(4), "{command:?}: {:?}", begin.elapsed());
    }
}

/// The prompt hides what is typed; Ctrl-C at it must leave a terminal that shows it.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_at_a_hidden_prompt_leaves_a_terminal_that_shows_what_is_typed() {
    let login = LoginSite::new(&[]);
    let mut command = login.command(&[]);
    command.env_remove("SOURCE_JIRA_CLIENT_SECRET");
    let quoted: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().expect("UTF-8")))
        .collect();
    let shell = format!("trap : INT; {}; echo code=$?; stty -a", quoted.join(" "));
    let mut script = Command::new("env");
    script.args(["--default-signal=INT", "script", "--quiet", "--command", &shell, "/dev/null"]);
    let mut child = like(&command, script).stdin(Stdio::piped()).spawn().expect("script starts");
    let mut stdout = child.stdout.take().expect("piped");
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"(not displayed): ") {
        assert_eq!(stdout.read(&mut byte).expect("it is read"), 1, "{}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    std::thread::sleep(Duration::from_millis(300));
    child.stdin.take().expect("piped").write_all(b"\x03").expect("it is written");
    stdout.read_to_end(&mut text).expect("it is read");
    child.wait().expect("it ends");
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("code=130") && text.contains(" echo ") && text.contains("isig "), "{text}");
    assert!(!text.contains("-echo ") && !text.contains("Can't read"), "{text}");
}

/// How to start a process that is the first of a namespace, as in a container; nothing where the machine does not allow it.
#[cfg(target_os = "linux")]
fn apart() -> Option<[&'static str; 6]> {
    const APART: [&str; 6] = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
    let allowed = Command::new(APART[0]).args(&APART[1..]).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine allows no process to be the first of a namespace");
        return None;
    }
    Some(APART)
}

/// Waits until a process catches SIGINT (proc(5): `SigCgt`).
#[cfg(target_os = "linux")]
fn wait_until_it_listens(process: &str) {
    let begin = Instant::now();
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 0b10 != 0)
    };
    while !catches() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a command as the first process of a namespace, with no signal ignored; also returns its ID as others see it.
#[cfg(target_os = "linux")]
fn first_process(apart: &[&str], command: &Command) -> (Child, BufReader<ChildStdout>, String) {
    let mut first = Command::new(apart[0]);
    first.args(&apart[1..]).args(["env", "--default-signal=INT,TERM,HUP,QUIT"]);
    first.arg(command.get_program()).args(command.get_args());
    let mut child = like(command, first).spawn().expect("unshare starts");
    let begin = Instant::now();
    let id = loop {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
        if !children.trim().is_empty() {
            break children.trim().to_owned();
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "no child");
        std::thread::sleep(Duration::from_millis(20));
    };
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    (child, stdout, id)
}

/// Waits for the end, but not for ever.
fn ended(mut child: Child) -> (ExitStatus, String) {
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
