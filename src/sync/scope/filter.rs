//! The config's filter as JQL, and the scope that it makes.

use super::{Bounds, Scope};
use crate::{
    client::{Client, Error, Read, Request, classify, jql::Jql},
    config::Config,
    record::{Object, object, page},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Keys that one request of project/search takes (Jira REST v3: "Get projects paginated").
const KEYS: usize = 50;
/// Projects of a page.
const PAGE: usize = 100;
/// Empty pages in a row that are believed not to be the last.
const EMPTY_PAGES: u32 = 5;

/// Which issues are wanted.
#[derive(Debug)]
pub struct Filter {
    pub jql: Jql,
    /// Without projects.
    pub scope: Scope,
    /// Fingerprint of the filter, as older versions wrote it into states.
    pub fingerprint: String,
    /// Wanted projects that the account can't see.
    pub unknown: Vec<String>,
}

impl Filter {
    /// Looks up the projects that the config names, because Jira answers unknown keys in JQL with an error or, worse, with
    /// nothing.
    pub async fn resolve(client: &Client, config: &Config) -> Result<Self, Error> {
        let filters = &config.filters;
        let wanted = projects(client, &filters.projects).await?;
        let left_out = projects(client, &filters.exclude_projects).await?;
        let unknown = filters.projects.iter().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in filters.exclude_projects.iter().filter(|key| !left_out.contains_key(*key)) {
            tracing::warn!(
                "`exclude_projects` names {key}, which does not exist or may not be browsed by this account."
            );
        }
        let scope = Scope {
            updated: Bounds {
                from: filters.updated_after().map(|moment| moment.epoch_millis()),
                to: filters.updated_before.map(|moment| moment.epoch_millis()),
            },
            created: Bounds {
                from: filters.created_after.map(|moment| moment.epoch_millis()),
                to: filters.created_before.map(|moment| moment.epoch_millis()),
            },
            condition: filters.jql().map(fingerprint),
            archived: filters.include_archived_projects,
            ..Scope::default()
        };
        let mut jql = Jql::default();
        if !filters.projects.is_empty() {
            jql = jql.any_of("project", false, wanted.values().map(|project| project.id.as_str()));
        }
        if !left_out.is_empty() {
            jql = jql.any_of("project", true, left_out.values().map(|project| project.id.as_str()));
        }
        jql = scope.created.on(scope.updated.on(jql, "updated"), "created");
        if let Some(condition) = filters.jql() {
            jql = jql.wrapped(condition);
        }
        let archived = if filters.include_archived_projects { " archived" } else { "" };
        let fingerprint = fingerprint(&format!("{}{archived}", jql.unordered()));
        Ok(Self { jql, scope, fingerprint, unknown })
    }

    /// What the filter lets through now: its scope, with the projects that the account can see at this moment.
    pub async fn look(&self, client: &Client, config: &Config, now: i64) -> Result<Scope, Error> {
        let filters = &config.filters;
        let found = match filters.projects.as_slice() {
            [] => browsable(client).await?,
            named => projects(client, named).await?.into_values().collect(),
        };
        let seen = found.iter().filter(|project| {
            (filters.include_archived_projects || !project.archived) && !filters.exclude_projects.contains(&project.key)
        });
        let projects = seen.filter_map(|project| project.id.parse().ok()).collect();
        Ok(Scope { projects, looked: now, ..self.scope.clone() })
    }

    /// Whether nothing at all can match: projects are wanted, and none of them is there.
    pub fn is_empty(&self, config: &Config) -> bool {
        !config.filters.projects.is_empty() && self.unknown.len() == config.filters.projects.len()
    }
}

/// What Jira has against the config's own condition, if anything. Asked for beforehand, because a search answers an
/// unknown field or value with an empty list as often as with an error.
pub async fn doubts(client: &Client, config: &Config) -> Result<Option<String>, Error> {
    let Some(condition) = config.filters.jql() else { return Ok(None) };
    let request = Request::post(Read::JqlParse, &json!({"queries": [condition]})).query("validation", "strict");
    let reply = match client.call(&request).await {
        Err(error) if !error.is_fatal() => {
            tracing::warn!("The condition in `jql` could not be checked beforehand. {error}");
            return Ok(None);
        }
        reply => reply?,
    };
    let page = page::split(&reply.body, "queries").map_err(|why| classify::malformed(&request, why))?;
    let query = page.records.first().and_then(|query| Object::parse(query).ok());
    let errors = query.and_then(|query| query.list("errors")).unwrap_or_default();
    let errors: Vec<String> =
        errors.iter().map(|error| object::text(error.get()).unwrap_or_default().into_owned()).collect();
    Ok((!errors.is_empty()).then(|| {
        format!(
            "Jira cannot use the condition in `jql`: {} Correct it, or try it first in Jira's issue search.",
            errors.join(" ")
        )
    }))
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

/// FNV-1a: short, and the same in every version of this program.
fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_stable_across_versions() {
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("a"), "af63dc4c8601ec8c");
    }
}
