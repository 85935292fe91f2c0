//! Comments of an issue, and comments by ID.

use super::route::{Anonymous, Route, get, post};
use crate::json::Json;
use crate::paging::page::window;
use crate::render::comments_worklogs;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::server::request::strings;
use crate::site::children::Child;
use crate::site::indexed::Position;

const EMPTY: Anonymous =
    Anonymous::Empty("{\"startAt\":0,\"maxResults\":1000,\"total\":0,\"isLast\":true,\"values\":[]}");

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/api/3/issue/{issueIdOrKey}/comment",
        &["startAt", "maxResults", "orderBy", "expand"],
        Anonymous::NotFound,
        of_issue,
    ),
    post("/rest/api/3/comment/list", &["expand"], EMPTY, by_ids),
];

/// A hundred a page, by default and at most. (Measured by a public simulator.)
fn of_issue(context: &Context<'_>) -> Answer {
    let at = context.issue()?;
    let window = window(context, 100, 100)?;
    let mut comments = comments_worklogs::comments(context.site, at);
    match context.request.parameter("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => comments.reverse(),
        Some(other) => return Err(Reply::refusal(400, format!("The 'orderBy' value '{other}' is not supported."))),
    }
    let mut json = Json::default();
    json.object(|json| {
        json.key("startAt").number(window.start as i64);
        json.key("maxResults").number(window.size as i64);
        json.key("total").number(comments.len() as i64);
        json.key("comments").array(|json| window.cut(&comments).iter().for_each(|one| json.raw(&one.1)));
    });
    Ok(Reply::json(json.finish()))
}

/// Up to a thousand IDs; comments that aren't visible are omitted. (Jira REST v3: `comment/list`.)
fn by_ids(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["ids"])?;
    let ids = strings(&body, "ids")?;
    if ids.is_empty() || ids.len() > 1000 {
        return Err(Reply::refusal(400, "The number of comment IDs must be between 1 and 1000."));
    }
    let site = context.site;
    let visible = |at: Position| site.visible(&site.issues[at as usize]);
    let found = comments_worklogs::picked(site, &ids, Child::Comment, visible);
    let mut json = Json::default();
    json.object(|json| {
        json.key("startAt").number(0);
        json.key("maxResults").number(1000);
        json.key("total").number(found.len() as i64);
        json.key("isLast").bool(true);
        json.key("values").array(|json| found.iter().for_each(|one| json.raw(one)));
    });
    Ok(Reply::json(json.finish()))
}
