//! Projects, as far as filters need to know them.

use super::paginator::{List, PageCursor, Paginator, Paging};
use crate::{
    client::{Client, Error, Request, classify},
    record::{Object, page},
};
use std::collections::BTreeMap;

pub const ROUTE: &str = "/rest/api/3/project/search";
/// Keys that one request takes (Jira REST v3: "Get projects paginated").
const KEYS: usize = 50;
/// Projects of a page.
const PAGE: u32 = 100;
/// Keys that are enough to recognise a typing error.
const ENOUGH: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub id: String,
    pub key: String,
    pub archived: bool,
}

impl Project {
    fn read(raw: &str) -> Option<Self> {
        let project = Object::parse(raw).ok()?;
        let archived = project.get("archived").is_some_and(|archived| archived.get() == "true");
        Some(Self { id: project.id("id")?.into_owned(), key: project.text("key")?.into_owned(), archived })
    }
}

/// Those of the projects with these keys that the account has access to, by key in upper case. Keys match without case, as
/// they do in JQL and in addresses; this list alone takes them only as they are, in upper case.
pub async fn by_keys(client: &Client, keys: &[String]) -> Result<BTreeMap<String, Project>, Error> {
    named(client, keys, &["live", "archived"]).await
}

/// Those of them that have a status: `live`, `archived` or `deleted`.
pub async fn with_status(client: &Client, keys: &[String], status: &str) -> Result<BTreeMap<String, Project>, Error> {
    named(client, keys, &[status]).await
}

async fn named(client: &Client, keys: &[String], statuses: &[&str]) -> Result<BTreeMap<String, Project>, Error> {
    let mut found = BTreeMap::new();
    for keys in keys.chunks(KEYS) {
        let request = keys.iter().fold(search(statuses), |request, key| request.query("keys", key.to_uppercase()));
        let pages = Paginator::new(client, PageCursor::new(List::Get(request), Paging::START_AT, PAGE), split());
        let take = |raw: &str| {
            found.extend(Project::read(raw).map(|project| (project.key.to_uppercase(), project)));
            Ok(())
        };
        pages.for_each(take).await?;
    }
    Ok(found)
}

/// All projects whose issues the account can browse.
pub async fn browsable(client: &Client) -> Result<Vec<Project>, Error> {
    let request = search(&["live", "archived"]).query("action", "browse");
    let pages = Paginator::new(client, PageCursor::new(List::Get(request), Paging::START_AT, PAGE), split());
    let mut found = Vec::new();
    let take = |raw: &str| {
        found.extend(Project::read(raw));
        Ok(())
    };
    pages.for_each(take).await?;
    Ok(found)
}

/// The pages of all projects that the account has access to, by key, with their number of issues and last update.
pub fn with_insight(client: &Client, tries: u32) -> Paginator<'_> {
    let request = search(&["live", "archived"]).query("expand", "insight").query("orderBy", "key").tries(tries);
    Paginator::new(client, PageCursor::new(List::Get(request), Paging::START_AT, PAGE), split())
}

/// Keys of projects that the account has access to: as many as help to recognise a typing error.
pub async fn visible_keys(client: &Client) -> Result<Vec<String>, Error> {
    let cursor = PageCursor::new(List::Get(Request::get(ROUTE, &[])), Paging::START_AT, PAGE);
    let mut pages = Paginator::new(client, cursor, split());
    let mut keys = Vec::new();
    while keys.len() < ENOUGH
        && let Some(reply) = pages.next().await?
    {
        let records = pages.records(&reply.body)?;
        let projects = records.iter().filter_map(|raw| Object::parse(raw).ok());
        keys.extend(projects.filter_map(|project| project.text("key").map(|key| key.into_owned())));
    }
    Ok(keys)
}

/// Whether the account has access to any project, and how many, if Jira tells.
pub async fn visible_count(client: &Client) -> Result<(bool, Option<i64>), Error> {
    let request = Request::get(ROUTE, &[]).query("maxResults", "1").tries(2);
    let reply = client.call(&request).await?;
    let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
    Ok((!page.records.is_empty(), page.total))
}

fn search(statuses: &[&str]) -> Request {
    statuses.iter().fold(Request::get(ROUTE, &[]), |request, status| request.query("status", status))
}

fn split() -> Box<super::paginator::Split<'static>> {
    Box::new(|body| page::split(body, "values"))
}
