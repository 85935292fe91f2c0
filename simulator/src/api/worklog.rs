//! Worklogs of an issue, worklogs by ID, and the feeds of changed and deleted worklogs.

use serde_json::{Value, json};

use super::route::{Anonymous, EMPTY_LIST, Route, get, post};
use crate::json::Json;
use crate::paging::page::window;
use crate::render::comments_worklogs;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::server::request::strings;
use crate::site::children::Child;
use crate::time::{MINUTE, Millis};

const EMPTY: Anonymous = Anonymous::Empty("{\"values\":[],\"since\":0,\"until\":0,\"lastPage\":true}");

pub(super) const ROUTES: &[Route] = &[
    get(
        "/rest/api/3/issue/{issueIdOrKey}/worklog",
        &["startAt", "maxResults", "startedAfter", "startedBefore", "expand"],
        Anonymous::NotFound,
        of_issue,
    ),
    get("/rest/api/3/worklog/updated", &["since", "expand"], EMPTY, |context| feed(context, false)),
    get("/rest/api/3/worklog/deleted", &["since"], EMPTY, |context| feed(context, true)),
    post("/rest/api/3/worklog/list", &["expand"], EMPTY_LIST, by_ids),
];

/// Five thousand a page, by default and at most. (Jira REST v3: issue worklogs.)
fn of_issue(context: &Context<'_>) -> Answer {
    let at = context.issue()?;
    let window = window(context, 5000, 5000)?;
    let after = context.request.number("startedAfter", i64::MIN)?;
    let before = context.request.number("startedBefore", i64::MAX)?;
    let mut worklogs = comments_worklogs::worklogs(context.site, at);
    if after != i64::MIN || before != i64::MAX {
        worklogs.retain(|one| {
            let started = serde_json::from_str::<Value>(&one.1).ok();
            let started = started.and_then(|one| one["started"].as_str().and_then(crate::time::parse_stamp));
            started.is_some_and(|started| started >= after && started < before)
        });
    }
    let mut json = Json::default();
    json.object(|json| {
        json.key("startAt").number(window.start as i64);
        json.key("maxResults").number(window.size as i64);
        json.key("total").number(worklogs.len() as i64);
        json.key("worklogs").array(|json| window.cut(&worklogs).iter().for_each(|one| json.raw(&one.1)));
    });
    Ok(Reply::json(json.finish()))
}

/// IDs with the time of the change, oldest first, a thousand a page; the last minute is omitted.
/// (Jira REST v3: `worklog/updated` and `worklog/deleted`.)
fn feed(context: &Context<'_>, deleted: bool) -> Answer {
    const PAGE: usize = 1000;
    let since: Millis = context.request.number("since", 0)?;
    let end = context.now - MINUTE;
    let mut page: Vec<(Millis, u64)> = context.site.worklog_feed(deleted, since, end, PAGE + 1);
    let more = page.len() > PAGE;
    if more {
        // A page never splits entries of the same time: a client that resumes from `until` would miss the rest.
        let cut = page.partition_point(|entry| entry.0 < page[PAGE].0);
        page.truncate(if cut == 0 { PAGE } else { cut });
    }
    let until = page.last().map_or(since, |last| last.0);
    let values: Vec<Value> =
        page.iter().map(|(at, id)| json!({"worklogId": id, "updatedTime": at, "properties": []})).collect();
    let here = format!("{}{}", context.site.catalog.base_url, context.request.path);
    let mut body = json!({"values": values, "since": since, "until": until, "lastPage": !more,
        "self": format!("{here}?since={since}")});
    if more {
        body["nextPage"] = json!(format!("{here}?since={until}"));
    }
    Ok(Reply::value(&body))
}

/// Up to a thousand IDs; missing ones are omitted. The permission to browse the project is not required.
/// (Jira REST v3: `worklog/list`.)
fn by_ids(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["ids"])?;
    let ids = strings(&body, "ids")?;
    if ids.len() > 1000 {
        return Err(Reply::refusal(400, "The number of worklog IDs must not exceed 1000."));
    }
    let site = context.site;
    let found = comments_worklogs::picked(site, &ids, Child::Worklog, |_| true);
    let mut json = Json::default();
    json.array(|json| found.iter().for_each(|one| json.raw(one)));
    Ok(Reply::json(json.finish()))
}
