//! Killed anywhere around a rotation: the token that was kept still works, or the message is exact.

use crate::{
    commands::harness::{run_with, verdict},
    support::{Form, Output, Rng, Site, catalog, read_until},
};
use serde_json::Value;
use std::{process::Stdio, time::Duration};

/// What a platform would have by now: the last whole CONTROL, or the config as it was.
fn kept(output: &Output, before: &Value) -> Value {
    output.of_type("CONTROL").last().map_or(before.clone(), |control| control["connectorConfig"]["config"].clone())
}

fn check(site: &Site, config: &Value) -> String {
    verdict(site, &run_with(site, &["check"], config))
}

fn saved(site: &Site) -> Value {
    let bytes = std::fs::read(site.file_path("config.json")).expect("the config is there");
    serde_json::from_slice(&bytes).expect("the config is whole, whatever happened")
}

#[test]
fn killed_at_any_byte_both_copies_of_the_config_go_on() {
    let wanted = catalog(&["projects"], "full_refresh");
    for seed in 0..12 {
        println!("seed {seed}");
        let site = Site::new(10, 1, "");
        let before = site.config_of(Form::OAuth);
        let position = 1 + Rng(seed).below(2_500) as usize;
        let output = match read_until(&site, &before, &wanted, None, position) {
            Ok(output) | Err(output) => output,
        };
        let (platform, file) = (kept(&output, &before), saved(&site));
        // Within the ten minutes in which a replaced token still works, every copy does.
        assert!(check(&site, &file).starts_with("SUCCEEDED"), "{file}");
        assert!(check(&site, &platform).starts_with("SUCCEEDED"), "{platform}");
    }
}

#[test]
fn killed_at_any_moment_the_file_works_or_the_message_is_exact() {
    let (mut good, mut exact) = (0, 0);
    for seed in 0..24 {
        println!("seed {seed}");
        // Slow enough that kills fall before, within and after the rotation.
        let slow = "[[fault]]\nroute = \"/oauth/token\"\nkind = \"slow\"\ndelay_ms = 30";
        let site = Site::new(10, 1, slow);
        let before = site.config_of(Form::OAuth);
        let mut command = site.read_command(&before, &catalog(&["projects"], "full_refresh"), None);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the executable starts");
        std::thread::sleep(Duration::from_millis(10 + Rng(seed).below(110)));
        child.kill().expect("the process can be killed");
        child.wait().expect("the process ends");
        // Later than the leeway: only what was saved counts.
        site.advance_clock(Duration::from_secs(11 * 60));
        site.change("");
        let text = check(&site, &saved(&site));
        if text.starts_with("SUCCEEDED") {
            good += 1;
        } else {
            exact += 1;
            assert!(text.contains("two copies of a config can't share one refresh token"), "{text}");
        }
    }
    println!("{good} went on, {exact} were reported what happened");
    assert!(good >= 12, "the token is lost only in the moment between Atlassian's answer and the file");
}
