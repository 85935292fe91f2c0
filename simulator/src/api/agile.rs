//! Boards and sprints. (Jira Software REST 1.0.)

use serde_json::Value;

use super::route::{Anonymous, EMPTY_PAGE, Route, get};
use super::search::{Search, counted, found, run};
use crate::jql::parse;
use crate::json::Json;
use crate::paging::page::{values, window};
use crate::render::Renderer;
use crate::render::selection::{Default, Selection};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Board, IssueType, Sprint};

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/agile/1.0/board",
        &[
            "startAt",
            "maxResults",
            "type",
            "name",
            "projectKeyOrId",
            "accountIdLocation",
            "projectLocation",
            "includePrivate",
            "negateLocationFiltering",
            "orderBy",
            "expand",
            "projectTypeLocation",
            "filterId",
        ],
        EMPTY_PAGE,
        boards,
    ),
    get("/rest/agile/1.0/board/{boardId}", &[], Anonymous::NotFound, |context| Ok(Reply::value(&board(context)?.body))),
    get("/rest/agile/1.0/board/{boardId}/configuration", &[], Anonymous::NotFound, |context| {
        Ok(Reply::value(&board(context)?.configuration))
    }),
    get("/rest/agile/1.0/board/{boardId}/sprint", &["startAt", "maxResults", "state"], Anonymous::NotFound, sprints),
    get(
        "/rest/agile/1.0/board/{boardId}/issue",
        &["startAt", "maxResults", "jql", "validateQuery", "fields", "expand"],
        Anonymous::NotFound,
        issues,
    ),
    get(
        "/rest/software/1.0/board/{boardId}/issue",
        &["nextPageToken", "maxResults", "reconcileIssues", "jql", "validateQuery", "fields", "expand"],
        Anonymous::NotFound,
        issues_by_token,
    ),
    get("/rest/software/1.0/board/{boardId}/issue/approximate-count", &["jql"], Anonymous::NotFound, |context| {
        counted(context, &query(context, board(context)?)?)
    }),
    get("/rest/agile/1.0/sprint/{sprintId}", &[], Anonymous::NotFound, sprint),
];

pub(crate) fn open(site: &Site) -> impl Iterator<Item = &Board> {
    site.catalog.boards.iter().filter(|board| !board.private && board.projects.iter().any(|place| site.open(*place)))
}

/// Fifty a page. (Measured by users.)
fn boards(context: &Context<'_>) -> Answer {
    let request = context.request;
    let (kinds, name) = (request.parameters("type"), request.parameter("name").map(str::to_lowercase));
    let project = request.parameter("projectKeyOrId");
    let wanted = |board: &&Board| {
        (kinds.is_empty() || kinds.iter().any(|kind| kind == board.kind))
            && name.as_ref().is_none_or(|name| board.name.to_lowercase().contains(name))
            && project.is_none_or(|project| {
                context.site.catalog.project(project).is_some_and(|place| board.projects.contains(&place))
            })
    };
    let mut found: Vec<&Board> = open(context.site).filter(wanted).collect();
    if request.parameter("orderBy") == Some("name") {
        found.sort_by_key(|board| board.name.clone());
    }
    let bodies: Vec<Value> = found.into_iter().map(|board| board.body.clone()).collect();
    values(context, &bodies, 50, 50)
}

/// The board in the path; 404 for private boards.
fn board<'a>(context: &'a Context<'_>) -> Result<&'a Board, Reply> {
    let id = context.segment(0);
    open(context.site)
        .find(|board| board.id.to_string() == id)
        .ok_or_else(|| Reply::refusal(404, "Requested board cannot be viewed because it either does not exist or you do not have permission to view it."))
}

