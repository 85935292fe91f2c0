//! Projects, their versions and their components.

use serde_json::{Value, json};

use super::route::{Anonymous, EMPTY_LIST, EMPTY_PAGE, Route, get};
use crate::paging::page::values;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Catalog, Named, Place, ProjectState, kept, left};
use crate::time::Zone;

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/api/3/project/search",
        &[
            "startAt",
            "maxResults",
            "orderBy",
            "id",
            "keys",
            "query",
            "typeKey",
            "categoryId",
            "action",
            "expand",
            "status",
            "properties",
            "propertyQuery",
        ],
        EMPTY_PAGE,
        search,
    ),
    get("/rest/api/3/project/{projectIdOrKey}", &["expand", "properties"], Anonymous::NotFound, one),
    get(
        "/rest/api/3/project/{projectIdOrKey}/version",
        &["startAt", "maxResults", "orderBy", "query", "status", "expand"],
        Anonymous::NotFound,
        |context| values(context, &versions(context)?, 50, 50),
    ),
    get("/rest/api/3/project/{projectIdOrKey}/versions", &["expand"], Anonymous::NotFound, |context| {
        Ok(Reply::value(&json!(versions(context)?)))
    }),
    get(
        "/rest/api/3/project/{projectIdOrKey}/component",
        &["startAt", "maxResults", "orderBy", "componentSource", "query"],
        Anonymous::NotFound,
        |context| values(context, &components(context)?, 50, 50),
    ),
    get("/rest/api/3/project/{projectIdOrKey}/components", &["componentSource"], Anonymous::NotFound, |context| {
        Ok(Reply::value(&json!(components(context)?)))
    }),
    get(
        "/rest/api/3/component",
        &["projectIdsOrKeys", "startAt", "maxResults", "orderBy", "query"],
        EMPTY_PAGE,
        all_components,
    ),
    get("/rest/api/3/component/{id}", &[], Anonymous::NotFound, |context| {
        part(context, left(&context.site.catalog.deleted.components, &context.site.catalog.components), "component")
    }),
    get("/rest/api/3/version/{id}", &["expand"], Anonymous::NotFound, |context| {
        part(context, left(&context.site.catalog.deleted.versions, &context.site.catalog.versions), "version")
    }),
    get("/rest/api/3/project", &["expand", "recent", "properties"], EMPTY_LIST, |context| {
        let live = visible(context).filter(|place| context.site.live(*place));
        Ok(Reply::value(&live.map(|place| body(context.site, place, &[])).collect()))
    }),
];

fn state(project: ProjectState) -> &'static str {
    match project {
        ProjectState::Live => "live",
        ProjectState::Archived => "archived",
        ProjectState::Deleted => "deleted",
    }
}

fn visible<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Place> + 'a {
    (0..context.site.catalog.projects.len() as Place).filter(|place| context.site.browsable(*place))
}

/// Up to a hundred a page; only live projects by default. (Jira REST v3: `project/search`.)
fn search(context: &Context<'_>) -> Answer {
    let request = context.request;
    let expand = request.parameters("expand");
    let (keys, ids) = (request.parameters("keys"), request.parameters("id"));
    let mut states = request.parameters("status");
    if states.is_empty() {
        states.push("live".into());
    }
    let query = request.parameter("query").map(str::to_lowercase);
    let mut found: Vec<Place> = visible(context)
        .filter(|place| {
            let project = &context.site.catalog.projects[*place as usize];
            let named =
                |text: &String| project.name.to_lowercase().contains(text) || project.key.to_lowercase().contains(text);
            states.iter().any(|wanted| wanted == state(project.state))
                && (keys.is_empty() || keys.contains(&project.key))
                && (ids.is_empty() || ids.contains(&project.id.to_string()))
                && request.parameter("typeKey").is_none_or(|kind| kind.split(',').any(|kind| kind == project.type_key))
                && query.as_ref().is_none_or(named)
        })
        .collect();
    found.sort_by_key(|place| context.site.catalog.projects[*place as usize].key.clone());
    match request.parameter("orderBy") {
        None | Some("key" | "+key") => {}
        Some("-key") => found.reverse(),
        Some("name" | "+name") => {
            found.sort_by_key(|place| context.site.catalog.projects[*place as usize].name.clone())
        }
        Some("issueCount" | "lastIssueUpdatedTime" | "category" | "owner" | "archivedDate" | "deletedDate") => {}
        Some(other) => return Err(Reply::refusal(400, format!("The 'orderBy' value '{other}' is not supported."))),
    }
    let bodies: Vec<Value> = found.into_iter().map(|place| body(context.site, place, &expand)).collect();
    values(context, &bodies, 50, 100)
}

