//! What all requests share.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::auth::Credentials;
use super::context::Searches;
use super::course::Progress;
use super::log::RequestLog;
use crate::faults::Faults;
use crate::faults::limiter::Limiter;
use crate::identity::tokens::Tokens;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::catalog::Place;
use crate::when::Zone;

pub(crate) struct State {
    site: RwLock<Site>,
    scenario: RwLock<Scenario>,
    log: Mutex<RequestLog>,
    faults: Mutex<Faults>,
    limiter: Mutex<Limiter>,
    course: Mutex<Progress>,
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
            course: Mutex::default(),
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

    pub(crate) fn course(&self) -> MutexGuard<'_, Progress> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the rules; counts of faults start over, issued tokens stay as they are.
    pub(crate) fn set_scenario(&self, scenario: Scenario) {
        let mut site = self.site_to_edit();
        let (seen, now) = (site.seen(), site.clock.now());
        if let Some(zone) = Zone::named(&scenario.account.time_zone) {
            site.zone = zone;
        }
        site.veiled = if scenario.account.no_projects {
            (0..site.catalog.projects.len() as Place).collect()
        } else {
            scenario.site.hidden_projects.iter().filter_map(|key| site.catalog.project(key)).collect()
        };
        let rules = &scenario.site;
        site.veiled_issues =
            rules.hidden_issues.iter().filter_map(|name| site.find(name)).map(|at| site.rows[at as usize].id).collect();
        site.compare(&seen, now);
        drop(site);
        *self.scenario.write().unwrap_or_else(PoisonError::into_inner) = scenario;
        *self.faults() = Faults::default();
        *self.limiter() = Limiter::default();
        self.searches.clear();
    }
}
