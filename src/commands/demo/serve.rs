//! `demo --serve`: the simulated site by itself, for other tools.

use crate::protocol::Failure;
use jira_simulator::Running;
use std::io::Write;

/// Prints one line of JSON that says how to reach the site, then serves until interrupted.
pub async fn until_interrupted(jira: &Running) -> Result<(), Failure> {
    let known = jira.credentials();
    let line = serde_json::json!({
        "url": jira.url(), "domain": jira.host(), "email": jira.email(), "api_token": jira.token(),
        "cloud_id": jira.cloud_id(), "client_id": known.client_id, "client_secret": known.client_secret,
        "refresh_token": known.refresh_token,
    });
    let mut out = std::io::stdout();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::system(format!("stdout is closed: {error}")))?;
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| Failure::system(format!("the interrupt can't be waited for: {error}")))
}
