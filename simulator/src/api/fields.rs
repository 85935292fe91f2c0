//! Fields: the whole list, and the paged search, which differ as on real sites; and the contexts of custom
//! fields with their options.

use serde_json::{Value, json};

use super::permissions::required;
use super::route::{Anonymous, EMPTY_PAGE, Route, get};
use crate::paging::page::values;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Field, Lists};
use crate::site::setup::FieldContext;

pub(super) const ROUTES: &[Route] = &[
    // It needs no login, so a response does not prove one. (Measured by a public simulator.)
    get("/rest/api/3/field", &[], Anonymous::Same, |context| Ok(Reply::value(&json!(all(context.site))))),
    get(
        "/rest/api/3/field/search",
        &["startAt", "maxResults", "type", "id", "query", "orderBy", "expand", "projectIds"],
        EMPTY_PAGE,
        search,
    ),
    get("/rest/api/3/field/{fieldId}/context", &["startAt", "maxResults"], Anonymous::Refused, contexts),
    get(
        "/rest/api/3/field/{fieldId}/context/{contextId}/option",
        &["startAt", "maxResults"],
        Anonymous::Refused,
        options,
    ),
];

/// The contexts of a field; system fields and fields of team-managed projects have none.
fn contexts_of<'a>(context: &'a Context<'_>) -> Result<Vec<&'a FieldContext>, Reply> {
    required(context, "ADMINISTER")?;
    let id = context.segment(0);
    let found: Vec<&FieldContext> = context.site.catalog.setup.contexts.iter().filter(|one| one.field == id).collect();
    if found.is_empty() {
        return Err(Reply::refusal(404, "The custom field was not found."));
    }
    Ok(found)
}

fn contexts(context: &Context<'_>) -> Answer {
    let bodies: Vec<Value> = contexts_of(context)?.into_iter().map(|one| one.body.clone()).collect();
    values(context, &bodies, 50, 50)
}

/// A hundred a page; fields of other kinds have no options at all. (Jira REST v3: "Get custom field options
/// (context)".)
fn options(context: &Context<'_>) -> Answer {
    let all = contexts_of(context)?;
    let one = all.into_iter().find(|one| one.id == context.segment(1));
    let one = one.ok_or_else(|| Reply::refusal(404, "The context was not found."))?;
    if one.options.is_empty() {
        return Err(Reply::refusal(400, "The custom field does not support options."));
    }
    values(context, &one.options, 100, 100)
}

pub(crate) fn all(site: &Site) -> Vec<Value> {
    // The list has two entries that are not fields of issues.
    let extra = [("issuekey", "Key"), ("thumbnail", "Images")].map(|(id, name)| {
        json!({"id": id, "key": id, "name": name, "custom": false, "orderable": false, "navigable": true, "searchable": false, "clauseNames": [id]})
    });
    let listed = site.catalog.fields.iter().filter(|field| field.lists != Lists::Search);
    listed.map(|field| field.body.clone()).chain(extra).collect()
}

/// Up to fifty a page, in a different form than the list. (Jira REST v3: `field/search`.)
fn search(context: &Context<'_>) -> Answer {
    let request = context.request;
    let (ids, kinds) = (request.parameters("id"), request.parameters("type"));
    let query = request.parameter("query").map(str::to_lowercase);
    let wanted = |field: &&Field| {
        let kind = if field.id.starts_with("customfield_") { "custom" } else { "system" };
        field.lists != Lists::Whole
            && (ids.is_empty() || ids.contains(&field.id))
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
