//! `check`: verifies the config and the connection, and names the cause in one sentence if one of them fails.

use super::{
    args::{ConfigArgs, Format},
    session::{self, Loaded},
};
use crate::{
    client::{
        Client, SignIn,
        sign_in::{sites::ServerInfo, tokens::TokenStore},
        transport,
    },
    config::{self, Config},
    jira::projects,
    protocol::{Failure, Message, Status, text::count},
    sync::filter::{self, Filter},
};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tokio::time::Instant;

/// A person waits for the check, so it fails after this time.
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub with: ConfigArgs,
    /// Show for each stream whether it can be read, and which scope or permission is missing
    #[arg(long)]
    pub report: bool,
    /// Output format of the report
    #[arg(long, value_enum, default_value_t, requires = "report")]
    pub format: Format,
}

pub fn run(options: &CheckArgs) -> ExitCode {
    let out = session::output(options.with.common.debug);
    let (output, path) = (Arc::clone(&out), options.with.config.clone());
    session::run(&out, async move {
        // A missing file or invalid JSON is a wrong call of the command; a config with errors is a failed check.
        let written = session::file(&path, "config")?;
        config::readable(&written).map_err(|error| Failure::config(error.to_string()))?;
        let outcome = match session::config(&output, &written, &path) {
            Ok(Loaded { config, tokens }) => verify(&config, tokens).await,
            Err(failure) => Err(failure),
        };
        let (status, message) = match outcome {
            Ok(message) => (Status::Succeeded, message),
            Err(failure) => (Status::Failed, failure.message),
        };
        output.message(&Message::connection_status(status, message));
        Ok(())
    })
}

/// Authenticates and verifies what the config names; returns the message of a successful check.
pub async fn verify(config: &Config, tokens: Arc<dyn TokenStore>) -> Result<String, Failure> {
    let sign_in = SignIn::new(config, tokens)?;
    within_time_limit(config, &sign_in, connect(config, &sign_in)).await
}

/// Runs requests that a person waits for. Fails after [`TIME_LIMIT`], or earlier if Jira asks for a longer wait.
pub async fn within_time_limit<T>(
    config: &Config,
    sign_in: &SignIn<'_>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        result = work => result,
        failure = time_limit(config, sign_in) => Err(failure),
    }
}

async fn time_limit(config: &Config, sign_in: &SignIn<'_>) -> Failure {
    let begin = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left = TIME_LIMIT.saturating_sub(begin.elapsed());
        if let Some(wait) = sign_in.gate().closed_for().filter(|wait| *wait > left) {
            return Failure::transient(format!(
                "Jira's rate limit is exhausted for another {}. Try again after that; all apps of the site share its limits.",
                count(wait.as_secs().div_ceil(60), "minute")
            ));
        }
        if left.is_zero() {
            return Failure::transient(format!(
                "{} did not answer within {}. Check `domain`, the network and, behind a proxy, HTTPS_PROXY; then try again.",
                config.site().host(),
                count(TIME_LIMIT.as_secs(), "second")
            ));
        }
    }
}

/// Authenticates, and makes sure that the account has access to what the config selects.
async fn connect(config: &Config, sign_in: &SignIn<'_>) -> Result<String, Failure> {
    let client = sign_in.connect(2).await?;
    let filter = Filter::resolve(&client, config).await?;
    require_projects(&filter, &client).await?;
    if let Some(failure) = filter::misspelt_exclusion(&client, config).await? {
        return Err(failure);
    }
    if let Some(problem) = filter::condition_error(&client, config).await? {
        return Err(Failure::config(problem));
    }
    let now = client.identity().date.unwrap_or_else(transport::now);
    if let Some(why) = filter.emptiness(config, now.timestamp_millis()) {
        return Err(Failure::config(why));
    }
    let projects = accessible_projects(&client).await?;
    let organization = sign_in.organization().await?;
    let identity = client.identity();
    let mut message = format!("Connected to {}", site_address(config, &client).await);
    match &identity.name {
        Some(name) => message.push_str(&format!(" as {name}.")),
        None => {
            message.push_str(". The token lacks the scope read:jira-user, so Jira does not return the account's name.")
        }
    }
    if let Some(projects) = projects {
        message.push_str(&format!(" The account has access to {}.", count(projects, "project")));
    }
    if let Some(note) = filter.archived_note() {
        message.push_str(&format!(" {note}"));
    }
    if let Some(advice) = identity.advice() {
        message.push_str(&format!(" {advice}"));
    }
    if let Some(name) = organization {
        message.push_str(&format!(" The API key of the organization {name} works."));
    }
    Ok(message)
}

/// The site's address. A config with a gateway address holds only the cloud ID, so the site is asked for its own.
async fn site_address(config: &Config, client: &Client) -> String {
    let host = config.site().host().to_owned();
    if config.site().cloud_id().is_none() {
        return host;
    }
    ServerInfo::fetch(client).await.ok().map(|about| about.base_url).filter(|url| !url.is_empty()).unwrap_or(host)
}

/// Fails if `projects` names keys that the account has no access to; suggests the closest key that exists.
async fn require_projects(filter: &Filter, client: &Client) -> Result<(), Failure> {
    if filter.unknown.is_empty() {
        return Ok(());
    }
    let known = projects::visible_keys(client).await.unwrap_or_default();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let suggested = |key: &String| filter::with_suggestion(key, &known).unwrap_or_else(|| key.clone());
    let named: Vec<String> = filter.unknown.iter().map(suggested).collect();
    Err(Failure::config(format!(
        "`projects` names projects that do not exist or that this account has no permission to browse: {}. Correct the keys, or give \
         the account the permission Browse projects. `source-jira projects` lists the projects it has access to.",
        named.join(", ")
    )))
}

/// How many projects the account has access to, if Jira returns the total; an error if there are none.
async fn accessible_projects(client: &Client) -> Result<Option<i64>, Failure> {
    let (any, total) = projects::visible_count(client).await?;
    if !any {
        return Err(Failure::config(
            "The credentials work, but this account has access to no project. Give it product access to Jira and the permission Browse \
             projects.",
        ));
    }
    Ok(total)
}
