//! What these tests share: each run is held to what is true of every run, and its texts become comparable.

use crate::support::{Output, Site, assert_valid};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// A token that no site accepts, with characters that other encodings change.
pub const WRONG: &str = "hush/tok+en=1";
/// tap-airbyte-wrapper never drains stderr, so it has to stay small.
const STDERR: usize = 1024;

/// Runs a command and holds it to what is true of every run: only JSON lines on stdout, little on stderr, no secret
/// anywhere.
pub fn run(site: &Site, command: Command) -> Output {
    let output = Output::of(command);
    assert!(output.stderr.len() < STDERR, "too much on stderr: {}", output.stderr);
    // CONTROL alone carries the config as it is.
    let lines = output.stdout.lines().filter(|line| !line.starts_with(r#"{"type":"CONTROL""#));
    assert_hidden(site, lines.chain(output.stderr.lines()));
    output
}

/// What a command for people wrote, and how it ended.
pub struct Printed {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command for people: no colours, no secret anywhere.
pub fn reported(site: &Site, mut command: Command) -> Printed {
    let output = command.output().expect("the executable starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let reported = Printed { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(
        !reported.stdout.contains('\x1b') && !reported.stderr.contains('\x1b'),
        "{}{}",
        reported.stdout,
        reported.stderr
    );
    assert_hidden(site, reported.stdout.lines().chain(reported.stderr.lines()));
    reported
}

fn assert_hidden<'a>(site: &Site, lines: impl Iterator<Item = &'a str>) {
    let secrets = secrets(site);
    let leaks: Vec<&str> = lines.filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect();
    assert!(leaks.is_empty(), "a secret shows in: {leaks:#?}");
}

/// Every secret as it is, percent-encoded, and as the header of each e-mail address has it. Access and refresh tokens
/// that the simulator issues are known by how they begin.
fn secrets(site: &Site) -> Vec<String> {
    let known = site.credentials();
    let tokens = [
        site.token(),
        WRONG,
        &known.scoped_token,
        &known.service_token,
        &known.client_id,
        &known.client_secret,
        &known.refresh_token,
        &known.service_client_id,
        &known.service_client_secret,
        &known.org_key,
        &known.scoped_org_key,
    ];
    let mut secrets = vec!["sim-access-".to_owned(), "sim-refresh-".to_owned()];
    for token in tokens {
        secrets.push(token.to_owned());
        secrets.push(token.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"));
        secrets.push(STANDARD.encode(token).trim_end_matches('=').to_owned());
        for email in [site.email(), &known.service_email] {
            secrets.push(STANDARD.encode(format!("{email}:{token}")).trim_end_matches('=').to_owned());
        }
    }
    secrets
}

/// `check`, `discover` and the like with a config.
pub fn run_with(site: &Site, arguments: &[&str], config: &Value) -> Output {
    let mut command = site.command(arguments);
    // The most talkative way, for the sake of the search for secrets.
    command.arg("--debug").arg("--config").arg(site.file("config.json", config.to_string()));
    run(site, command)
}

/// `read` with files of any content; what is missing is fine.
pub fn read_files(site: &Site, config: Option<&[u8]>, catalog: Option<&[u8]>, state: Option<&[u8]>) -> Output {
    let good = site.config().to_string();
    let one = crate::support::catalog(&["issue_types"], "full_refresh").to_string();
    let mut command = site.command(&["read", "--debug", "--config"]);
    command.arg(site.file("config.json", config.unwrap_or(good.as_bytes())));
    command.arg("--catalog").arg(site.file("catalog.json", catalog.unwrap_or(one.as_bytes())));
    if let Some(state) = state {
        command.arg("--state").arg(site.file("state.json", state));
    }
    let output = run(site, command);
    assert_valid(&output);
    output
}

/// The plain config with another token.
pub fn with_wrong_token(site: &Site) -> Value {
    let mut config = site.config();
    config["credentials"]["api_token"] = json!(WRONG);
    config
}

/// The one sentence of a run that must fail for the user's own reasons: one TRACE ERROR `config_error`, exit code 1,
/// nothing on stderr.
pub fn refusal(site: &Site, output: &Output) -> String {
    let errors: Vec<&Value> =
        output.of_type("TRACE").filter(|trace| trace["type"] == "ERROR").map(|trace| &trace["error"]).collect();
    let [error] = errors.as_slice() else { panic!("not one error: {errors:#?}") };
    assert_eq!(error["failure_type"], "config_error", "{error:#}");
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""), "{error:#}");
    redact(site, error["message"].as_str().unwrap_or_default())
}

/// Status and message of a `check`, which always ends with exit code 0 and never with a TRACE ERROR.
pub fn verdict(site: &Site, output: &Output) -> String {
    let statuses: Vec<&Value> = output.of_type("CONNECTION_STATUS").collect();
    let [status] = statuses.as_slice() else { panic!("not one status: {}", output.stdout) };
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{status:#}");
    assert!(output.errors().is_empty(), "clients take a TRACE ERROR for a crash: {:?}", output.errors());
    let message = status["message"].as_str().unwrap_or_default();
    assert!(!message.contains('\n') && message.ends_with('.'), "not a sentence: {message}");
    redact(site, &format!("{}: {message}", status["status"].as_str().unwrap_or_default()))
}

/// The text without what changes from run to run: ports, folders, seconds.
pub fn redact(site: &Site, text: &str) -> String {
    let probe = site.file("probe", "");
    let folder = probe.parent().map(Path::display).map(|folder| folder.to_string()).unwrap_or_default();
    let mut text = text.replace(&site.host(), "[SITE]").replace(&folder, "[FOLDER]");
    for (before, after) in [(" tries in ", " s"), ("(os error ", ")"), ("127.0.0.1:", " ")] {
        let mut done = String::new();
        while let Some((head, tail)) = text.split_once(before) {
            let end = tail.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(tail.len());
            let mark = if tail[end..].starts_with(after) || after == " " { "[N]" } else { &tail[..end] };
            done.push_str(&format!("{head}{before}{mark}"));
            text = tail[end..].to_owned();
        }
        text = done + &text;
    }
    text
}

/// A table of cases and what came of them, as one snapshot that reads well.
pub fn listed(rows: &[(&str, String)]) -> String {
    rows.iter().map(|(case, text)| format!("{case}\n    {text}\n")).collect::<Vec<_>>().join("\n")
}

/// A command with the environment, the folder and the pipes of another.
#[cfg(unix)]
pub fn like(other: &Command, mut command: Command) -> Command {
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(other.get_current_dir().expect("a folder"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
