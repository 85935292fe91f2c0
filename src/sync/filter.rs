//! The config's filters as JQL, and the scope that they make.
//!
//! One function makes both of each filter, so a filter that the scope in a state does not remember cannot be written: see
//! [`Resolved::add`].

use super::context::SyncContext;
use crate::{
    client::{Client, Error, jql::Jql},
    codes,
    config::{self, Config, Filters},
    jira::{
        projects::{self, Project},
        search,
    },
    protocol::{Failure, Level, text},
    record::time,
    state::{Scope, scope::Bounds},
};
use std::collections::{BTreeMap, BTreeSet};

/// Which issues are wanted.
#[derive(Debug)]
pub struct Filter {
    pub jql: Jql,
    pub projects: ProjectFilter,
    /// Without projects.
    pub scope: Scope,
    /// The fingerprint of the whole filter.
    pub fingerprint: String,
    /// Wanted projects that the account has no access to.
    pub unknown: Vec<String>,
    /// Wanted projects that are archived, if those are not read.
    archived: Vec<String>,
}

impl Filter {
    /// Resolves the projects that the config names, because Jira answers unknown keys in JQL with an error or, worse, with
    /// nothing.
    pub async fn resolve(client: &Client, config: &Config) -> Result<Self, Error> {
        let filters = &config.filters;
        let wanted = projects::by_keys(client, &filters.projects).await?;
        let excluded = projects::by_keys(client, &filters.exclude_projects).await?;
        let unknown = missing(&filters.projects, &wanted);
        // It may have been deleted since: no reason to stop a sync that worked. `check` looks for typing errors.
        for key in missing(&filters.exclude_projects, &excluded) {
            tracing::warn!(
                "`exclude_projects` names {key}, which does not exist or which this account may not browse."
            );
        }
        let mut resolved = Resolved::default();
        for filter in filters.each() {
            resolved.add(&filter, &wanted, &excluded);
        }
        let Resolved { jql, scope } = resolved;
        let archived = if scope.archived { " archived" } else { "" };
        let fingerprint = fingerprint(&format!("{}{archived}", jql.unordered()));
        let projects = ProjectFilter::new(filters, &wanted);
        let archived = wanted.values().filter(|project| project.archived && !filters.include_archived_projects);
        let archived = archived.map(|project| project.key.clone()).collect();
        Ok(Self { jql, projects, scope, fingerprint, unknown, archived })
    }

    /// What the filter lets through now: its scope, with the projects that the account has access to at this moment.
    pub async fn current_scope(&self, client: &Client, now: i64) -> Result<Scope, Error> {
        Ok(Scope { projects: self.projects.visible(client).await?, observed_at: now, ..self.scope.clone() })
    }

    /// Why the filter cannot be used as it is, if so.
    pub fn refusal(&self) -> Option<Failure> {
        (!self.unknown.is_empty()).then(|| {
            Failure::config(format!(
                "These projects in `projects` do not exist, or this account may not browse them: {}. Correct their keys, or \
                 give the account the permission to browse them.",
                self.unknown.join(", ")
            ))
        })
    }

    /// Why nothing can match at this moment, though the config is valid; `now` is the site's clock, epoch milliseconds.
    pub fn emptiness(&self, config: &Config, now: i64) -> Option<String> {
        let dates = [(self.scope.updated, "`start_date` or `updated_after`"), (self.scope.created, "`created_after`")];
        for (bounds, options) in dates {
            if let Some(from) = bounds.from.filter(|from| *from > now) {
                return Some(format!(
                    "No issue can match: {options} is {}, which is in the future. Correct the date.",
                    time::short(from)
                ));
            }
        }
        let all = self.archived.len() == config.filters.projects.len();
        self.archived_note().filter(|_| all).map(|note| format!("No issue can match: {note}"))
    }

    /// Which wanted projects are not read because they are archived.
    pub fn archived_note(&self) -> Option<String> {
        (!self.archived.is_empty()).then(|| {
            format!(
                "{} in `projects` {} archived, and archived projects are read only with `include_archived_projects`. Set \
                 that option, or restore the project.",
                self.archived.join(", "),
                text::agree(self.archived.len() as u64, "is", "are"),
            )
        })
    }

    /// Whether nothing at all can match: projects are wanted, and none of them exists.
    pub fn is_empty(&self, config: &Config) -> bool {
        !config.filters.projects.is_empty() && self.unknown.len() == config.filters.projects.len()
    }
}

/// The query, and what a state remembers of it.
#[derive(Default)]
struct Resolved {
    jql: Jql,
    scope: Scope,
}

impl Resolved {
    /// Adds a filter to both. Projects are remembered by those that match, which is known only when they are listed.
    fn add(
        &mut self,
        filter: &config::Filter<'_>,
        wanted: &BTreeMap<String, Project>,
        excluded: &BTreeMap<String, Project>,
    ) {
        let jql = std::mem::take(&mut self.jql);
        self.jql = match filter {
            config::Filter::Projects { exclude, .. } => {
                let projects = if *exclude { excluded } else { wanted };
                let ids: Vec<&str> = projects.values().map(|project| project.id.as_str()).collect();
                // An empty list of excluded projects is no condition; one of wanted projects finds nothing.
                if *exclude && ids.is_empty() { jql } else { jql.any_of("project", *exclude, ids) }
            }
            config::Filter::Dates { field, interval } => {
                let bounds = Bounds {
                    from: interval.from.map(|moment| moment.epoch_millis()),
                    to: interval.to.map(|moment| moment.epoch_millis()),
                };
                *self.scope.bounds(field) = bounds;
                bounds.on(jql, field)
            }
            config::Filter::Condition { option, jql: condition } => {
                self.scope.conditions.insert((*option).to_owned(), fingerprint(condition));
                jql.wrapped(condition)
            }
            config::Filter::Archived => {
                self.scope.archived = true;
                jql
            }
        };
    }
}