/// A project with the properties that listings omit unless `expand` names them. (Reported by users of a public
/// connector.)
pub(crate) fn body(site: &Site, place: Place, expand: &[String]) -> Value {
    let project = &site.catalog.projects[place as usize];
    let mut body = project.body.clone();
    for name in expand {
        match name.as_str() {
            "description" => body["description"] = json!(project.description),
            "lead" => body["lead"] = json!(project.lead.map(|place| &site.catalog.users[place as usize].body)),
            "url" => body["url"] = json!(""),
            "projectKeys" => body["projectKeys"] = json!([project.key]),
            "issueTypes" => {
                let types =
                    project.issue_types.iter().map(|kind| site.catalog.issue_types[*kind as usize].named.body.clone());
                body["issueTypes"] = types.collect();
            }
            "insight" => body["insight"] = insight(site, place),
            _ => {}
        }
    }
    body
}

/// Number of issues that the account has access to, archived projects included, and the time of the last update, in
/// UTC.
fn insight(site: &Site, place: Place) -> Value {
    let issues = site.issues.iter().filter(|indexed| indexed.project == place && site.shown(indexed));
    let (count, latest) = issues.fold((0_u64, 0), |(count, latest), indexed| (count + 1, latest.max(indexed.updated)));
    let mut insight = json!({"totalIssueCount": count});
    if count > 0 {
        insight["lastIssueUpdateTime"] = json!(Zone::utc().stamped(latest));
    }
    insight
}

/// The live project in the path; of an archived project only the project itself is available.
pub(super) fn named(context: &Context<'_>, archived_too: bool) -> Result<Place, Reply> {
    let wanted = context.segment(0);
    let found = context.site.catalog.project(wanted).filter(|place| {
        let project = &context.site.catalog.projects[*place as usize];
        let exact = project.id.to_string() == wanted || project.key.eq_ignore_ascii_case(wanted);
        exact
            && context.site.browsable(*place)
            && (archived_too && project.state == ProjectState::Archived || context.site.live(*place))
    });
    found.ok_or_else(|| Reply::refusal(404, format!("No project could be found with key '{wanted}'.")))
}

/// A single project is returned with all properties.
fn one(context: &Context<'_>) -> Answer {
    let place = named(context, true)?;
    let mut expand: Vec<String> = ["description", "lead", "url", "issueTypes"].map(str::to_string).into();
    expand.extend(context.request.parameters("expand"));
    let mut whole = body(context.site, place, &expand);
    let project = &context.site.catalog.projects[place as usize];
    let catalog = &context.site.catalog;
    let inside = |list: &[Named], places: &mut dyn Iterator<Item = Place>| -> Vec<Value> {
        places.filter_map(|place| serde_json::from_str(&list[place as usize].inside).ok()).collect()
    };
    whole["components"] =
        json!(inside(&catalog.components, &mut kept(&catalog.deleted.components, &project.components)));
    whole["versions"] = json!(inside(&catalog.versions, &mut kept(&catalog.deleted.versions, &project.versions)));
    whole["assigneeType"] = json!("UNASSIGNED");
    whole["roles"] = json!({});
    Ok(Reply::value(&whole))
}

fn parts(list: &[Named], places: impl Iterator<Item = Place>) -> Vec<Value> {
    places.map(|place| list[place as usize].body.clone()).collect()
}

fn components_of(catalog: &Catalog, place: Place) -> Vec<Value> {
    let own = &catalog.projects[place as usize].components;
    parts(&catalog.components, kept(&catalog.deleted.components, own))
}

fn versions(context: &Context<'_>) -> Result<Vec<Value>, Reply> {
    let catalog = &context.site.catalog;
    let project = &catalog.projects[named(context, false)? as usize];
    Ok(parts(&catalog.versions, kept(&catalog.deleted.versions, &project.versions)))
}

fn components(context: &Context<'_>) -> Result<Vec<Value>, Reply> {
    Ok(components_of(&context.site.catalog, named(context, false)?))
}

/// Components across projects. (Jira REST v3: `component`.)
fn all_components(context: &Context<'_>) -> Answer {
    let wanted = context.request.parameters("projectIdsOrKeys");
    let open = |place: &Place| context.site.open(*place);
    let chosen: Vec<Place> = if wanted.is_empty() {
        visible(context).filter(open).collect()
    } else {
        wanted.iter().filter_map(|name| context.site.catalog.project(name)).filter(open).collect()
    };
    let all: Vec<Value> = chosen.iter().flat_map(|place| components_of(&context.site.catalog, *place)).collect();
    values(context, &all, 50, 50)
}

/// The component or version with the ID in the path; 404 if the project is not accessible.
fn part<'a>(context: &Context<'_>, mut all: impl Iterator<Item = &'a Named>, kind: &str) -> Answer {
    let id = context.segment(0);
    let shown = |one: &&Named| one.id == id && one.project.is_some_and(|place| context.site.open(place));
    all.find(shown)
        .map(|one| Reply::value(&one.body))
        .ok_or_else(|| Reply::refusal(404, format!("Could not find {kind} for id '{id}'")))
}
