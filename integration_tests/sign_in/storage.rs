//! A refresh token is used only where the next one can be kept: read-only folders and files, files mounted alone, full disks,
//! other owners. With real mounts, in a namespace of the command's own.

use crate::{
    commands::harness::{like, listed, redact, refusal, reported, run, verdict},
    support::{Form, Proxy, Site, Verdict, catalog},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// The command with mounts that only it sees, or `None` where the system permits none. `mounts` is a script.
fn mounted(mounts: &str, command: &Command) -> Option<Command> {
    let namespace = ["--user", "--map-root-user", "--mount"];
    let permitted = Command::new("unshare")
        .args(namespace)
        .args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !permitted {
        println!("skipped: this system permits no mounts");
        return None;
    }
    let mut whole = Command::new("unshare");
    whole.args(namespace).args(["sh", "-ec", &format!("{mounts}\nexec \"$@\""), "sh"]);
    whole.arg(command.get_program()).args(command.get_args());
    Some(like(command, whole))
}

/// A site whose folder has `own/config.json`, and the command of a `check` with it.
fn checking(more: &Value) -> (Site, Command) {
    let site = Site::new(1, 1, "");
    let mut config = site.config_of(Form::OAuth);
    for (name, value) in more.as_object().expect("an object") {
        config[name] = value.clone();
    }
    std::fs::create_dir(site.file_path("own")).expect("a writable folder");
    let path = site.file("own/config.json", config.to_string());
    let mut command = site.command(&["check", "--config"]);
    command.arg(path);
    (site, command)
}

fn content(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the config is there")).expect("the config is whole")
}

const READ_ONLY_FOLDER: &str = "mount --bind own own; mount -o remount,ro,bind own";
const READ_ONLY_FILE: &str = "mount --bind own/config.json own/config.json; mount -o remount,ro,bind own/config.json";
const FULL_DISK: &str = "cp own/config.json kept; mount -t tmpfs -o size=32k tmpfs own; cp kept own/config.json
    dd if=/dev/zero of=own/filling bs=4k 2>/dev/null || true";
const FULL_DISK_AND_FILE: &str = "cp own/config.json kept; mkdir full; mount -t tmpfs -o size=32k tmpfs full
    cp kept full/config.json; dd if=/dev/zero of=full/filling bs=4k 2>/dev/null || true
    mount --bind full/config.json own/config.json";

#[test]
fn a_refresh_token_is_not_used_where_the_next_one_cannot_be_kept() {
    let mut rows = Vec::new();
    for (case, mounts) in [
        ("a read-only folder", READ_ONLY_FOLDER),
        ("a read-only file", READ_ONLY_FILE),
        ("a full disk", FULL_DISK),
        ("a file that is mounted alone, on a full disk", FULL_DISK_AND_FILE),
    ] {
        let (site, command) = checking(&json!({}));
        let Some(command) = mounted(mounts, &command) else { return };
        rows.push((case, verdict(&site, &run(&site, command))));
        assert_eq!(site.log().requests, 0, "{case}");
        // Where somebody stores CONTROL messages, the file does not matter.
        for (more, environment) in [(json!({}), Some(("WORKER_JOB_ID", "7"))), (json!({"persist_tokens": false}), None)]
        {
            let (site, mut command) = checking(&more);
            command.envs(environment);
            let Some(command) = mounted(mounts, &command) else { return };
            let output = run(&site, command);
            assert!(verdict(&site, &output).starts_with("SUCCEEDED"), "{case}: {more} {environment:?}");
            assert_eq!(output.of_type("CONTROL").count(), 1, "{case}");
        }
    }
    insta::assert_snapshot!("not_storable", listed(&rows));
}

#[test]
fn a_file_that_is_mounted_alone_is_written_in_place() {
    for (case, mounts) in [
        ("the file", "mount --bind real.json own/config.json"),
        (
            "the file, in a read-only folder",
            "mount --bind own own; mount -o remount,ro,bind own; mount --bind real.json own/config.json",
        ),
    ] {
        let (site, command) = checking(&json!({"projects": ["CORE"]}));
        let real = site.file_path("real.json");
        std::fs::copy(site.file_path("own/config.json"), &real).expect("a writable folder");
        let before = content(&real);
        for round in 0..3 {
            let Some(command) = mounted(mounts, &command) else { return };
            let text = verdict(&site, &run(&site, command));
            assert!(text.starts_with("SUCCEEDED"), "{case}, {round}: {text}");
            assert_eq!(site.log().count("POST /oauth/token"), round + 1, "{case}");
            // Later than the leeway: only what was saved counts.
            site.advance_clock(Duration::from_secs(2 * 3600));
            let mut config = content(&real);
            config["credentials"]["token_expiry_date"] = "2026-01-31T12:00:00Z".into();
            std::fs::write(&real, config.to_string()).expect("a writable folder");
        }
        let after = content(&real);
        assert_ne!(after["credentials"]["refresh_token"], before["credentials"]["refresh_token"], "{case}");
        assert_eq!(after["projects"], before["projects"], "{case}");
        assert_eq!(std::fs::read_dir(site.file_path("own")).expect("readable").count(), 1, "{case}");
    }
}

/// The superuser renews the config, and the report, of another user; and a user renews a file that another one owns.
#[cfg(unix)]
#[test]
fn a_renewed_file_keeps_its_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let site = Site::new(1, 1, "");
    let mut command = site.read_command(&site.config_of(Form::OAuth), &catalog(&["projects"], "full_refresh"), None);
    let (config, report) = (site.file_path("config.json"), site.file("report.json", "{}"));
    command.arg("--report").arg(&report);
    for path in [&config, &report] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640)).expect("our own file");
        if chown(path, Some(1234), Some(4321)).is_err() {
            println!("skipped: only the superuser can test this");
            return;
        }
    }
    let before = content(&config);
    run(&site, command).good();
    assert_ne!(content(&config), before);
    for path in [&config, &report] {
        let metadata = path.metadata().expect("there");
        assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o777), (1234, 4321, 0o640), "{path:?}");
    }

    // Here the user may not set the owner, so the file is written in place.
    let (site, command) = checking(&json!({}));
    let config = site.file_path("own/config.json");
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o666)).expect("our own file");
    chown(&config, Some(1234), Some(4321)).expect("the superuser");
    let before = content(&config);
    let Some(command) = mounted("true", &command) else { return };
    assert!(verdict(&site, &run(&site, command)).starts_with("SUCCEEDED"));
    let metadata = config.metadata().expect("there");
    assert_eq!((metadata.uid(), metadata.gid()), (1234, 4321));
    assert_ne!(content(&config)["credentials"]["refresh_token"], before["credentials"]["refresh_token"]);
}