/// Closed ones first, then active, then future, fifty a page; kanban boards refuse. (Reported by users.)
fn sprints(context: &Context<'_>) -> Answer {
    let board = board(context)?;
    let Some(places) = &board.sprints else {
        return Err(Reply::refusal(400, "The board does not support sprints"));
    };
    let states = context.request.parameters("state");
    let mut found: Vec<&Sprint> = context.site.catalog.sprints_of(places).collect();
    found.retain(|sprint| states.is_empty() || states.iter().any(|state| state == sprint.state));
    found.sort_by_key(|sprint| ["closed", "active", "future"].iter().position(|state| *state == sprint.state));
    let bodies: Vec<Value> = found.into_iter().map(|sprint| sprint.body.clone()).collect();
    values(context, &bodies, 50, 50)
}

fn sprint(context: &Context<'_>) -> Answer {
    let id = context.segment(0);
    let found = context.site.catalog.sprints_left().find(|(_, sprint)| sprint.id.to_string() == id);
    found
        .map(|(_, sprint)| Reply::value(&sprint.body))
        .ok_or_else(|| Reply::refusal(404, format!("Sprint with ID {id} does not exist.")))
}

/// The board's filter combined with the caller's JQL, whose order precedes the board's.
fn query(context: &Context<'_>, board: &Board) -> Result<String, Reply> {
    let ids: Vec<String> =
        board.projects.iter().map(|place| context.site.catalog.projects[*place as usize].id.to_string()).collect();
    let epics: Vec<&str> = epics(context.site).map(|kind| kind.named.id.as_str()).collect();
    let own = match board.kind {
        "scrum" => format!("project in ({}) AND issuetype not in ({})", ids.join(", "), epics.join(", ")),
        _ => format!("project in ({})", ids.join(", ")),
    };
    let more = context.request.parameter("jql").unwrap_or_default();
    // Only the caller's part is parsed here; the combined query is validated later.
    let parsed = parse(more).map_err(|error| Reply::refusal(400, error.message))?;
    let (condition, order) = match more.to_ascii_lowercase().rfind("order by").filter(|_| !parsed.order.is_empty()) {
        Some(at) => more.split_at(at),
        None => (more, ""),
    };
    let condition = if parsed.filter.is_some() { format!(" AND ({condition})") } else { String::new() };
    Ok(format!("{own}{condition} {order}"))
}

pub(crate) fn epics(site: &Site) -> impl Iterator<Item = &IssueType> {
    site.catalog.issue_types.iter().filter(|kind| kind.level > 0)
}

fn wanted(context: &Context<'_>) -> Selection {
    let (fields, expand) = (context.request.parameters("fields"), context.request.parameters("expand"));
    Selection::of(&context.site.catalog, fields, &expand, Default::All)
}

/// Deprecated, but still available, with offsets and a total. (Measured by users, October 2026.)
fn issues(context: &Context<'_>) -> Answer {
    by_offset(context, &query(context, board(context)?)?)
}

/// The issues that a query finds, fifty a page.
pub(super) fn by_offset(context: &Context<'_>, jql: &str) -> Answer {
    let window = window(context, 50, 5000)?;
    let selection = wanted(context);
    let (_, index, found) = found(context, jql, false, &[])?;
    let renderer = Renderer::new(context.site, &selection);
    let mut json = Json::default();
    json.object(|json| {
        json.key("expand").raw("\"schema,names\"");
        json.key("startAt").number(window.start as i64);
        json.key("maxResults").number(window.size as i64);
        json.key("total").number(found.len() as i64);
        json.key("issues").array(|json| {
            window.cut(&found).iter().for_each(|at| match index.old(*at) {
                Some(old) => renderer.issue(json, *at, old),
                None => renderer.issue_at(json, *at),
            })
        });
    });
    Ok(Reply::json(json.finish()))
}

/// Its replacement: tokens, and up to five thousand a page. (Jira Software REST: board issues.)
fn issues_by_token(context: &Context<'_>) -> Answer {
    let board = board(context)?;
    let request = context.request;
    let search = Search {
        jql: query(context, board)?,
        token: request.parameter("nextPageToken").map(str::to_string).filter(|token| !token.is_empty()),
        most: request.number("maxResults", 50)?,
        selection: wanted(context),
        archived: false,
        reconcile: Vec::new(),
    };
    run(context, &search)
}
