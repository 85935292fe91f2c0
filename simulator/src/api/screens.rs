//! Screens, their tabs, the fields on these, and screen schemes. All of it for administrators.

use serde_json::{Value, json};

use super::permissions;
use super::route::{Anonymous, Route, get};
use crate::paging::page::values;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Screen, Tab};

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/api/3/screens",
        &["startAt", "maxResults", "id", "queryString", "scope", "orderBy"],
        Anonymous::Refused,
        screens,
    ),
    get("/rest/api/3/screens/{screenId}/tabs", &["projectKey"], Anonymous::Refused, |context| {
        let tabs: Vec<Value> = screen(context)?.tabs.iter().map(tab_body).collect();
        Ok(Reply::value(&json!(tabs)))
    }),
    get("/rest/api/3/screens/{screenId}/tabs/{tabId}/fields", &["projectKey"], Anonymous::Refused, fields),
    get(
        "/rest/api/3/screenscheme",
        &["startAt", "maxResults", "id", "expand", "queryString", "orderBy"],
        Anonymous::Refused,
        schemes,
    ),
];

/// Filters and orders both lists.
fn listed(context: &Context<'_>, mut bodies: Vec<Value>, default: i64) -> Answer {
    let request = context.request;
    let ids = request.parameters("id");
    let part = request.parameter("queryString").unwrap_or_default().to_lowercase();
    bodies.retain(|body| {
        (ids.is_empty() || ids.contains(&body["id"].to_string()))
            && body["name"].as_str().is_some_and(|name| name.to_lowercase().contains(&part))
    });
    let name = |body: &Value| body["name"].as_str().unwrap_or_default().to_string();
    match request.parameter("orderBy").map(|order| order.trim_start_matches(['-', '+'])) {
        None | Some("id") => bodies.sort_by_key(|body| body["id"].as_u64()),
        Some("name") => bodies.sort_by_key(name),
        Some(other) => return Err(Reply::refusal(400, format!("The 'orderBy' value '{other}' is not supported."))),
    }
    if request.parameter("orderBy").is_some_and(|order| order.starts_with('-')) {
        bodies.reverse();
    }
    values(context, &bodies, default, 100)
}

/// A hundred a page. (Jira REST v3: `screens`.)
fn screens(context: &Context<'_>) -> Answer {
    permissions::required(context, "ADMINISTER")?;
    let scopes = context.request.parameters("scope");
    let scope = |screen: &&Screen| {
        let own = if screen.body.get("scope").is_some() { "PROJECT" } else { "GLOBAL" };
        scopes.is_empty() || scopes.iter().any(|scope| scope == own)
    };
    let found = context.site.catalog.screens.iter().filter(scope).map(|screen| screen.body.clone()).collect();
    listed(context, found, 100)
}

/// Twenty-five a page by default. (Jira REST v3: `screenscheme`.)
fn schemes(context: &Context<'_>) -> Answer {
    permissions::required(context, "ADMINISTER")?;
    let expand = context.request.parameters("expand");
    let mut found = context.site.catalog.screen_schemes.clone();
    if !expand.iter().any(|name| name == "issueTypeScreenSchemes") {
        for properties in found.iter_mut().filter_map(Value::as_object_mut) {
            properties.remove("issueTypeScreenSchemes");
        }
    }
    listed(context, found, 25)
}

/// The screen in the path.
fn screen<'a>(context: &'a Context<'_>) -> Result<&'a Screen, Reply> {
    permissions::required(context, "ADMINISTER")?;
    let id = context.segment(0);
    let found = context.site.catalog.screens.iter().find(|screen| screen.id.to_string() == id);
    found.ok_or_else(|| Reply::refusal(404, format!("The screen with ID '{id}' was not found.")))
}

fn fields(context: &Context<'_>) -> Answer {
    let id = context.segment(1);
    let tab = screen(context)?.tabs.iter().find(|tab| tab.id.to_string() == id);
    let tab = tab.ok_or_else(|| Reply::refusal(404, format!("The screen tab with ID '{id}' was not found.")))?;
    Ok(Reply::value(&json!(field_bodies(context.site, tab))))
}

pub(crate) fn tab_body(tab: &Tab) -> Value {
    json!({"id": tab.id, "name": tab.name})
}

pub(crate) fn field_bodies(site: &Site, tab: &Tab) -> Vec<Value> {
    let shown = tab.fields.iter().map(|place| &site.catalog.fields[*place as usize]);
    shown.map(|field| json!({"id": field.id, "name": field.name})).collect()
}
