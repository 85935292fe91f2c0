//! Whether there is a Jira Cloud site in operation at the address: there may be none, Data Center, or a suspended site.

use super::{sites::ServerInfo, stacks::Stacks};
use crate::{
    client::{Kind, auth::Signer},
    protocol::Failure,
};

/// What is at the address, if it is not a Jira Cloud site in operation.
pub(super) async fn not_a_cloud_site(stacks: &Stacks<'_>) -> Option<Failure> {
    let host = stacks.config.site().host();
    let stack = stacks.stack(stacks.config.site().base_url(), Signer::Unsigned);
    let info = ServerInfo::fetch(&stack).await;
    let error = match info {
        Ok(info) if info.is_cloud() => return None,
        Ok(info) => return Some(data_center(host, &info)),
        Err(error) => error,
    };
    if let Ok(info) = ServerInfo::fetch_v2(&stack).await
        && !info.is_cloud()
    {
        return Some(data_center(host, &info));
    }
    match error.kind {
        Kind::NotFound | Kind::NotJson | Kind::Malformed | Kind::EndpointRemoved => Some(Failure::config(format!(
            "There is no Jira Cloud site at {host} ({}). Check `domain`. If it is right, open https://{host} in a browser: Atlassian \
             deactivates free sites that are not used for a long time.",
            error.summary()
        ))),
        Kind::Forbidden => Some(Failure::config(format!(
            "Jira at {host} refused every request ({}): the site may be suspended, or its plan may have expired. Open \
             https://{host} in a browser, as an admin.",
            error.summary()
        ))),
        _ => None,
    }
}

fn data_center(host: &str, info: &ServerInfo) -> Failure {
    Failure::config(format!(
        "{host} is Jira Data Center (deployment type \"{}\"), not Jira Cloud. This connector reads Jira Cloud only.",
        info.deployment_type
    ))
}
