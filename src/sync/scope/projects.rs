//! The projects that a filter lets through, as far as the account can see them at a moment.

use crate::{
    client::{Client, Error, Request, classify},
    config::Filters,
    record::{Object, page},
};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that one request of project/search takes (Jira REST v3: "Get projects paginated").
const KEYS: usize = 50;
/// Projects of a page.
const PAGE: usize = 100;
/// Empty pages in a row that are believed not to be the last.
const EMPTY_PAGES: u32 = 5;

/// What a filter says about projects.
#[derive(Clone, Debug)]
pub struct Sieve {
    wanted: Vec<String>,
    left_out: Vec<String>,
    archived: bool,
    /// Ids that the query names, if it names any: a project that was out of sight when it was made is not in it.
    named: Option<BTreeSet<u64>>,
}

impl Sieve {
    pub fn new(filters: &Filters, wanted: &BTreeMap<String, Project>) -> Self {
        let named = wanted.values().filter_map(|project| project.id.parse().ok()).collect();
        Self {
            wanted: filters.projects.clone(),
            left_out: filters.exclude_projects.clone(),
            archived: filters.include_archived_projects,
            named: (!filters.projects.is_empty()).then_some(named),
        }
    }

    /// Ids of the projects that it lets through now.
    pub async fn in_sight(&self, client: &Client) -> Result<BTreeSet<u64>, Error> {
        let found = match self.wanted.as_slice() {
            [] => browsable(client).await?,
            named => projects(client, named).await?.into_values().collect(),
        };
        let seen = found
            .iter()
            .filter(|project| (self.archived || !project.archived) && !self.left_out.contains(&project.key));
        Ok(seen.filter_map(|project| project.id.parse().ok()).collect())
    }

    /// Those of them whose issues the query finds.
    pub async fn in_reach(&self, client: &Client) -> Result<BTreeSet<u64>, Error> {
        let mut seen = self.in_sight(client).await?;
        seen.retain(|id| self.named.as_ref().is_none_or(|named| named.contains(id)));
        Ok(seen)
    }
}

/// A project, as far as filters need to know it.
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

/// The projects with these keys that the account can see, by key.
pub async fn projects(client: &Client, keys: &[String]) -> Result<BTreeMap<String, Project>, Error> {
    let mut found = BTreeMap::new();
    for keys in keys.chunks(KEYS) {
        let mut request = search(KEYS);
        for key in keys {
            request = request.query("keys", key);
        }
        let reply = client.call(&request).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        found.extend(
            page.records.iter().filter_map(|raw| Project::read(raw)).map(|project| (project.key.clone(), project)),
        );
    }
    Ok(found)
}

/// All projects whose issues the account can see, page by page.
async fn browsable(client: &Client) -> Result<Vec<Project>, Error> {
    let (mut found, mut start, mut empty) = (Vec::new(), 0, 0);
    loop {
        let request = search(PAGE).query("action", "browse").query("startAt", start.to_string());
        let reply = client.call(&request).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        found.extend(page.records.iter().filter_map(|raw| Project::read(raw)));
        empty = if page.records.is_empty() { empty + 1 } else { 0 };
        // The server may lower the size of a page at any time, so only what came counts.
        start += if page.records.is_empty() { PAGE } else { page.records.len() };
        let last = page.is_last.unwrap_or_else(|| page.total.is_none_or(|total| start as i64 >= total));
        if last || empty > EMPTY_PAGES {
            return Ok(found);
        }
    }
}

fn search(size: usize) -> Request {
    let request = Request::get("/rest/api/3/project/search", &[]).query("maxResults", size.to_string());
    request.query("status", "live").query("status", "archived")
}

/// Keys of projects that the account can see: as many as help to recognise a typing error.
pub async fn visible_keys(client: &Client) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    for number in 0..5 {
        let request = Request::get("/rest/api/3/project/search", &[])
            .query("maxResults", "100")
            .query("startAt", (number * 100).to_string());
        let reply = client.call(&request).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        let projects = page.records.iter().filter_map(|raw| Object::parse(raw).ok());
        keys.extend(projects.filter_map(|project| project.text("key").map(|key| key.into_owned())));
        if page.records.is_empty() || page.is_last == Some(true) {
            break;
        }
    }
    Ok(keys)
}
