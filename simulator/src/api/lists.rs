//! The small lists: types, statuses, priorities, resolutions, labels, filters, dashboards, link types, categories.

use serde_json::{Value, json};

use super::route::{Anonymous, EMPTY_LIST, EMPTY_PAGE, Route, get};
use crate::paging::page::{values, window};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::Named;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/issuetype", &[], EMPTY_LIST, |context| Ok(Reply::value(&json!(issue_types(context.site, false))))),
    get("/rest/api/3/status", &[], EMPTY_LIST, |context| {
        Ok(Reply::value(&json!(bodies(context.site, &context.site.catalog.statuses, false))))
    }),
    get(
        "/rest/api/3/statuses/search",
        &["projectId", "startAt", "maxResults", "searchString", "statusCategory", "includeGlobalStatuses"],
        EMPTY_PAGE,
        statuses,
    ),
    get(
        "/rest/api/3/priority/search",
        &["startAt", "maxResults", "id", "projectId", "priorityName", "onlyDefault", "expand"],
        EMPTY_PAGE,
        |context| values(context, &bodies(context.site, &context.site.catalog.priorities, false), 50, 50),
    ),
    get("/rest/api/3/resolution/search", &["startAt", "maxResults", "id", "onlyDefault"], EMPTY_PAGE, |context| {
        values(context, &bodies(context.site, &context.site.catalog.resolutions, false), 50, 50)
    }),
    get("/rest/api/3/label", &["startAt", "maxResults"], EMPTY_PAGE, |context| {
        let labels: Vec<Value> = context.site.catalog.labels.iter().map(|label| json!(label)).collect();
        values(context, &labels, 1000, 1000)
    }),
    get(
        "/rest/api/3/filter/search",
        &[
            "filterName",
            "accountId",
            "owner",
            "groupname",
            "groupId",
            "projectId",
            "id",
            "orderBy",
            "startAt",
            "maxResults",
            "expand",
            "overrideSharePermissions",
            "isSubstringMatch",
        ],
        EMPTY_PAGE,
        filters,
    ),
    get("/rest/api/3/filter/{id}/permission", &[], Anonymous::NotFound, shares),
    get(
        "/rest/api/3/dashboard",
        &["filter", "startAt", "maxResults"],
        Anonymous::Empty("{\"startAt\":0,\"maxResults\":20,\"total\":0,\"dashboards\":[]}"),
        dashboards,
    ),
    get("/rest/api/3/statuscategory", &[], EMPTY_LIST, |context| {
        Ok(Reply::value(&json!(context.site.catalog.setup.status_categories)))
    }),
    get("/rest/api/3/issueLinkType", &[], Anonymous::Same, |context| {
        Ok(Reply::value(&json!({"issueLinkTypes": bodies(context.site, &context.site.catalog.link_types, false)})))
    }),
    get("/rest/api/3/projectCategory", &[], EMPTY_LIST, |context| {
        Ok(Reply::value(&json!(context.site.catalog.categories)))
    }),
];

/// Bodies of site-wide entities, and of those in projects that the account has access to.
pub(crate) fn bodies<'a>(site: &Site, list: impl IntoIterator<Item = &'a Named>, hidden: bool) -> Vec<Value> {
    let open = |one: &&Named| hidden || one.project.is_none_or(|place| site.open(place));
    list.into_iter().filter(open).map(|one| one.body.clone()).collect()
}

pub(crate) fn issue_types(site: &Site, hidden: bool) -> Vec<Value> {
    bodies(site, site.catalog.issue_types.iter().map(|kind| &kind.named), hidden)
}

/// Up to two hundred a page, in another form than the plain list. (Jira REST v3: `statuses/search`.)
fn statuses(context: &Context<'_>) -> Answer {
    let site = context.site;
    let only = context.request.parameter("projectId");
    let wanted = |status: &&Named| match (only, status.project) {
        (None, _) => true,
        (Some(id), Some(place)) => site.catalog.projects[place as usize].id.to_string() == id,
        (Some(_), None) => context.request.parameter("includeGlobalStatuses") == Some("true"),
    };
    let found: Vec<Value> = site
        .catalog
        .statuses
        .iter()
        .filter(wanted)
        .map(|status| {
            let category = match status.body["statusCategory"]["key"].as_str() {
                Some("done") => "DONE",
                Some("indeterminate") => "IN_PROGRESS",
                _ => "TODO",
            };
            let scope = match status.project {
                Some(place) => {
                    json!({"type": "PROJECT", "project": {"id": site.catalog.projects[place as usize].id.to_string()}})
                }
                None => json!({"type": "GLOBAL"}),
            };
            json!({"id": status.id, "name": status.name, "statusCategory": category, "scope": scope, "description": "",
                "usages": [], "workflowUsages": []})
        })
        .collect();
    values(context, &found, 200, 200)
}

/// The share permissions of a filter. (Jira REST v3: "Get share permissions".)
fn shares(context: &Context<'_>) -> Answer {
    let id = context.segment(0);
    if id.parse::<u64>().is_err() {
        return Err(Reply::refusal(400, format!("The filter id '{id}' is not a number.")));
    }
    let filter = context.site.catalog.filters.iter().find(|filter| filter["id"] == id);
    filter.map(|filter| Reply::value(&filter["sharePermissions"])).ok_or_else(|| {
        Reply::refusal(
            404,
            "The selected filter is not available to you, perhaps it has been deleted or had its permissions changed.",
        )
    })
}

/// Twenty a page by default, without `isLast`. (Jira REST v3: `dashboard`.)
fn dashboards(context: &Context<'_>) -> Answer {
    let window = window(context, 20, 100)?;
    let mine = context.site.catalog.users.first().map(|user| json!(user.account_id)).unwrap_or_default();
    let wanted = |body: &&Value| match context.request.parameter("filter") {
        Some("my") => body["owner"]["accountId"] == mine,
        Some("favourite") => body["isFavourite"] == true,
        _ => true,
    };
    if let Some(other) = context.request.parameter("filter").filter(|name| !["my", "favourite", ""].contains(name)) {
        return Err(Reply::refusal(400, format!("The filter '{other}' is not supported.")));
    }
    let found: Vec<&Value> = context.site.catalog.setup.dashboards.iter().filter(wanted).collect();
    let here = format!("{}{}", context.site.catalog.base_url, context.request.path);
    let mut body = json!({"startAt": window.start, "maxResults": window.size, "total": found.len(),
        "dashboards": window.cut(&found)});
    if !window.last(found.len()) {
        body["next"] = json!(format!("{here}?startAt={}", window.start + window.size));
    }
    Ok(Reply::value(&body))
}

/// The owner, the JQL and so on are returned only if `expand` names them.
fn filters(context: &Context<'_>) -> Answer {
    let expand = context.request.parameters("expand");
    let name = context.request.parameter("filterName").map(str::to_lowercase);
    let always = ["expand", "self", "id", "name"];
    let found: Vec<Value> = context
        .site
        .catalog
        .filters
        .iter()
        .filter(|filter| {
            name.as_ref()
                .is_none_or(|name| filter["name"].as_str().is_some_and(|known| known.to_lowercase().contains(name)))
        })
        .map(|filter| {
            let properties = filter.as_object().into_iter().flatten();
            properties
                .filter(|(name, _)| always.contains(&name.as_str()) || expand.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        })
        .collect();
    values(context, &found, 50, 100)
}
