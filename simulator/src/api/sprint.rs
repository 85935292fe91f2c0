//! The issues of a sprint. (Jira Software REST 1.0: "Get issues for sprint".)

use super::routes::{Nobody, Route, get};
use super::search::found;
use crate::json::Json;
use crate::paging::page::window;
use crate::render::Renderer;
use crate::render::asked::{Asked, Default};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

pub(super) const ROUTES: &[Route] = &[get(
    "/rest/agile/1.0/sprint/{sprintId}/issue",
    &["startAt", "maxResults", "jql", "validateQuery", "fields", "expand"],
    Nobody::NotFound,
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
    let window = window(context, 50, 5000)?;
    let asked = Asked::of(catalog, request.parameters("fields"), &request.parameters("expand"), Default::All);
    let (_, _, found) = found(context, &jql, false, &[])?;
    let renderer = Renderer::new(context.site, &asked);
    let mut json = Json::default();
    json.object(|json| {
        json.key("expand").raw("\"schema,names\"");
        json.key("startAt").number(window.start as i64);
        json.key("maxResults").number(window.size as i64);
        json.key("total").number(found.len() as i64);
        json.key("issues").array(|json| window.cut(&found).iter().for_each(|at| renderer.issue_at(json, *at)));
    });
    Ok(Reply::json(json.finish()))
}
