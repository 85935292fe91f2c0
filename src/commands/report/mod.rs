//! `check --report`: stream by stream, what can be read, what is missing, and what to do about it.

mod probe;
mod question;
mod table;
mod verdict;

use super::{check, human, scopes};
use crate::{
    cli::{Check, Format},
    client::{Client, Kind, SignIn, sign_in::remedy::Remedies},
    config::Config,
    protocol::Failure,
    streams::{self, Stream},
};
use probe::{Findings, Found, Outcome};
use serde::Serialize;
use serde_json::{Value, json};
use std::process::ExitCode;
use verdict::{Available, Verdict};

/// Everything that was found out.
#[derive(Debug, Serialize)]
struct Report {
    signed_in: bool,
    site: String,
    /// The name of the account, or else its ID, if Jira tells.
    account: Option<String>,
    streams: Vec<Line>,
    summary: String,
}

/// What was found out about one stream.
#[derive(Debug, Serialize)]
struct Line {
    stream: &'static str,
    available: Available,
    endpoints: Vec<Endpoint>,
    /// The fewest that a token with scopes needs.
    scopes: Vec<&'static str>,
    permissions: Vec<Held>,
    why: String,
    remedy: String,
}

/// How one endpoint answered.
#[derive(Debug, Serialize)]
struct Endpoint {
    route: &'static str,
    status: Value,
    detail: String,
}

/// A permission, and whether the account has it in at least one project, if Jira tells.
#[derive(Debug, Serialize)]
struct Held {
    key: &'static str,
    name: &'static str,
    have: Option<bool>,
}

pub fn run(options: &Check) -> ExitCode {
    human::log(options.with.common.debug);
    let (path, format) = (options.with.config.clone(), options.format);
    human::run(async move {
        let report = match human::config(&path) {
            Ok((config, keeper)) => made(&config, SignIn::new(&config, keeper)).await,
            Err(failure) => Err(failure),
        };
        match (report, format) {
            (Ok(report), Format::Table) => human::show(&table::page(&report)),
            (Ok(report), Format::Json) => human::show_json(&report),
            (Err(failure), Format::Table) => Err(failure),
            (Err(failure), Format::Json) => {
                human::show_json(&json!({"signed_in": false, "message": failure.message}))?;
                Err(failure)
            }
        }
    })
}

async fn made(config: &Config, sign_in: Result<SignIn<'_>, Failure>) -> Result<Report, Failure> {
    let sign_in = sign_in?;
    let client = check::patiently(config, &sign_in, sign_in.connect(2)).await?;
    let findings = probe::ask(&client, config).await;
    if let Some(error) = findings.outcomes.values().find_map(Outcome::fatal) {
        return Err(error.into());
    }
    Ok(report(config, &client, &findings))
}

fn report(config: &Config, client: &Client, findings: &Findings) -> Report {
    let remedies = Remedies::of(&config.credentials);
    let streams: Vec<Line> = streams::ALL.iter().map(|stream| line(stream, findings, remedies)).collect();
    let identity = client.identity();
    Report {
        signed_in: true,
        site: config.site().host().to_owned(),
        account: identity.name.clone().or_else(|| identity.account.clone()),
        summary: summary(&streams, findings),
        streams,
    }
}

fn line(stream: &'static Stream, findings: &Findings, remedies: Remedies) -> Line {
    let Verdict { available, why, remedy } = verdict::of(stream, findings, remedies);
    let endpoint = |route: &'static str| {
        let (status, detail) = match findings.outcome(route) {
            Outcome::Good => (json!("ok"), String::new()),
            Outcome::Untried(why) => (json!("not tried"), why.to_string()),
            Outcome::Refused(error) => {
                (error.status.map_or(json!(named(error.kind)), Value::from), error.detail.to_string())
            }
        };
        Endpoint { route, status, detail }
    };
    let held = |permission: &streams::Permission| Held {
        key: permission.key,
        name: permission.name,
        have: findings.has(permission),
    };
    Line {
        stream: stream.name,
        available,
        endpoints: stream.routes().into_iter().map(endpoint).collect(),
        scopes: scopes::least([stream]).into_iter().collect(),
        permissions: stream.permissions.iter().map(held).collect(),
        why,
        remedy,
    }
}

/// A failure that has no HTTP status, by its name in docs/errors.md.
fn named(kind: Kind) -> &'static str {
    crate::client::classify::rule(kind).code
}

/// `24 of 26 streams can be read; 1 partly, 1 not.`
fn summary(lines: &[Line], findings: &Findings) -> String {
    let count = |available: Available| lines.iter().filter(|line| line.available == available).count();
    let rest: Vec<String> =
        [(Available::Partly, "only partly"), (Available::No, "not"), (Available::Unknown, "unknown")]
            .into_iter()
            .map(|(available, word)| (count(available), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
    let mut text = format!("{} of {} streams can be read", count(Available::Yes), lines.len());
    if !rest.is_empty() {
        text += &format!("; {}", rest.join(", "));
    }
    text.push('.');
    if findings.unscoped() {
        let all: Vec<&str> = scopes::of_all_streams().into_iter().collect();
        text += &format!(" All streams together need the scopes {}.", all.join(", "));
    }
    match findings.issue {
        Found::Wanted | Found::Unasked => {}
        Found::Other => {
            text += " No issue passes the config's filter at present; another one was used to try the endpoints. `source-jira projects` \
                     shows what there is.";
        }
        Found::None => text += " The account sees no issue, so what needs one could not be tried.",
    }
    text
}
