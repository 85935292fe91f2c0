//! Issues in bulk, and one issue.

use super::route::{Anonymous, Route, get, post};
use super::search::extras;
use crate::json::Json;
use crate::render::Renderer;
use crate::render::selection::{Default, Properties, Selection};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::server::request::strings;
use crate::site::indexed::Position;

const EMPTY: Anonymous = Anonymous::Empty("{\"expand\":\"names,schema\",\"issues\":[],\"issueErrors\":[]}");

pub(super) const ROUTES: &[Route] = &[
    post("/rest/api/3/issue/bulkfetch", &[], EMPTY, bulk),
    get(
        "/rest/api/3/issue/{issueIdOrKey}",
        &["fields", "fieldsByKeys", "expand", "properties", "updateHistory", "failFast"],
        Anonymous::NotFound,
        one,
    ),
];

/// Maximum of IDs in a request. (Jira REST v3: `issue/bulkfetch`.)
const MOST: usize = 100;
/// Maximum of IDs in a request for up to a hundred single-valued fields. (The same page, October 2026.)
const MOST_OF_FEW_FIELDS: usize = 1000;
const HEAVY: [&str; 6] =
    ["changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"];

fn bulk(context: &Context<'_>) -> Answer {
    let body = context.request.object(&["expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties"])?;
    let wanted = strings(&body, "issueIdsOrKeys")?;
    if wanted.is_empty() {
        return Err(Reply::refused_property("issueIdsOrKeys", "The list of issue IDs or keys must not be empty."));
    }
    let (fields, expand) = (strings(&body, "fields")?, strings(&body, "expand")?);
    let most = if few_fields(context, &fields, &expand) { MOST_OF_FEW_FIELDS } else { MOST };
    if wanted.len() > most {
        let text = format!("The number of issues requested exceeds the limit of {most}.");
        return Err(Reply::refused_property("issueIdsOrKeys", text));
    }
    let properties = strings(&body, "properties")?;
    if properties.len() > 5 {
        return Err(Reply::refused_property("properties", "The maximum number of properties is 5."));
    }
    let mut selection = Selection::of(&context.site.catalog, fields, &expand, Default::Navigable);
    selection.properties = Properties::Keys(properties);
    // Missing and invisible issues are omitted silently; the order is that of the IDs.
    let mut found: Vec<Position> = wanted.iter().filter_map(|name| context.site.find_visible(name)).collect();
    found.sort_unstable();
    found.dedup();
    let failed: Vec<Position> =
        if context.quirks.issue_errors { found.drain(..found.len().min(3)).collect() } else { Vec::new() };
    Ok(answer(context, &selection, &found, &failed))
}

/// One to a hundred fields by name, none of which holds a list.
fn few_fields(context: &Context<'_>, fields: &[String], expand: &[String]) -> bool {
    let single = |name: &String| {
        let kind =
            context.site.catalog.field(name).map(|field| field.body["schema"]["type"].as_str().unwrap_or_default());
        !name.starts_with(['*', '-']) && !matches!(kind, Some("array" | "comments-page"))
    };
    (1..=100).contains(&fields.len())
        && fields.iter().all(single)
        && !expand.iter().any(|name| HEAVY.contains(&name.as_str()))
}

fn answer(context: &Context<'_>, selection: &Selection, found: &[Position], failed: &[Position]) -> Reply {
    let mut json = Json::with_capacity(1024 * 1024);
    let renderer = Renderer::new(context.site, selection);
    json.object(|json| {
        json.key("expand").raw("\"names,schema\"");
        json.key("issues").array(|json| found.iter().for_each(|at| renderer.issue_at(json, *at)));
        json.key("issueErrors").array(|json| {
            for at in failed {
                let id = context.site.issues[*at as usize].id;
                json.object(|json| {
                    json.key("id").plain(format_args!("{id}"));
                    json.key("errorMessage").raw("\"The issue could not be loaded. Please retry.\"");
                });
            }
        });
        extras(json, context, selection);
    });
    Reply::json(json.finish())
}

fn one(context: &Context<'_>) -> Answer {
    let at = context.issue()?;
    let request = context.request;
    let expand = request.parameters("expand");
    let mut selection = Selection::of(&context.site.catalog, request.parameters("fields"), &expand, Default::All);
    let properties = request.parameters("properties");
    selection.properties =
        if properties.iter().any(|key| key == "*all") { Properties::All } else { Properties::Keys(properties) };
    // Unlike in searches, a single issue always has its key.
    selection.id_only = false;
    let mut json = Json::with_capacity(64 * 1024);
    Renderer::new(context.site, &selection).issue_at(&mut json, at);
    let mut text = json.finish();
    if selection.names_wanted || selection.schema_wanted {
        let mut more = Json::default();
        more.object(|json| extras(json, context, &selection));
        text.pop();
        text.push(',');
        text.push_str(&more.finish()[1..]);
    }
    Ok(Reply::json(text))
}
