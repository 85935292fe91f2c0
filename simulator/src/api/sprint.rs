//! The issues of a sprint. (Jira Software REST 1.0: "Get issues for sprint".)

use super::agile::by_offset;
use super::route::{Anonymous, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) const ROUTES: &[Route] = &[get(
    "/rest/agile/1.0/sprint/{sprintId}/issue",
    &["startAt", "maxResults", "jql", "validateQuery", "fields", "expand"],
    Anonymous::NotFound,
    issues,
)];

/// With offsets and a total, fifty a page.
fn issues(context: &Context<'_>) -> Answer {
    let (request, catalog, id) = (context.request, &context.site.catalog, context.segment(0));
    if !catalog.sprints_left().any(|(_, sprint)| sprint.id.to_string() == id) {
        return Err(Reply::refusal(404, format!("Sprint with ID {id} does not exist.")));
    }
    let jql = match request.parameter("jql").filter(|jql| !jql.is_empty()) {
        Some(more) => format!("sprint = {id} AND ({more})"),
        None => format!("sprint = {id}"),
    };
    by_offset(context, &jql)
}
