//! Other children of an issue: voters, watchers, transitions, remote links, feature flags, properties.

use serde_json::{Value, json};

use super::route::{Anonymous, Route, get};
use crate::render::Renderer;
use crate::render::child_lists;
use crate::render::selection::{Default, Selection};
use crate::server::auth::Who;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::catalog::Catalog;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/issue/{issueIdOrKey}/votes", &[], Anonymous::NotFound, votes),
    get("/rest/api/3/issue/{issueIdOrKey}/watchers", &[], Anonymous::NotFound, watchers),
    get(
        "/rest/api/3/issue/{issueIdOrKey}/transitions",
        &[
            "expand",
            "transitionId",
            "skipRemoteOnlyCondition",
            "includeUnavailableTransitions",
            "sortByOpsBarAndStatus",
        ],
        Anonymous::NotFound,
        transitions,
    ),
    get("/rest/api/3/issue/{issueIdOrKey}/remotelink", &["globalId"], Anonymous::NotFound, remote_links),
    get("/rest/api/3/issue/{issueIdOrKey}/featureflags", &[], Anonymous::NotFound, |context| {
        Ok(Reply::value(&json!(entries(context, "feature_flags")?)))
    }),
    get("/rest/api/3/issue/{issueIdOrKey}/properties", &[], Anonymous::NotFound, properties),
    get("/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}", &[], Anonymous::NotFound, property),
];

/// The entries of a kind, as values.
fn entries(context: &Context<'_>, kind: &str) -> Result<Vec<Value>, Reply> {
    let at = context.issue()?;
    let nothing = Selection::of(&Catalog::default(), Vec::new(), &[], Default::Id);
    let renderer = Renderer::new(context.site, &nothing);
    Ok(child_lists::children(&renderer, kind, at).iter().filter_map(|one| serde_json::from_str(one).ok()).collect())
}

fn address(context: &Context<'_>) -> String {
    format!("{}{}", context.site.catalog.base_url, context.request.path)
}

/// The account is the first user of the catalog; the service account is no user of the site.
fn is_me(context: &Context<'_>, user: &Value) -> bool {
    context.who == Some(Who::User)
        && context.site.catalog.users.first().is_some_and(|me| user["accountId"] == me.account_id.as_str())
}

/// The number, whether the account is one of them, and the users: without the permission only the account. (Jira REST
/// v3: "Get votes", "Get issue watchers".)
fn people(context: &Context<'_>, kind: &str) -> Result<(usize, bool, Vec<Value>), Reply> {
    let mut people = entries(context, kind)?;
    let (count, mine) = (people.len(), people.iter().any(|user| is_me(context, user)));
    if !context.scenario.account.may("VIEW_VOTERS_AND_WATCHERS") {
        people.retain(|user| is_me(context, user));
    }
    Ok((count, mine, people))
}

fn votes(context: &Context<'_>) -> Answer {
    let (count, voted, voters) = people(context, "voters")?;
    Ok(Reply::value(&json!({"self": address(context), "votes": count, "hasVoted": voted, "voters": voters})))
}

fn watchers(context: &Context<'_>) -> Answer {
    let (count, watching, watchers) = people(context, "watchers")?;
    let body = json!({"self": address(context), "isWatching": watching, "watchCount": count, "watchers": watchers});
    Ok(Reply::value(&body))
}

fn transitions(context: &Context<'_>) -> Answer {
    Ok(Reply::value(&json!({"expand": "transitions", "transitions": entries(context, "transitions")?})))
}

/// The whole list, without pages. (Jira REST v3: remote issue links.)
fn remote_links(context: &Context<'_>) -> Answer {
    let links = entries(context, "remote_links")?;
    match context.request.parameter("globalId") {
        None => Ok(Reply::value(&json!(links))),
        Some(wanted) => {
            let found = links.iter().find(|link| link["globalId"] == wanted);
            found.map(Reply::value).ok_or_else(|| Reply::refusal(404, "Remote issue link not found."))
        }
    }
}

/// Keys only.
fn properties(context: &Context<'_>) -> Answer {
    let here = address(context);
    let keys: Vec<Value> = entries(context, "properties")?
        .iter()
        .map(|one| json!({"self": format!("{here}/{}", one["key"].as_str().unwrap_or_default()), "key": one["key"]}))
        .collect();
    Ok(Reply::value(&json!({"keys": keys})))
}

fn property(context: &Context<'_>) -> Answer {
    let all = entries(context, "properties")?;
    let found = all.iter().find(|one| one["key"] == context.segment(1));
    found.map(Reply::value).ok_or_else(|| Reply::refusal(404, "The property does not exist."))
}
