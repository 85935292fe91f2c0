//! Refresh tokens are replaced at each use: the new one is out before anything is done with it, and never lost.

use crate::{
    commands::harness::{listed, redact, reported, run, run_with, verdict},
    support::{Form, Output, Proxy, Site, Verdict, catalog},
};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

fn read(site: &Site, config: &Value) -> Output {
    run(site, site.read_command(config, &catalog(&["projects"], "full_refresh"), None))
}

fn refresh_token(config: &Value) -> &str {
    config["credentials"]["refresh_token"].as_str().expect("a refresh token")
}

fn saved(site: &Site) -> Value {
    let bytes = std::fs::read(site.file_path("config.json")).expect("the config is there");
    serde_json::from_slice(&bytes).expect("the config is whole")
}

#[test]
fn the_platform_has_the_new_token_before_it_is_used() {
    let site = Site::new(10, 1, "");
    let seen = site.file("seen", "");
    let before = site.config_of(Form::OAuth);
    // A proxy before the API: when a request with a new token arrives, the token has been reported already.
    let stdout = site.file("stdout", "");
    let reported = stdout.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.path.starts_with("/ex/jira/") {
            let so_far = std::fs::read_to_string(&reported).unwrap_or_default();
            let early = if so_far.contains(r#"{"type":"CONTROL""#) { "" } else { "a request came before CONTROL\n" };
            let before = std::fs::read_to_string(&seen).unwrap_or_default();
            std::fs::write(&seen, before + early).expect("a writable folder");
        }
        Verdict::Pass
    });
    let mut command = site.read_command(&before, &catalog(&["projects"], "full_refresh"), None);
    command.env("ATLASSIAN_API_URL", format!("http://{}", proxy.host()));
    command.stdout(std::fs::File::create(&stdout).expect("a writable folder"));
    assert!(command.status().expect("the executable starts").success());
    assert!(proxy.asked().iter().any(|asked| asked.path.starts_with("/ex/jira/")));
    assert_eq!(std::fs::read_to_string(site.file_path("seen")).ok().as_deref(), Some(""));

    let output = Output::from(Some(0), std::fs::read(&stdout).expect("stdout"), b"");
    let controls: Vec<&Value> = output.of_type("CONTROL").collect();
    let [control] = controls.as_slice() else { panic!("not one CONTROL: {controls:#?}") };
    let after = &control["connectorConfig"]["config"];
    assert_ne!(refresh_token(after), refresh_token(&before));
    // The whole config, and besides the tokens nothing else than before.
    let mut expected = before.clone();
    for member in ["refresh_token", "access_token", "token_expiry_date"] {
        expected["credentials"][member] = after["credentials"][member].clone();
        assert!(after["credentials"][member].is_string(), "{member}");
    }
    assert_eq!(after, &expected);
    // The next run goes on with it, and needs no new one within the hour.
    let again = read(&site, after).good();
    assert_eq!(again.of_type("CONTROL").count(), 0);
}

/// An answer that repeats what it was asked with must not bring the token into a message.
#[test]
fn new_tokens_are_as_secret_as_old_ones() {
    let site = Site::new(1, 1, "");
    let proxy = Proxy::new(&site.host(), |asked| match asked.path.ends_with("/rest/api/3/myself") {
        true => {
            Verdict::Answer(403, json!({"errorMessages": [format!("Not with {}", asked.authorization)]}).to_string())
        }
        false => Verdict::Pass,
    });
    let command = |arguments: &[&str]| {
        let mut command = site.command(arguments);
        command.arg("--config").arg(site.file("config.json", site.config_of(Form::OAuth).to_string()));
        command.env("ATLASSIAN_API_URL", format!("http://{}", proxy.host()));
        command
    };
    let text = verdict(&site, &run(&site, command(&["check", "--debug"])));
    assert!(text.contains("Not with Bearer ***"), "{text}");
    for arguments in [&["projects", "--debug"][..], &["check", "--report"], &["check", "--report", "--format", "json"]]
    {
        let reported = reported(&site, command(arguments));
        assert_eq!(reported.code, Some(1), "{arguments:?}");
        assert!(reported.stderr.contains("Not with Bearer ***"), "{arguments:?}: {}", reported.stderr);
    }
}