/// The file becomes unwritable between the check and Atlassian's reply: the run fails, and says where the new token is.
#[test]
fn a_token_that_could_not_be_saved_fails_the_run() {
    let site = Site::new(10, 1, "");
    let path = site.file_path("config.json");
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("POST", "/oauth/token") {
            std::fs::remove_file(&path).expect("the config");
            std::fs::create_dir(&path).expect("a writable folder");
        }
        Verdict::Pass
    });
    let mut command = site.read_command(&site.config_of(Form::OAuth), &catalog(&["projects"], "full_refresh"), None);
    command.env("ATLASSIAN_AUTH_URL", format!("http://{}", proxy.host()));
    let output = run(&site, command);
    insta::assert_snapshot!("not_stored", refusal(&site, &output));
    assert_eq!((output.of_type("CONTROL").count(), output.of_type("RECORD").count()), (1, 0));
    assert_eq!(proxy.of("POST", "/oauth/token").len(), 1);
}

/// These write no CONTROL message, so `persist_tokens: false` leaves no place for the new token.
#[test]
fn commands_without_control_messages_need_the_file() {
    let site = Site::new(1, 1, "");
    let mut config = site.config_of(Form::OAuth);
    config["persist_tokens"] = json!(false);
    let mut command = site.command(&["projects", "--config"]);
    command.arg(site.file("config.json", config.to_string()));
    let printed = reported(&site, command);
    assert_eq!((printed.code, site.log().requests), (Some(1), 0));
    insta::assert_snapshot!("no_place_for_tokens", redact(&site, &printed.stderr));
}
