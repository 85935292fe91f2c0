//! Who may do what: application roles, project roles, permission schemes.

use serde_json::{Value, json};

use super::permissions;
use super::routes::{Nobody, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/applicationrole", &[], Nobody::Refused, |context| {
        permissions::required(context, "ADMINISTER")?;
        Ok(Reply::value(&json!(context.site.catalog.application_roles)))
    }),
    get("/rest/api/3/role", &[], Nobody::Refused, |context| {
        permissions::required(context, "ADMINISTER")?;
        Ok(Reply::value(&json!(context.site.catalog.roles)))
    }),
    get("/rest/api/3/permissionscheme", &["expand"], Nobody::Refused, schemes),
];

/// Grants are left out unless anything is expanded. (Jira REST v3: `permissionscheme`.)
fn schemes(context: &Context<'_>) -> Answer {
    let mut schemes = context.site.catalog.permission_schemes.clone();
    if context.request.parameters("expand").is_empty() {
        for members in schemes.iter_mut().filter_map(Value::as_object_mut) {
            members.remove("permissions");
        }
    }
    Ok(Reply::value(&json!({"permissionSchemes": schemes})))
}