/// The keys of which no project was found.
fn missing(keys: &[String], found: &BTreeMap<String, Project>) -> Vec<String> {
    keys.iter().filter(|key| !found.contains_key(&key.to_uppercase())).cloned().collect()
}

/// A key that does not exist, with the one that it looks like, if there is one.
pub fn with_suggestion(key: &str, known: &[&str]) -> Option<String> {
    config::near_miss(key, known).map(|near| format!("{key} (did you mean {near}?)"))
}

/// Why the keys of the projects to be skipped can't be right, if one that does not exist looks like another project's: what it
/// was meant to leave out would be read.
pub async fn misspelt_exclusion(client: &Client, config: &Config) -> Result<Option<Failure>, Error> {
    let keys = &config.filters.exclude_projects;
    let unknown = missing(keys, &projects::by_keys(client, keys).await?);
    if unknown.is_empty() {
        return Ok(None);
    }
    let known = projects::visible_keys(client).await?;
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let near: Vec<String> = unknown.iter().filter_map(|key| with_suggestion(key, &known)).collect();
    Ok((!near.is_empty()).then(|| {
        Failure::config(format!(
            "`exclude_projects` names projects that do not exist, so what is to be skipped would be read: {}. Correct the keys.",
            near.join(", ")
        ))
    }))
}

/// What Jira has against the config's own condition, if anything.
pub async fn condition_error(client: &Client, config: &Config) -> Result<Option<String>, Error> {
    let Some(condition) = config.filters.jql() else { return Ok(None) };
    let errors = match search::condition_errors(client, condition).await {
        Err(error) if !error.is_fatal() => {
            tracing::warn!("The condition in `jql` could not be checked beforehand. {error}");
            return Ok(None);
        }
        errors => errors?,
    };
    Ok((!errors.is_empty()).then(|| {
        format!(
            "Jira cannot use the condition in `jql`: {} Correct it, or try it first in Jira's issue search.",
            errors.join(" ")
        )
    }))
}

/// The config's filter, checked, for these streams. Unknown projects among known ones are reported, and the known ones are
/// read.
pub async fn checked(sync: &SyncContext, streams: &[&str]) -> Result<Filter, Failure> {
    let (client, config) = (&sync.client, &sync.config);
    if let Some(error) = condition_error(client, config).await? {
        return Err(Failure::config(error));
    }
    let filter = Filter::resolve(client, config).await?;
    if let Some(failure) = filter.refusal() {
        if filter.is_empty(config) {
            return Err(failure);
        }
        sync.out.fail(failure);
    }
    match (filter.emptiness(config, sync.started()), filter.archived_note()) {
        (Some(why), _) => {
            sync.out.log(Level::Warn, why);
            streams.iter().for_each(|stream| sync.report.skip(stream, &codes::NOTHING_CAN_MATCH));
        }
        (None, Some(note)) => sync.out.log(Level::Warn, note),
        (None, None) => {}
    }
    Ok(filter)
}

/// What the filter says about projects.
#[derive(Clone, Debug)]
pub struct ProjectFilter {
    wanted: Vec<String>,
    excluded: Vec<String>,
    archived: bool,
    /// IDs that the query names, if it names any: a project that was not visible when it was made is not in it.
    named: Option<BTreeSet<u64>>,
}

impl ProjectFilter {
    fn new(filters: &Filters, wanted: &BTreeMap<String, Project>) -> Self {
        let named = wanted.values().filter_map(|project| project.id.parse().ok()).collect();
        Self {
            wanted: filters.projects.clone(),
            excluded: filters.exclude_projects.iter().map(|key| key.to_uppercase()).collect(),
            archived: filters.include_archived_projects,
            named: (!filters.projects.is_empty()).then_some(named),
        }
    }

    /// The projects that it lets through and that the account has access to now.
    async fn found(&self, client: &Client) -> Result<Vec<Project>, Error> {
        let mut found: Vec<Project> = match self.wanted.as_slice() {
            [] => projects::browsable(client).await?,
            named => projects::by_keys(client, named).await?.into_values().collect(),
        };
        let excluded = |project: &Project| self.excluded.contains(&project.key.to_uppercase());
        found.retain(|project| (self.archived || !project.archived) && !excluded(project));
        Ok(found)
    }

    /// IDs of the projects that it lets through and that the account has access to now.
    pub async fn visible(&self, client: &Client) -> Result<BTreeSet<u64>, Error> {
        Ok(self.found(client).await?.iter().filter_map(|project| project.id.parse().ok()).collect())
    }

    /// Those of them that are archived now: their IDs by their keys.
    pub async fn archived(&self, client: &Client) -> Result<BTreeMap<String, u64>, Error> {
        if !self.archived {
            return Ok(BTreeMap::new());
        }
        let found = self.found(client).await?.into_iter().filter(|project| project.archived);
        Ok(found.filter_map(|project| Some((project.key, project.id.parse().ok()?))).collect())
    }

    /// Those of them whose issues the query finds.
    pub async fn searchable(&self, client: &Client) -> Result<BTreeSet<u64>, Error> {
        let mut visible = self.visible(client).await?;
        visible.retain(|id| self.named.as_ref().is_none_or(|named| named.contains(id)));
        Ok(visible)
    }
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
