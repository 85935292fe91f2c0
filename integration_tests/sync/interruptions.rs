//! Interruptions: a reader that goes away, and SIGTERM.

use super::FAMILY;
use crate::support::{Destination, Output, Site, assert_equal, assert_valid_so_far, catalog};
use std::{
    io::Read,
    process::{Child, Command},
    time::{Duration, Instant},
};

fn wait(child: &mut Child) -> Option<i32> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "the process does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let slow = "[[fault]]\nroute = \"*\"\nkind = \"slow\"\ndelay_ms = 30";
    let site = Site::new(200, 101, slow);
    let mut child = site.read_command(&site.config(), &catalog(&FAMILY, "incremental"), None).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 64];
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let begin = Instant::now();
    let code = wait(&mut child);
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(stderr, "", "quietly");
    assert_ne!(code, Some(0), "what nobody read was not delivered");
}

#[test]
fn sigterm_leaves_a_prefix_to_resume_from() {
    let slow = "[[fault]]\nroute = \"*\"\nkind = \"slow\"\ndelay_ms = 60";
    let site = Site::new(120, 102, slow);
    let mut destination = Destination::default();
    for wait_ms in [100, 400, 800] {
        let mut command =
            site.read_command(&site.config(), &catalog(&FAMILY, "incremental"), Some(&destination.state()));
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        let sent = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
        assert!(sent.success());
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        assert_eq!(wait(&mut child), None, "ended by the signal, not by itself");
        let output = Output::from(None, stdout, b"");
        assert_valid_so_far(&output);
        destination.load(&output);
    }
    site.set_scenario(jira_simulator::Scenario::default());
    destination.load(&site.read(&FAMILY, "incremental", Some(&destination.state())).good());
    assert_equal(&site, &destination, &FAMILY);
}
