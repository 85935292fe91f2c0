//! The organisation's API, opened by an organisation's key. (Atlassian: Organizations REST API.)

use serde_json::{Value, json};

use super::gateway;
use crate::server::auth;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) fn all(context: &Context<'_>) -> Answer {
    signed_in(context)?;
    Ok(Reply::value(&json!({"data": [organisation(context)], "links": {}})))
}

pub(super) fn one(context: &Context<'_>) -> Answer {
    signed_in(context)?;
    if context.segment(0) != context.credentials.org_id {
        let error = json!({"id": format!("{:x}", crate::random::mix(context.now as u64)), "status": 404,
            "code": "ADMIN-404-1", "title": "Not Found", "detail": "Organization not found"});
        return Err(Reply { status: 404, ..Reply::value(&json!({"errors": [error]})) });
    }
    Ok(Reply::value(&json!({"data": organisation(context)})))
}

fn organisation(context: &Context<'_>) -> Value {
    json!({"id": context.credentials.org_id, "type": "orgs", "attributes": {"name": "Simulated Org"}})
}

/// A key with scopes is known here, but not let in.
fn signed_in(context: &Context<'_>) -> Result<(), Reply> {
    match context.request.header("authorization").and_then(auth::bearer) {
        Some(key) if key == context.credentials.org_key => Ok(()),
        Some(key) if key == context.credentials.scoped_org_key => Err(gateway::refusal(403, "Forbidden")),
        _ => Err(gateway::unauthorised()),
    }
}
