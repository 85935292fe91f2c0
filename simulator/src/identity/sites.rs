//! The sites that a token has access to. (Atlassian: OAuth 2.0 (3LO), accessible-resources.)

use serde_json::{Value, json};

use super::gateway;
use super::scopes::OFFLINE;
use crate::api::account::CLOUD_ID;
use crate::scenario::ListedSite;
use crate::server::auth;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

/// Atlassian gives one entry per product, so a site may be listed twice: the scenario decides.
pub(super) fn answer(context: &Context<'_>) -> Answer {
    let token = context.request.header("authorization").and_then(auth::bearer).unwrap_or_default();
    let login = gateway::oauth(context, token).ok_or_else(gateway::unauthorised)?;
    let scopes = login.scopes.unwrap_or_default();
    let scopes: Vec<&String> = scopes.names().iter().filter(|name| *name != OFFLINE).collect();
    let own = || {
        let url = context.site.catalog.base_url.clone();
        vec![ListedSite { id: CLOUD_ID.into(), url, name: "sim".into() }]
    };
    let sites = context.scenario.sign_in.sites.clone().unwrap_or_else(own);
    let each = sites.iter().map(|site| {
        json!({"id": site.id, "url": site.url, "name": site.name, "scopes": scopes,
            "avatarUrl": format!("{}/avatar.png", site.url)})
    });
    Ok(Reply::value(&each.collect::<Value>()))
}
