//! Changelogs: in bulk, and of one issue.

use super::route::{Anonymous, Route, get, post};
use crate::json::Json;
use crate::paging::page::window;
use crate::paging::token::Token;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::server::request::{integer, strings};
use crate::site::indexed::Position;
use crate::time::Millis;

pub(super) const ROUTES: &[Route] = &[
    post("/rest/api/3/changelog/bulkfetch", &[], EMPTY, bulk),
    get("/rest/api/3/issue/{issueIdOrKey}/changelog", &["startAt", "maxResults"], Anonymous::NotFound, one),
];

const EMPTY: Anonymous = Anonymous::Empty("{\"issueChangeLogs\":[],\"nextPageToken\":null}");
/// Entries of one page, at most. (Jira REST v3: `changelog/bulkfetch`.)
const MOST_ENTRIES: i64 = 10_000;

/// The changelog of one issue.
struct Past<'a> {
    at: Position,
    entries: crate::render::changelog::Entries<'a>,
}

fn bulk(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["fieldIds", "issueIdsOrKeys", "maxResults", "nextPageToken"])?;
    let wanted = strings(&body, "issueIdsOrKeys")?;
    let fields = strings(&body, "fieldIds")?;
    let most = integer(&body, "maxResults", 1000)?;
    if wanted.is_empty() || wanted.len() > 1000 {
        return Err(Reply::refused_property("issueIdsOrKeys", "The number of issues must be between 1 and 1000."));
    }
    if fields.len() > 10 {
        return Err(Reply::refused_property("fieldIds", "The number of fields must not exceed 10."));
    }
    if !(1..=MOST_ENTRIES).contains(&most) {
        return Err(Reply::refused_property("maxResults", "The value must be between 1 and 10000."));
    }
    let asked = format!("{wanted:?}{fields:?}");
    let offset = match body.get("nextPageToken").and_then(|token| token.as_str()) {
        None => 0,
        Some(text) => {
            let invalid = || Reply::refusal(400, "The provided next page token is invalid or expired.");
            Token::decode(text, &asked, context.now).ok_or_else(invalid)?.offset
        }
    };
    let mut found: Vec<Position> = wanted.iter().filter_map(|name| context.site.find_visible(name)).collect();
    found.sort_unstable();
    found.dedup();
    let pasts: Vec<Past<'_>> = found
        .iter()
        .map(|at| Past { at: *at, entries: crate::render::changelog::Entries::of(context.site, *at, &fields) })
        .collect();
    // By date, then by issue: one issue's history can be spread over pages.
    let mut order: Vec<(Millis, usize, usize)> = Vec::new();
    for (issue, past) in pasts.iter().enumerate() {
        order.extend((0..past.entries.len()).map(|entry| (past.entries.created(entry), issue, entry)));
    }
    order.sort_unstable();
    let end = (offset + most as usize).min(order.len());
    let mut page: Vec<(usize, usize)> =
        order[offset.min(end)..end].iter().map(|(_, issue, entry)| (*issue, *entry)).collect();
    page.sort_by_key(|(issue, _)| *issue);
    let next = (end < order.len()).then(|| Token::new(&asked, Vec::new(), end, 0, context.now).encode());
    Ok(Reply::json(written(context, &pasts, &page, next.as_deref())))
}

fn written(context: &Context<'_>, pasts: &[Past<'_>], page: &[(usize, usize)], next: Option<&str>) -> String {
    let mut json = Json::with_capacity(page.len() * 1000);
    json.object(|json| {
        json.key("issueChangeLogs").array(|json| {
            for entries in page.chunk_by(|a, b| a.0 == b.0) {
                let past = &pasts[entries[0].0];
                json.object(|json| {
                    let id = context.site.issues[past.at as usize].id;
                    json.key("issueId").plain(format_args!("{id}"));
                    // Timestamps are numbers here and strings everywhere else. (Jira REST v3: the example.)
                    json.key("changeHistories").array(|json| {
                        entries.iter().for_each(|(_, entry)| past.entries.write(json, *entry, true));
                    });
                });
            }
        });
        match next {
            Some(next) => json.key("nextPageToken").string(next),
            None => json.key("nextPageToken").null(),
        }
    });
    json.finish()
}

/// Oldest first, a hundred a page. (Measured by a public simulator.)
fn one(context: &Context<'_>) -> Answer {
    let at = context.issue()?;
    let window = window(context, 100, 100)?;
    let entries = crate::render::changelog::Entries::of(context.site, at, &[]);
    let all: Vec<usize> = (0..entries.len()).collect();
    let mut json = Json::default();
    json.object(|json| {
        let here = format!("{}{}", context.site.catalog.base_url, context.request.path);
        json.key("self").string(&format!("{here}?maxResults={}&startAt={}", window.size, window.start));
        if !window.last(all.len()) {
            json.key("nextPage").string(&format!(
                "{here}?maxResults={}&startAt={}",
                window.size,
                window.start + window.size
            ));
        }
        json.key("maxResults").number(window.size as i64);
        json.key("startAt").number(window.start as i64);
        json.key("total").number(all.len() as i64);
        json.key("isLast").bool(window.last(all.len()));
        json.key("values").array(|json| window.cut(&all).iter().for_each(|entry| entries.write(json, *entry, false)));
    });
    Ok(Reply::json(json.finish()))
}