#[test]
fn the_file_is_renewed_where_that_is_ours_to_do() {
    let table = [
        (json!({}), &[][..], true),
        (json!({"persist_tokens": true}), &[][..], true),
        (json!({"persist_tokens": false}), &[][..], false),
        (json!({}), &[("WORKER_JOB_ID", "7")][..], false),
        (json!({}), &[("WORKER_CONNECTOR_IMAGE", "source-jira:1")][..], false),
        (json!({"persist_tokens": true}), &[("WORKER_JOB_ID", "7")][..], true),
    ];
    for (members, environment, renewed) in table {
        let site = Site::new(1, 1, "");
        let mut config = site.config_of(Form::OAuth);
        for (name, value) in members.as_object().expect("an object") {
            config[name] = value.clone();
        }
        let mut command = site.read_command(&config, &catalog(&["projects"], "full_refresh"), None);
        command.envs(environment.iter().copied());
        let output = run(&site, command).good();
        let control = output.of_type("CONTROL").next().expect("a CONTROL either way");
        let expected = if renewed { &control["connectorConfig"]["config"] } else { &config };
        assert_eq!(&saved(&site), expected, "{members} {environment:?}");
        assert_eq!(leftovers(&site), 0, "{members}");
    }
}

fn leftovers(site: &Site) -> usize {
    let folder = site.file_path("x").parent().map(Path::to_owned).expect("a folder");
    let names = std::fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().contains(".new")).count()
}

#[cfg(unix)]
#[test]
fn a_renewed_file_keeps_its_mode_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let site = Site::new(1, 1, "");
    let target = site.file("target.json", site.config_of(Form::OAuth).to_string());
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).expect("our own file");
    let link = site.file_path("link.json");
    symlink(&target, &link).expect("a link");
    let mut command = site.command(&["check", "--config"]);
    command.arg(&link);
    assert!(verdict(&site, &run(&site, command)).starts_with("SUCCEEDED"));
    assert!(link.symlink_metadata().expect("there").file_type().is_symlink(), "the link is still a link");
    let metadata = target.metadata().expect("there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    let renewed: Value = serde_json::from_slice(&std::fs::read(&target).expect("readable")).expect("JSON");
    assert!(renewed["credentials"]["access_token"].is_string());
}

/// A pipe can't be rewritten: that has to be known before the token is used up.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_renewed_is_refused_before_the_token_is_used() {
    use std::io::Write;
    let site = Site::new(1, 1, "");
    let mut config = site.config_of(Form::OAuth);
    config["persist_tokens"] = json!(true);
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(config.to_string().as_bytes()).expect("room for a config");
    drop(writer);
    let mut command = site.command(&["check", "--config", "/dev/stdin"]);
    command.stdin(reader);
    insta::assert_snapshot!("not_renewable", verdict(&site, &run(&site, command)));
    assert_eq!(site.log().count("POST /oauth/token"), 0);
}

/// The answer with the new token got lost; the old one works for ten minutes more.
#[test]
fn a_lost_answer_is_asked_for_again() {
    for kind in ["reset", "cut", "broken_json", "503", "429", "html"] {
        let site = Site::new(1, 1, &format!("[[fault]]\nroute = \"/oauth/token\"\nfirst = 1\nkind = \"{kind}\""));
        read(&site, &site.config_of(Form::OAuth)).good();
        assert_eq!(site.log().count("POST /oauth/token"), 2, "{kind}");
        site.change("");
        assert!(verdict(&site, &run_with(&site, &["check"], &saved(&site))).starts_with("SUCCEEDED"), "{kind}");
    }
}

/// An answer without a refresh token leaves the old one in force.
#[test]
fn an_app_without_rotation_keeps_its_token() {
    let site = Site::new(1, 1, "[sign_in]\nrotate = false");
    let config = site.config_of(Form::OAuth);
    read(&site, &config).good();
    assert_eq!(refresh_token(&saved(&site)), refresh_token(&config));
    site.advance_clock(Duration::from_secs(2 * 3600));
    read(&site, &saved(&site)).good();
}

