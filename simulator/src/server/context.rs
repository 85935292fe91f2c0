//! What a route gets to answer with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::auth::{Credentials, Who};
use super::reply::Reply;
use super::request::Request;
use crate::faults::Quirks;
use crate::identity::tokens::Tokens;
use crate::jql::Rules;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::row::Position;
use crate::when::Millis;

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
    /// Who is logged in.
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

    /// The visible issue the path names. (Jira: not there and not visible look the same on purpose.)
    pub(crate) fn issue(&self) -> Result<Position, Reply> {
        self.site
            .find_visible(self.segment(0))
            .ok_or_else(|| Reply::refusal(404, "Issue does not exist or you do not have permission to see it."))
    }
}

/// What identifies a search result.
#[derive(PartialEq)]
pub(crate) struct Asked {
    pub jql: String,
    /// Issues that were looked up anew.
    pub reconciled: Vec<u64>,
    /// What the index had seen of the issues' changes, and of those around them.
    pub seen: (usize, u64),
    /// Of queries that depend on it.
    pub minute: Millis,
    pub strict_values: bool,
    pub archived: bool,
}

/// Results of recent searches, so that a chain of pages sorts once.
#[derive(Default)]
pub(crate) struct Searches(Mutex<Vec<(Asked, Arc<Vec<Position>>)>>);

impl Searches {
    pub(crate) fn find(&self, asked: Asked, run: impl FnOnce() -> Vec<Position>) -> Arc<Vec<Position>> {
        const KEPT: usize = 48;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == asked) {
            let entry = kept.remove(at);
            kept.push(entry);
            return kept[kept.len() - 1].1.clone();
        }
        // Others may search meanwhile.
        drop(kept);
        let found = Arc::new(run());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((asked, found.clone()));
        found
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
