//! `check --report`: the access report. For each stream, whether it can be read, what is missing and what to do.

mod findings;
mod page;
mod probe;
mod verdict;

use super::{
    args::Format,
    check::{self, CheckArgs},
    console, scopes,
};
use crate::{
    client::{Client, Kind, SignIn, sign_in::remedy::Remedies},
    config::Config,
    protocol::Failure,
    streams::{self, Stream},
};
use findings::{Findings, Found, Outcome};
use serde::Serialize;
use serde_json::{Value, json};
use std::process::ExitCode;
use verdict::{Available, Verdict};

/// The access report.
#[derive(Debug, Serialize)]
struct AccessReport {
    /// Whether the credentials were accepted; `false` in the document that replaces the report otherwise.
    signed_in: bool,
    site: String,
    /// The name of the account, or its ID if the token does not give access to the name.
    account: Option<String>,
    streams: Vec<StreamAccess>,
    summary: String,
}

/// The access to one stream.
#[derive(Debug, Serialize)]
struct StreamAccess {
    stream: &'static str,
    available: Available,
    endpoints: Vec<Endpoint>,
    /// The minimal scopes that a token with scopes needs.
    scopes: Vec<&'static str>,
    permissions: Vec<PermissionCheck>,
    why: String,
    remedy: String,
}

/// The response of one endpoint.
#[derive(Debug, Serialize)]
struct Endpoint {
    route: &'static str,
    status: Value,
    detail: String,
}

/// A permission, and whether the account has it in at least one project; `null` if Jira does not say.
#[derive(Debug, Serialize)]
struct PermissionCheck {
    key: &'static str,
    name: &'static str,
    have: Option<bool>,
}

pub fn run(options: &CheckArgs) -> ExitCode {
    console::log(options.with.common.debug);
    let (path, format) = (options.with.config.clone(), options.format);
    console::run(async move {
        let report = match console::config(&path) {
            Ok((config, tokens)) => create(&config, SignIn::new(&config, tokens)).await,
            Err(failure) => Err(failure),
        };
        match (report, format) {
            (Ok(report), Format::Table) => console::show(&page::page(&report)),
            (Ok(report), Format::Json) => console::show_json(&report),
            (Err(failure), Format::Table) => Err(failure),
            (Err(failure), Format::Json) => {
                console::show_json(&json!({"signed_in": false, "message": failure.message}))?;
                Err(failure)
            }
        }
    })
}

async fn create(config: &Config, sign_in: Result<SignIn<'_>, Failure>) -> Result<AccessReport, Failure> {
    let sign_in = sign_in?;
    let client = check::within_time_limit(config, &sign_in, sign_in.connect(2)).await?;
    let findings = findings::collect(&client, config).await;
    if let Some(error) = findings.outcomes.values().find_map(Outcome::fatal) {
        return Err(error.into());
    }
    Ok(summarize(config, &client, &findings))
}

fn summarize(config: &Config, client: &Client, findings: &Findings) -> AccessReport {
    let remedies = Remedies::of(&config.credentials);
    let streams: Vec<StreamAccess> =
        streams::ALL.iter().map(|stream| stream_access(stream, findings, remedies)).collect();
    let identity = client.identity();
    AccessReport {
        signed_in: true,
        site: config.site().host().to_owned(),
        account: identity.name.clone().or_else(|| identity.account.clone()),
        summary: summary(&streams, findings),
        streams,
    }
}

fn stream_access(stream: &'static Stream, findings: &Findings, remedies: Remedies) -> StreamAccess {
    let Verdict { available, why, remedy } = verdict::of(stream, findings, remedies);
    let endpoint = |route: &'static str| {
        let (status, detail) = match findings.outcome(route) {
            Outcome::Good => (json!("ok"), String::new()),
            Outcome::Untested(why) => (json!("not tested"), why.to_string()),
            Outcome::Refused(error) => {
                (error.status.map_or(json!(code(error.kind)), Value::from), error.detail.to_string())
            }
        };
        Endpoint { route, status, detail }
    };
    let permission = |permission: &streams::Permission| PermissionCheck {
        key: permission.key,
        name: permission.name,
        have: findings.has(permission),
    };
    StreamAccess {
        stream: stream.name,
        available,
        endpoints: stream.routes().into_iter().map(endpoint).collect(),
        scopes: scopes::least([stream]).into_iter().collect(),
        permissions: stream.permissions.iter().map(permission).collect(),
        why,
        remedy,
    }
}

/// The code in docs/errors.md, for a failure without an HTTP status.
fn code(kind: Kind) -> &'static str {
    crate::client::classify::rule(kind).code
}

/// `24 of 26 streams can be read; 1 only partly, 1 not.`
fn summary(streams: &[StreamAccess], findings: &Findings) -> String {
    let count = |available: Available| streams.iter().filter(|stream| stream.available == available).count();
    let rest: Vec<String> =
        [(Available::Partly, "only partly"), (Available::No, "not"), (Available::Unknown, "unknown")]
            .into_iter()
            .map(|(available, word)| (count(available), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
    let mut text = format!("{} of {} streams can be read", count(Available::Yes), streams.len());
    if !rest.is_empty() {
        text += &format!("; {}", rest.join(", "));
    }
    text.push('.');
    if findings.unscoped() {
        let all: Vec<&str> = scopes::of_all_streams().into_iter().collect();
        text += &format!(" To read all streams, the token needs the scopes {}.", all.join(", "));
    }
    match findings.issue {
        Found::Matching | Found::Unknown => {}
        Found::Other => {
            text += " No issue matches the filter of the config, so the endpoints were tested with another issue. `source-jira projects` \
                     lists the projects and how many issues they have.";
        }
        Found::None => text += " The account has access to no issue, so endpoints that need one were not tested.",
    }
    text
}
