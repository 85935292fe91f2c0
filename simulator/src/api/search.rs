//! Issue search by JQL, its count, its parser, and the removed endpoints.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::route::{Anonymous, Route, get, post};
use crate::jql::{Index, JqlError, Prepared, Rules};
use crate::json::Json;
use crate::paging::token::Token;
use crate::random::{Random, mix};
use crate::render::Renderer;
use crate::render::selection::{Default, Properties, Selection};
use crate::scenario::TokenPaging;
use crate::server::context::{Answer, Context, SearchKey};
use crate::server::reply::Reply;
use crate::server::request::{integer, strings};
use crate::site::indexed::Position;

const NOTHING: Anonymous = Anonymous::Empty("{\"issues\":[],\"isLast\":true}");
const QUERY: &[&str] = &[
    "jql",
    "nextPageToken",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "failFast",
    "reconcileIssues",
    "includeArchivedProjects",
];

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/search/jql", QUERY, NOTHING, by_query),
    post("/rest/api/3/search/jql", &[], NOTHING, by_body),
    post("/rest/api/3/search/approximate-count", &[], Anonymous::Empty("{\"count\":0}"), count),
    post("/rest/api/3/jql/parse", &["validation"], Anonymous::Same, parse),
    get(
        "/rest/api/3/search",
        &["jql", "startAt", "maxResults", "fields", "expand", "properties", "validateQuery", "fieldsByKeys"],
        Anonymous::Same,
        removed,
    ),
    post("/rest/api/3/search", &[], Anonymous::Same, removed),
];

/// Maximum of issues on a page with more than IDs and keys. (Measured by users, October 2026.)
const PAGE: usize = 100;
/// Maximum of issues on a page of IDs. (Jira REST v3: `search/jql`.)
const LIGHT_PAGE: usize = 5000;

/// A search, from either method.
pub(super) struct Search {
    pub jql: String,
    pub token: Option<String>,
    pub most: i64,
    pub selection: Selection,
    /// Issues of archived projects too.
    pub archived: bool,
    /// IDs of issues that are evaluated by their current state instead of the index; the same on every page.
    pub reconcile: Vec<u64>,
}

impl Search {
    /// Identifies the search of a page token.
    fn query(&self) -> String {
        format!("{} {:?}", self.jql, self.reconcile)
    }
}

fn by_query(context: &Context<'_>) -> Answer {
    let request = context.request;
    let expand = request.parameters("expand");
    let mut selection = Selection::of(&context.site.catalog, request.parameters("fields"), &expand, Default::Id);
    selection.properties = Properties::Keys(request.parameters("properties"));
    let search = Search {
        jql: request.parameter("jql").unwrap_or_default().into(),
        token: request.parameter("nextPageToken").map(str::to_string).filter(|token| !token.is_empty()),
        most: request.number("maxResults", 50)?,
        selection,
        // Only this method has the parameter. (Jira's newer OpenAPI, September 2026.)
        archived: request.parameter("includeArchivedProjects") == Some("true"),
        reconcile: numbers(request.parameters("reconcileIssues"))?,
    };
    run(context, &search)
}

fn by_body(context: &Context<'_>) -> Answer {
    let body = context.request.object(&[
        "expand",
        "fields",
        "fieldsByKeys",
        "jql",
        "maxResults",
        "nextPageToken",
        "properties",
        "reconcileIssues",
    ])?;
    // A string of names here, where the bulk endpoint has a list. (Jira REST v3.)
    let expand: Vec<String> = text(&body, "expand")?.split(',').map(|name| name.trim().to_string()).collect();
    let mut selection = Selection::of(&context.site.catalog, strings(&body, "fields")?, &expand, Default::Id);
    let properties = strings(&body, "properties")?;
    if properties.len() > 5 {
        return Err(Reply::refusal(400, "The maximum number of properties is 5."));
    }
    selection.properties = Properties::Keys(properties);
    let token = text(&body, "nextPageToken")?;
    let search = Search {
        jql: text(&body, "jql")?,
        token: Some(token).filter(|token| !token.is_empty()),
        most: integer(&body, "maxResults", 50)?,
        selection,
        archived: false,
        reconcile: numbers(strings(&body, "reconcileIssues")?)?,
    };
    run(context, &search)
}

