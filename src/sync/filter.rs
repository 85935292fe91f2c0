//! The config's filter as JQL, and its fingerprint in states.

use crate::{
    client::{Client, Error, Read, Request, classify, jql::Jql},
    config::Config,
    record::{Object, object, page},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Keys that one request of project/search takes (Jira REST v3: "Get projects paginated").
const KEYS: usize = 50;

/// Changed issues that may have come into the filter just now, with all that they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newcomers {
    None,
    /// An issue that was made later was in a filter by `updated` from its first moment.
    CreatedBefore(i64),
    All,
}

impl Newcomers {
    /// Whether an issue may be one; without a time of creation, it may.
    pub fn may_be(self, created: Option<i64>) -> bool {
        match self {
            Self::None => false,
            Self::CreatedBefore(bound) => created.is_none_or(|created| created < bound),
            Self::All => true,
        }
    }
}

/// Which issues are wanted.
#[derive(Debug)]
pub struct Filter {
    pub jql: Jql,
    /// Changes with everything that decides which issues are wanted.
    pub fingerprint: String,
    pub newcomers: Newcomers,
    /// Wanted projects that the account can't see.
    pub unknown: Vec<String>,
}

impl Filter {
    /// Looks up the projects, because Jira answers unknown keys in JQL with an error or, worse, with nothing.
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
        let mut jql = Jql::default();
        if !filters.projects.is_empty() {
            jql = jql.any_of("project", false, wanted.values().map(String::as_str));
        }
        if !left_out.is_empty() {
            jql = jql.any_of("project", true, left_out.values().map(String::as_str));
        }
        if let Some(after) = filters.updated_after() {
            jql = jql.at_least("updated", after.epoch_millis());
        }
        if let Some(before) = filters.updated_before {
            jql = jql.before("updated", before.epoch_millis());
        }
        if let Some(after) = filters.created_after {
            jql = jql.at_least("created", after.epoch_millis());
        }
        if let Some(before) = filters.created_before {
            jql = jql.before("created", before.epoch_millis());
        }
        if let Some(condition) = filters.jql() {
            jql = jql.wrapped(condition);
        }
        let anything = !filters.projects.is_empty() || !left_out.is_empty() || filters.jql().is_some();
        let newcomers = match filters.updated_after() {
            _ if anything || filters.updated_before.is_some() => Newcomers::All,
            Some(after) => Newcomers::CreatedBefore(after.epoch_millis()),
            None => Newcomers::None,
        };
        let archived = if filters.include_archived_projects { " archived" } else { "" };
        let fingerprint = fingerprint(&format!("{}{archived}", jql.unordered()));
        Ok(Self { jql, fingerprint, newcomers, unknown })
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

/// Ids of the projects with these keys that the account can see, by key.
pub async fn projects(client: &Client, keys: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    for keys in keys.chunks(KEYS) {
        let mut request = Request::get("/rest/api/3/project/search", &[])
            .query("maxResults", KEYS.to_string())
            .query("status", "live")
            .query("status", "archived");
        for key in keys {
            request = request.query("keys", key);
        }
        let reply = client.call(&request).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        for raw in &page.records {
            let Ok(project) = Object::parse(raw) else { continue };
            if let (Some(key), Some(id)) = (project.text("key"), project.id("id")) {
                found.insert(key.into_owned(), id.into_owned());
            }
        }
    }
    Ok(found)
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
