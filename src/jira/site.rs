//! Which site answers, where the config alone does not say it.

use crate::client::{Client, Request, sign_in::sites::ServerInfo};

/// The host name in the site's address, as the site itself says; `None` where it does not.
pub async fn host(client: &Client) -> Option<String> {
    let about = ServerInfo::fetch(client).await.ok()?;
    let address = about.base_url.split_once("://")?.1;
    let host = address.split(['/', ':', '?']).next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// The site's cloud ID, where its own address answers (`/_edge/tenant_info` is not documented, but public).
pub async fn cloud_id(client: &Client) -> Option<String> {
    let reply = client.call(&Request::get("/_edge/tenant_info", &[]).tries(1)).await.ok()?;
    let answer: serde_json::Value = serde_json::from_str(&reply.body).ok()?;
    Some(answer.get("cloudId")?.as_str()?.to_owned())
}
