//! `demo --serve`: only the simulated site, for other tools.

use crate::protocol::Failure;
use jira_simulator::Running;
use std::io::Write;

/// Prints the address and credentials of the site as one line of JSON, then serves until a signal ends the process.
#[allow(clippy::disallowed_methods, reason = "the one line that says how to reach the site")]
pub(super) async fn until_interrupted(jira: &Running) -> Result<(), Failure> {
    let known = jira.credentials();
    let line = serde_json::json!({
        "url": jira.url(), "domain": jira.host(), "email": jira.email(), "api_token": jira.token(),
        "cloud_id": jira.cloud_id(), "client_id": known.client_id, "client_secret": known.client_secret,
        "refresh_token": known.refresh_token,
    });
    let mut out = std::io::stdout();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::system(format!("Can't write to stdout: {error}.")))?;
    std::future::pending().await
}
