//! What a route needs to build its response.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::auth::{Credentials, Who};
use super::reply::Reply;
use super::request::Request;
use crate::faults::Quirks;
use crate::identity::tokens::Tokens;
use crate::jql::Rules;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::indexed::Position;
use crate::time::Millis;

/// An answer or a refusal; both are replies.
pub(crate) type Answer = Result<Reply, Reply>;

pub(crate) struct Context<'a> {
    pub site: &'a Site,
    pub scenario: &'a Scenario,
    pub request: &'a Request,
    /// The parts of the path that the template leaves open.
    pub parameters: Vec<String>,
    pub quirks: Quirks,
    pub credentials: &'a Credentials,
    /// The authenticated account.
    pub who: Option<Who>,
    pub issued: &'a Mutex<Tokens>,
    pub now: Millis,
    pub searches: &'a Searches,
}

impl Context<'_> {
    pub(crate) fn rules(&self) -> Rules {
        let search = &self.scenario.search;
        let lag = (search.index_lag_seconds * 1000.0) as Millis;
        Rules { now: self.now, strict_values: search.strict_values, lag, archived: false }
    }

    /// A panic in one request must not take the others down, so a poisoned lock is used all the same.
    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn segment(&self, number: usize) -> &str {
        self.parameters.get(number).map_or("", String::as_str)
    }

    /// The visible issue in the path. (Jira: a missing issue and an invisible one get the same response on purpose.)
    pub(crate) fn issue(&self) -> Result<Position, Reply> {
        self.site
            .find_visible(self.segment(0))
            .ok_or_else(|| Reply::refusal(404, "Issue does not exist or you do not have permission to see it."))
    }
}

/// What identifies a search result.
#[derive(PartialEq)]
pub(crate) struct SearchKey {
    pub jql: String,
    /// Issues that `reconcileIssues` read from the database instead of the index.
    pub reconciled: Vec<u64>,
    /// How many changes of issues the index has applied, and the version of the catalog.
    pub seen: (usize, u64),
    /// The current minute, for queries with relative dates.
    pub minute: Millis,
    pub strict_values: bool,
    pub archived: bool,
}

/// A cache of recent search results, so that all pages of a search are sorted only once.
#[derive(Default)]
pub(crate) struct Searches(Mutex<Vec<(SearchKey, Arc<Vec<Position>>)>>);

impl Searches {
    pub(crate) fn find(&self, key: SearchKey, run: impl FnOnce() -> Vec<Position>) -> Arc<Vec<Position>> {
        const KEPT: usize = 48;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == key) {
            let entry = kept.remove(at);
            kept.push(entry);
            return kept[kept.len() - 1].1.clone();
        }
        // The lock is released so that other requests can search.
        drop(kept);
        let found = Arc::new(run());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, found.clone()));
        found
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