fn text(body: &Map<String, Value>, name: &str) -> Result<String, Reply> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => {
            Err(Reply::refusal(400, "Invalid request payload. Refer to the REST API documentation and try again."))
        }
    }
}

/// The ids of `reconcileIssues`.
fn numbers(ids: Vec<String>) -> Result<Vec<u64>, Reply> {
    if ids.len() > 50 {
        return Err(Reply::refusal(400, "The maximum number of issues to reconcile is 50."));
    }
    let ids: Result<Vec<u64>, _> = ids.iter().map(|id| id.parse()).collect();
    ids.map_err(|_| Reply::refusal(400, "Invalid request payload. Refer to the REST API documentation and try again."))
}

fn refused(error: JqlError) -> Reply {
    Reply::refusal(400, error.message)
}

/// Runs a query that must restrict something. (Jira REST v3: only bounded queries.)
pub(super) fn found<'a>(
    context: &'a Context<'_>,
    jql: &str,
    archived: bool,
    reconcile: &[u64],
) -> Result<(Prepared, Index<'a>, Arc<Vec<Position>>), Reply> {
    let rules = Rules { archived, ..context.rules() };
    let prepared = Prepared::new(context.site, jql, rules).map_err(refused)?;
    if !prepared.bounded {
        let text = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
        return Err(Reply::refusal(400, text));
    }
    let mut index = Index::new(context.site, rules);
    let reconciled: Vec<Position> = reconcile.iter().filter_map(|id| context.site.position(*id)).collect();
    index.reconcile(&reconciled);
    let minute = if prepared.relative { rules.now / 60_000 } else { 0 };
    let key = SearchKey {
        jql: jql.to_string(),
        reconciled: reconcile.to_vec(),
        seen: (index.version, context.site.catalog_version),
        minute,
        strict_values: rules.strict_values,
        archived,
    };
    let found = context.searches.find(key, || {
        let mut found = prepared.run(&index);
        drop_some(context, jql, &reconciled, &mut found);
        found
    });
    Ok((prepared, index, found))
}

pub(super) fn run(context: &Context<'_>, search: &Search) -> Answer {
    if !(1..=LIGHT_PAGE as i64).contains(&search.most) {
        return Err(Reply::refusal(400, "The value of the maxResults parameter must be between 1 and 5000."));
    }
    let (prepared, index, found) = found(context, &search.jql, search.archived, &search.reconcile)?;
    let page = page(context, search, &prepared, &index, &found)?;
    let mut json = Json::with_capacity(if search.selection.light() { 64 * 1024 } else { 1024 * 1024 });
    let renderer = Renderer::new(context.site, &search.selection);
    json.object(|json| {
        json.key("issues").array(|json| {
            for at in &found[page.shown] {
                match index.old(*at) {
                    Some(old) if !search.selection.bare() => renderer.issue(json, *at, old),
                    _ => renderer.issue_at(json, *at),
                }
            }
        });
        // On the last page the token is missing rather than null. (JRACLOUD-92184.)
        if let Some(next) = &page.next {
            json.key("nextPageToken").string(next);
        }
        json.key("isLast").bool(page.next.is_none());
        if context.quirks.warned {
            json.key("warnings").raw("[\"The result set was truncated.\"]");
        }
        extras(json, context, &search.selection);
    });
    Ok(Reply::json(json.finish()))
}

/// The issues of a page, and the token of the next page.
struct Page {
    shown: std::ops::Range<usize>,
    next: Option<String>,
}

