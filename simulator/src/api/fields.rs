//! Fields: all at once, and page by page. The two lists differ, as they do on real sites.

use serde_json::{Value, json};

use super::routes::{EMPTY_PAGE, Nobody, Route, get};
use crate::paging::page::values;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::Field;

pub(super) const ROUTES: &[Route] = &[
    // Answers anybody, so it is no proof of a login. (Measured by a public simulator.)
    get("/rest/api/3/field", &[], Nobody::Same, |context| Ok(Reply::value(&json!(all(context.site))))),
    get(
        "/rest/api/3/field/search",
        &["startAt", "maxResults", "type", "id", "query", "orderBy", "expand", "projectIds"],
        EMPTY_PAGE,
        search,
    ),
];

pub(crate) fn all(site: &Site) -> Vec<Value> {
    // The list knows two names that issues don't hold as fields.
    let extra = [("issuekey", "Key"), ("thumbnail", "Images")].map(|(id, name)| {
        json!({"id": id, "key": id, "name": name, "custom": false, "orderable": false, "navigable": true, "searchable": false, "clauseNames": [id]})
    });
    site.catalog.fields.iter().map(|field| field.body.clone()).chain(extra).collect()
}

/// Up to fifty a page, in another form than the list. (Jira REST v3: `field/search`.)
fn search(context: &Context<'_>) -> Answer {
    let request = context.request;
    let (ids, kinds) = (request.parameters("id"), request.parameters("type"));
    let query = request.parameter("query").map(str::to_lowercase);
    let wanted = |field: &&Field| {
        let kind = if field.id.starts_with("customfield_") { "custom" } else { "system" };
        (ids.is_empty() || ids.contains(&field.id))
            && (kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind))
            && query.as_ref().is_none_or(|text| field.name.to_lowercase().contains(text))
    };
    let expand = request.parameters("expand");
    let bodies: Vec<Value> =
        context.site.catalog.fields.iter().filter(wanted).map(|field| body(field, &expand)).collect();
    values(context, &bodies, 50, 50)
}

fn body(field: &Field, expand: &[String]) -> Value {
    let mut body = json!({"id": field.id, "name": field.name, "schema": field.body["schema"]});
    if field.id.starts_with("customfield_") {
        body["isLocked"] = json!(field.id == "customfield_10020");
        body["description"] = json!("");
        body["searcherKey"] = json!("com.atlassian.jira.plugin.system.customfieldtypes:exactnumber");
    }
    for (name, value) in
        [("screensCount", json!(1)), ("contextsCount", json!(1)), ("lastUsed", json!({"type": "NOT_TRACKED"}))]
    {
        if expand.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)) {
            body[name] = value;
        }
    }
    body
}
