//! `check`: whether the connection works, and if not, why, in one sentence.

use super::session::{self, Loaded};
use crate::{
    cli::Configured,
    client::{
        Client, Request, SignIn,
        sign_in::{sites::About, tokens::Keeper},
    },
    config::{self, Config, near_miss},
    protocol::{Failure, Message, Status},
    record::page,
    sync::{
        run,
        scope::{filter, projects},
    },
};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tokio::time::Instant;

/// A check that takes longer has failed: nobody waits for DNS for ten minutes.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(options: &Configured) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let (emitter, path) = (Arc::clone(&out), options.config.clone());
    session::run(&out, async move {
        // A file that is not there, or no JSON, is no answer about the connection; a bad config is.
        let written = session::file(&path, "config")?;
        config::readable(&written).map_err(|error| Failure::config(error.to_string()))?;
        let outcome = match session::config(&emitter, &written, &path) {
            Ok(Loaded { config, keeper }) => try_out(&config, keeper).await,
            Err(failure) => Err(failure),
        };
        let (status, message) = match outcome {
            Ok(message) => (Status::Succeeded, message),
            Err(failure) => (Status::Failed, failure.message),
        };
        emitter.message(&Message::connection_status(status, message));
        Ok(())
    })
}

/// Signs in, and looks for what the config wants.
pub async fn try_out(config: &Config, keeper: Arc<dyn Keeper>) -> Result<String, Failure> {
    let sign_in = SignIn::new(config, keeper)?;
    patiently(config, &sign_in, ask(config, &sign_in)).await
}

/// Gives up what takes longer than somebody in front of a screen can be expected to wait.
pub async fn patiently<T>(
    config: &Config,
    sign_in: &SignIn<'_>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        result = work => result,
        failure = impatience(config, sign_in) => Err(failure),
    }
}

/// Ends when waiting is over, or when Jira itself says that it would not do.
async fn impatience(config: &Config, sign_in: &SignIn<'_>) -> Failure {
    let begin = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left = PATIENCE.saturating_sub(begin.elapsed());
        if let Some(wait) = sign_in.gate().closed_for().filter(|wait| *wait > left) {
            return Failure::transient(format!(
                "Jira's rate limit is used up for another {} min. Try again then; other apps share the site's limits.",
                wait.as_secs().div_ceil(60)
            ));
        }
        if left.is_zero() {
            return Failure::transient(format!(
                "{} did not answer within {} s. Check the address, the network, and HTTPS_PROXY if there is a proxy; then try again.",
                config.site().host(),
                PATIENCE.as_secs()
            ));
        }
    }
}

/// Signs in, and makes sure that what the config wants can be seen.
async fn ask(config: &Config, sign_in: &SignIn<'_>) -> Result<String, Failure> {
    let client = sign_in.connect(2).await?;
    missing_projects(config, &client).await?;
    if let Some(doubt) = filter::doubts(&client, config).await? {
        return Err(Failure::config(doubt));
    }
    let visible = visible_projects(&client).await?;
    let organization = sign_in.organization().await?;
    let identity = client.identity();
    let mut message = format!("Signed in to {}", place(config, &client).await);
    match &identity.name {
        Some(name) => message.push_str(&format!(" as {name}")),
        None => message.push_str(" (the token lacks the scope read:jira-user, so Jira does not tell as whom)"),
    }
    if let Some(count) = visible {
        message.push_str(&format!(", {count} project(s) visible"));
    }
    message.push('.');
    if let Some(advice) = identity.advice() {
        message.push_str(&format!(" {advice}"));
    }
    if let Some(name) = organization {
        message.push_str(&format!(" The API key of the organization {name} is good."));
    }
    Ok(message)
}

/// The site's address; a config with a gateway address does not tell it.
async fn place(config: &Config, client: &Client) -> String {
    let host = config.site().host().to_owned();
    if config.site().cloud_id().is_none() {
        return host;
    }
    About::ask(client).await.ok().map(|about| about.base_url).filter(|url| !url.is_empty()).unwrap_or(host)
}

/// Fails with the names of wanted projects that can't be seen, and what they may have been meant to be.
async fn missing_projects(config: &Config, client: &Client) -> Result<(), Failure> {
    let missing = run::missing_projects(client, config).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let known = projects::visible_keys(client).await.unwrap_or_default();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let named: Vec<String> = missing
        .iter()
        .map(|key| match near_miss(key, &known) {
            Some(near) => format!("{key} (did you mean {near}?)"),
            None => key.clone(),
        })
        .collect();
    Err(Failure::config(format!(
        "These projects in `projects` do not exist or may not be browsed by this account: {}. Correct their keys, or give the \
         account the permission to browse them; `source-jira projects` lists those it sees.",
        named.join(", ")
    )))
}

/// How many projects the account sees, if Jira says; an error if none.
async fn visible_projects(client: &Client) -> Result<Option<i64>, Failure> {
    let request = Request::get("/rest/api/3/project/search", &[]).query("maxResults", "1").tries(2);
    let projects = client.call(&request).await?;
    let page = page::split(&projects.body, "values").unwrap_or_default();
    if page.records.is_empty() {
        return Err(Failure::config(
            "Signed in, but this account sees no project. Give it product access to Jira and the permission to browse projects.",
        ));
    }
    Ok(page.total)
}
