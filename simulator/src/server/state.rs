//! The state that all requests share.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::auth::Credentials;
use super::context::Searches;
use super::log::RequestLog;
use super::timeline::Progress;
use super::trace::Trace;
use crate::faults::Faults;
use crate::faults::limiter::Limiter;
use crate::identity::tokens::Tokens;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::catalog::Place;
use crate::time::Zone;

pub(crate) struct State {
    site: RwLock<Site>,
    scenario: RwLock<Scenario>,
    log: Mutex<RequestLog>,
    faults: Mutex<Faults>,
    limiter: Mutex<Limiter>,
    timeline: Mutex<Progress>,
    trace: Mutex<Trace>,
    pub searches: Searches,
    pub tokens: Mutex<Tokens>,
    pub credentials: Credentials,
    pub latency: Duration,
}

impl State {
    pub(crate) fn new(site: Site, scenario: Scenario, credentials: Credentials, latency: Duration) -> Self {
        let tokens = Tokens::new(site.seed, &credentials.refresh_token, site.clock.now());
        let state = Self {
            site: RwLock::new(site),
            scenario: RwLock::new(Scenario::default()),
            log: Mutex::default(),
            faults: Mutex::default(),
            limiter: Mutex::default(),
            timeline: Mutex::default(),
            trace: Mutex::default(),
            searches: Searches::default(),
            tokens: Mutex::new(tokens),
            credentials,
            latency,
        };
        state.set_scenario(scenario);
        state
    }

    // A panic in one request must not take the others down, so poisoned locks are used all the same.
    pub(crate) fn site(&self) -> RwLockReadGuard<'_, Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn site_to_edit(&self) -> RwLockWriteGuard<'_, Site> {
        self.site.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn scenario(&self) -> RwLockReadGuard<'_, Scenario> {
        self.scenario.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn timeline(&self) -> MutexGuard<'_, Progress> {
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the scenario. Counters of faults are reset; issued tokens stay valid.
    pub(crate) fn set_scenario(&self, scenario: Scenario) {
        let mut site = self.site_to_edit();
        let (seen, now) = (site.visibility(), site.clock.now());
        if let Some(zone) = Zone::named(&scenario.account.time_zone) {
            site.zone = zone;
        }
        site.hidden_projects = if scenario.account.no_projects {
            (0..site.catalog.projects.len() as Place).collect()
        } else {
            scenario.site.hidden_projects.iter().filter_map(|key| site.catalog.project(key)).collect()
        };
        let rules = &scenario.site;
        site.hidden_issues = rules
            .hidden_issues
            .iter()
            .filter_map(|name| site.find(name))
            .map(|at| site.issues[at as usize].id)
            .collect();
        site.record_visibility(&seen, now);
        drop(site);
        *self.scenario.write().unwrap_or_else(PoisonError::into_inner) = scenario;
        *self.faults() = Faults::default();
        *self.limiter() = Limiter::default();
        self.searches.clear();
    }
}
