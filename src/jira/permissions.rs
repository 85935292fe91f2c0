//! What Jira says about the account's own permissions.

use crate::client::{Client, Request};

pub const ROUTE: &str = "/rest/api/3/mypermissions";

/// Whether Jira says that the account lacks a permission. Without an answer, it does not say so.
pub async fn lacks(client: &Client, permission: &str) -> bool {
    let request = Request::get(ROUTE, &[]).query("permissions", permission);
    let Ok(reply) = client.call(&request).await else { return false };
    let answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    answer["permissions"][permission]["havePermission"] == false
}
