//! `check`: whether the connection works, and if not, why, in one sentence.

use super::session;
use crate::{
    cli::Check,
    client::{Client, Kind, Request},
    config::{self, Config},
    protocol::{Failure, Message, Status},
    record::{Object, page},
    sync::{filter, run},
};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tokio::time::Instant;

/// A check that takes longer has failed: nobody waits for DNS for ten minutes.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(options: &Check) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let (emitter, path) = (Arc::clone(&out), options.config.clone());
    session::run(&out, async move {
        // A file that is not there, or no JSON, is no answer about the connection; a bad config is.
        let written = session::file(&path, "config")?;
        config::readable(&written).map_err(|error| Failure::config(error.to_string()))?;
        let outcome = match session::config(&emitter, &written) {
            Ok(config) => try_out(&config).await,
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

/// Asks for as long as somebody in front of a form can be expected to wait.
pub async fn try_out(config: &Config) -> Result<String, Failure> {
    let client = Client::new(config)?;
    tokio::select! {
        result = ask(config, &client) => result,
        failure = impatience(config, &client) => Err(failure),
    }
}

/// Ends when waiting is over, or when Jira itself says that it would not do.
async fn impatience(config: &Config, client: &Client) -> Failure {
    let begin = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left = PATIENCE.saturating_sub(begin.elapsed());
        if let Some(wait) = client.gate().closed_for().filter(|wait| *wait > left) {
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

/// Signs in, makes sure that it is Jira Cloud, and that the wanted projects can be seen.
async fn ask(config: &Config, client: &Client) -> Result<String, Failure> {
    let host = config.site().host();
    let server =
        client.call(&Request::get("/rest/api/3/serverInfo", &[]).tries(2)).await.map_err(|error| match error.kind {
            Kind::NotFound | Kind::Redirect => {
                Failure::config(format!("There is no Jira Cloud site at {host}. Check `domain`. ({error})"))
            }
            _ => error.into(),
        })?;
    let deployment =
        Object::parse(&server.body).ok().and_then(|info| info.text("deploymentType").map(|text| text.into_owned()));
    if deployment.as_deref().is_some_and(|deployment| deployment != "Cloud") {
        return Err(Failure::config(format!(
            "{host} is Jira {}, not Jira Cloud. This connector reads Jira Cloud only.",
            deployment.unwrap_or_default()
        )));
    }
    let myself =
        client.call(&Request::get("/rest/api/3/myself", &[]).tries(2)).await.map_err(|error| match error.kind {
            Kind::Forbidden => Failure::config(format!(
                "The credentials are right, but this account may not use Jira at {host} ({}: 403, \"{}\"). Give it product access to Jira.",
                error.request, error.detail
            )),
            _ => error.into(),
        })?;
    let name =
        Object::parse(&myself.body).ok().and_then(|myself| myself.text("displayName").map(|name| name.into_owned()));
    let missing = run::missing_projects(client, config).await?;
    if !missing.is_empty() {
        return Err(Failure::config(format!(
            "These projects in `projects` do not exist or may not be browsed by this account: {}. Correct their keys, or give \
             the account the permission to browse them.",
            missing.join(", ")
        )));
    }
    if let Some(doubt) = filter::doubts(client, config).await? {
        return Err(Failure::config(doubt));
    }
    let request = Request::get("/rest/api/3/project/search", &[]).query("maxResults", "1").tries(2);
    let projects = client.call(&request).await?;
    let page = page::split(&projects.body, "values").unwrap_or_default();
    if page.records.is_empty() {
        return Err(Failure::config(
            "Signed in, but this account sees no project. Give it product access to Jira and the permission to browse projects.",
        ));
    }
    let count = page.total.map_or(String::new(), |total| format!(", {total} project(s) visible"));
    Ok(format!("Signed in to {host} as {}{count}.", name.as_deref().unwrap_or("an account without a name")))
}