#[test]
fn why_a_refresh_token_does_not_work_any_more() {
    let day = Duration::from_secs(24 * 3600);
    let ended = |days: i64| (chrono::Utc::now() - chrono::TimeDelta::days(days)).to_rfc3339();
    let check = |site: &Site, config: &Value| verdict(site, &run_with(site, &["check"], config));
    let with_end = |site: &Site, days: i64| {
        let mut config = site.config_of(Form::OAuth);
        config["credentials"]["access_token"] = json!("sim-access-of-old");
        config["credentials"]["token_expiry_date"] = json!(ended(days));
        config
    };
    // Two copies of one config: the other one was faster, and ten minutes have passed.
    let copied = |config: fn(&Site) -> Value| {
        let site = Site::new(1, 1, "");
        let copy = config(&site);
        read(&site, &site.config_of(Form::OAuth)).good();
        site.advance_clock(Duration::from_secs(11 * 60));
        (check(&site, &copy), site)
    };
    let idle = Site::new(1, 1, "");
    idle.advance_clock(91 * day);
    let revoked = Site::new(1, 1, "[sign_in]\nrevoked = true");
    let rows = [
        ("used by a copy of the config, when is not known", copied(|site| site.config_of(Form::OAuth)).0),
        ("idle for 91 days, and the config knows", check(&idle, &with_end(&idle, 91))),
        ("idle for 91 days, and the config does not know", check(&idle, &idle.config_of(Form::OAuth))),
        ("revoked, and renewed 2 days ago", check(&revoked, &with_end(&revoked, 2))),
        ("revoked", check(&revoked, &revoked.config_of(Form::OAuth))),
        ("another copy used it since it was renewed 2 days ago", {
            let (_, site) = copied(|site| site.config_of(Form::OAuth));
            check(&site, &with_end(&site, 2))
        }),
    ];
    insta::assert_snapshot!("lost_tokens", listed(&rows.map(|(case, text)| (case, without_times(&text)))));
}

/// `2026-01-31T12:00:00Z` is another one at each run.
fn without_times(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches(['.', ',', ';']);
        let is_time = bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        if is_time { word.replace(bare, "[TIME]") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A second process that shares the file has renewed the token there.
#[test]
fn a_token_that_another_process_saved_is_taken() {
    let site = Site::new(1, 1, "");
    let old = site.config_of(Form::OAuth);
    read(&site, &old).good();
    let renewed = saved(&site);
    site.advance_clock(Duration::from_secs(11 * 60));
    // It reads the old config, and the file changes before it asks for a token.
    let path = site.file_path("config.json");
    let proxy = Proxy::new(&site.host(), move |asked| {
        if asked.is("POST", "/oauth/token") {
            std::fs::write(&path, renewed.to_string()).expect("a writable folder");
        }
        Verdict::Pass
    });
    let mut command = site.read_command(&old, &catalog(&["projects"], "full_refresh"), None);
    command.env("ATLASSIAN_AUTH_URL", format!("http://{}", proxy.host()));
    let output = run(&site, command).good();
    assert_eq!(proxy.of("POST", "/oauth/token").len(), 2);
    assert!(output.logs().iter().any(|line| line.contains("Another process")), "{:?}", output.logs());
}

/// A platform that only handles CONTROL has a config that works after every run.
#[test]
fn a_month_of_syncs_with_the_config_that_control_brings() {
    let site = Site::new(10, 1, "");
    let mut config = site.config_of(Form::OAuth);
    config["persist_tokens"] = json!(false);
    for hours in [1, 5, 24, 200, 500] {
        let output = read(&site, &config);
        assert_eq!(output.code, Some(0), "{}", redact(&site, &output.errors().join(" ")));
        if let Some(control) = output.of_type("CONTROL").last() {
            config = control["connectorConfig"]["config"].clone();
        }
        site.advance_clock(Duration::from_secs(hours * 3600));
        // By this machine's clock no time has passed, so the connector goes by the refusal.
    }
    assert!(site.log().count("POST /oauth/token") >= 5);
}

/// When to ask again is counted from the server's clock, not from ours.
#[test]
fn a_token_endpoint_that_names_a_time_is_not_waited_for_by_our_clock() {
    let fault = "[[fault]]\nroute = \"/oauth/token\"\nfirst = 1\nkind = \"503\"\nheaders = \"reset\"\nseconds = 1";
    let site = Site::new(1, 1, fault);
    site.advance_clock(Duration::from_secs(20 * 24 * 3600));
    let begin = std::time::Instant::now();
    read(&site, &site.config_of(Form::OAuth)).good();
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}
