//! Access control: application roles, project roles, permission schemes.

use serde_json::{Value, json};

use super::permissions;
use super::route::{Anonymous, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/applicationrole", &[], Anonymous::Refused, |context| {
        permissions::required(context, "ADMINISTER")?;
        Ok(Reply::value(&json!(context.site.catalog.application_roles)))
    }),
    get("/rest/api/3/role", &[], Anonymous::Refused, |context| {
        permissions::required(context, "ADMINISTER")?;
        Ok(Reply::value(&json!(context.site.catalog.roles)))
    }),
    get("/rest/api/3/permissionscheme", &["expand"], Anonymous::Refused, schemes),
];

/// Grants are omitted unless anything is expanded. (Jira REST v3: `permissionscheme`.)
fn schemes(context: &Context<'_>) -> Answer {
    let mut schemes = context.site.catalog.permission_schemes.clone();
    if context.request.parameters("expand").is_empty() {
        for properties in schemes.iter_mut().filter_map(Value::as_object_mut) {
            properties.remove("permissions");
        }
    }
    Ok(Reply::value(&json!({"permissionSchemes": schemes})))
}
