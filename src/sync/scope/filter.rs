//! The config's filter as JQL, and the scope that it makes.

use super::{
    Bounds, Scope,
    projects::{Sieve, projects},
};
use crate::{
    client::{Client, Error, Read, Request, classify, jql::Jql},
    config::Config,
    protocol::Failure,
    record::{Object, object, page},
};
use serde_json::json;

/// Which issues are wanted.
#[derive(Debug)]
pub struct Filter {
    pub jql: Jql,
    pub sieve: Sieve,
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
        Ok(Self { jql, sieve: Sieve::new(filters, &wanted), scope, fingerprint, unknown })
    }

    /// What the filter lets through now: its scope, with the projects that the account can see at this moment.
    pub async fn look(&self, client: &Client, now: i64) -> Result<Scope, Error> {
        Ok(Scope { projects: self.sieve.in_sight(client).await?, looked: now, ..self.scope.clone() })
    }

    /// What is wrong with the filter, if anything.
    pub fn refusal(&self) -> Option<Failure> {
        (!self.unknown.is_empty()).then(|| {
            Failure::config(format!(
                "The config asks for project(s) that do not exist or that this account may not browse: {}. Correct `projects`, or \
                 give the account the permission to browse them.",
                self.unknown.join(", ")
            ))
        })
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