fn page(
    context: &Context<'_>,
    search: &Search,
    prepared: &Prepared,
    index: &Index<'_>,
    found: &[Position],
) -> Result<Page, Reply> {
    let token = match &search.token {
        None => Token::default(),
        Some(text) => Token::decode(text, &search.query(), context.now)
            .ok_or_else(|| Reply::refusal(400, "The provided next page token is invalid or expired."))?,
    };
    let start = match context.scenario.search.paging {
        _ if search.token.is_none() => 0,
        TokenPaging::Offset => token.offset.min(found.len()),
        TokenPaging::Cursor => prepared.after(index, found, &token.place),
    };
    let quirks = context.quirks;
    let light = context.scenario.search.light_page.clamp(1, LIGHT_PAGE);
    let size = (search.most as usize).min(if search.selection.light() { light } else { PAGE });
    let size = if quirks.short_page { (size / 2).max(1) } else { size };
    let end = (start + size).min(found.len());
    // A page can be empty, or repeat an issue, without being the last. (Jira REST v3: pagination.)
    let empty = quirks.empty_page && end < found.len();
    let end = if empty { start } else { end };
    let shown = if quirks.duplicate && !empty { start.saturating_sub(1)..end } else { start..end };
    if end >= found.len() || quirks.truncate {
        return Ok(Page { shown, next: None });
    }
    if let (Some(used), true) = (&search.token, quirks.repeat_token) {
        return Ok(Page { shown, next: Some(used.clone()) });
    }
    let last = end.checked_sub(1).and_then(|at| index.indexed(found[at]));
    let place = last.map_or_else(Vec::new, |indexed| prepared.place(context.site, indexed));
    let next = Token::new(&search.query(), place, end, token.page + 1, context.now).encode();
    Ok(Page { shown, next: Some(next) })
}

/// `names` and `schema`, if requested.
pub(super) fn extras(json: &mut Json, context: &Context<'_>, selection: &Selection) {
    let fields =
        || context.site.catalog.fields.iter().zip(&selection.fields).filter(|(_, on)| **on).map(|(field, _)| field);
    if selection.names_wanted {
        json.key("names").object(|json| fields().for_each(|field| json.key(&field.id).string(&field.name)));
    }
    if selection.schema_wanted {
        json.key("schema")
            .object(|json| fields().for_each(|field| json.key(&field.id).raw(&field.body["schema"].to_string())));
    }
}

fn count(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["jql"])?;
    counted(context, &text(&body, "jql")?)
}

/// The number of issues that a query finds, or an estimate.
pub(super) fn counted(context: &Context<'_>, jql: &str) -> Answer {
    let (_, _, found) = found(context, jql, false, &[])?;
    let mut random = chance(context, 92, jql, 0);
    let off = found.len() as f64 * context.scenario.search.count_error * (random.unit() * 2.0 - 1.0);
    Ok(Reply::value(&json!({"count": (found.len() as i64 + off as i64).max(0)})))
}

/// Omits the issues that the index has lost, the same ones in every page and count of a query.
fn drop_some(context: &Context<'_>, jql: &str, reconciled: &[Position], found: &mut Vec<Position>) {
    let share = context.scenario.search.vanish;
    if share > 0.0 {
        let kept = |at: &Position| chance(context, 93, jql, context.site.issues[*at as usize].id).unit() >= share;
        found.retain(|at| reconciled.contains(at) || kept(at));
    }
}

/// Random numbers that depend on the seed, the query and the issue only.
fn chance(context: &Context<'_>, purpose: u64, jql: &str, id: u64) -> Random {
    let query = jql.bytes().fold(0, |sum, byte| mix(sum ^ u64::from(byte)));
    Random::of(context.scenario.seed ^ query, purpose, id)
}

fn parse(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["queries"])?;
    let mut rules = context.rules();
    rules.strict_values = context.request.parameter("validation").unwrap_or("strict") == "strict";
    let answers: Vec<Value> = strings(&body, "queries")?
        .iter()
        .map(|jql| match Prepared::new(context.site, jql, rules) {
            Ok(_) => json!({"query": jql, "structure": {}}),
            Err(error) => json!({"query": jql, "errors": [error.message]}),
        })
        .collect();
    Ok(Reply::value(&json!({"queries": answers})))
}

/// Removed between August and October 2025. (Atlassian's changelog, CHANGE-2046.)
fn removed(_: &Context<'_>) -> Answer {
    let text = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";
    Err(Reply::refusal(410, text))
}
