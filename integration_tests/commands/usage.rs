//! The command line: usage errors on stderr with exit code 2, and every spelling that clients use.

use super::harness::{run, verdict};
use crate::support::{Site, catalog};
use std::io::Write;

#[test]
fn usage_errors_leave_stdout_alone() {
    let site = Site::new(1, 1, "");
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["discover"],
        &["read", "--config", "c.json"],
        &["read", "--catalog", "c.json"],
        &["check", "--config"],
        &["check", "--config", "a.json", "--nonsense"],
        &["spec", "extra"],
    ] {
        let output = run(&site, site.command(arguments));
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        let reported = ["Usage:", "error: "].iter().any(|text| output.stderr.contains(text));
        assert!(reported, "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn options_come_in_every_form_and_order() {
    let site = Site::new(30, 1, "");
    site.file("c.json", site.config().to_string());
    site.file("streams.json", catalog(&["issue_types"], "full_refresh").to_string());
    site.file("s.json", "[]");
    // The site's folder is the working directory, so these are relative.
    for arguments in [
        &["check", "--config", "c.json"][..],
        &["check", "--config=c.json"],
        &["check", "--config=./c.json", "--debug"],
        &["check", "--debug", "--config", "c.json"],
    ] {
        assert!(verdict(&site, &run(&site, site.command(arguments))).starts_with("SUCCEEDED"), "{arguments:?}");
    }
    for arguments in [
        &["read", "--config", "c.json", "--catalog", "streams.json"][..],
        &["read", "--state=s.json", "--catalog=streams.json", "--config=c.json"],
        &["read", "--debug", "--state", "s.json", "--config", "c.json", "--catalog", "./streams.json"],
    ] {
        let output = run(&site, site.command(arguments)).good();
        assert!(!output.records("issue_types").is_empty(), "{arguments:?}");
        assert_eq!(output.stderr, "", "{arguments:?}");
    }
    assert_eq!(run(&site, site.command(&["spec", "--debug"])).code, Some(0));
}

/// `--config <(vault …)` hands over a pipe, which can be read once only.
#[cfg(unix)]
#[test]
fn a_config_may_come_through_a_pipe() {
    let site = Site::new(30, 1, "");
    for arguments in [&["check"][..], &["discover"]] {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(site.config().to_string().as_bytes()).expect("room for a config");
        drop(writer);
        let mut command = site.command(arguments);
        command.args(["--config", "/dev/stdin"]).stdin(reader);
        let output = run(&site, command);
        assert_eq!((output.code, output.errors().len()), (Some(0), 0), "{arguments:?}: {}", output.stdout);
        assert!(output.of_type("CONNECTION_STATUS").all(|status| status["status"] == "SUCCEEDED"), "{}", output.stdout);
    }
}

#[test]
fn any_working_directory_will_do() {
    let site = Site::new(1, 1, "");
    let config = site.file("c.json", site.config().to_string());
    let mut command = site.command(&["discover", "--config"]);
    command.arg(config).current_dir("/");
    assert_eq!(run(&site, command).of_type("CATALOG").count(), 1);
}

#[test]
fn debug_logs_repeated_requests() {
    let site = Site::new(30, 1, "[[fault]]\nroute = \"/rest/api/3/issuetype\"\nfirst = 1\nkind = \"500\"");
    let read = |arguments: &[&str]| {
        let mut command = site.read_command(&site.config(), &catalog(&["issue_types"], "full_refresh"), None);
        command.args(arguments);
        run(&site, command).good()
    };
    let debug = read(&["--debug"]);
    let lines: Vec<_> = debug.of_type("LOG").filter(|log| log["level"] == "DEBUG").collect();
    assert!(
        lines.iter().any(|log| log["message"].as_str().is_some_and(|text| text.contains("retrying in"))),
        "{lines:?}"
    );
    assert!(read(&[]).of_type("LOG").all(|log| log["level"] != "DEBUG"));
}
