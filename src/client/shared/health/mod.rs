//! Whether the site answers at all: one state for all requests of a run, and one budget for their retries.
//!
//! No layer itself: `retry` reports each attempt to it, and waits for it before the next one. Every request that fails may
//! be the first sign of an outage, and only the site can say whether it is: an error that may be the site's counts as the
//! request's own only if Jira has answered something since. After [`SIGNS`] failures in a row, or before a request is given
//! up, one caller asks for `/myself`. While that is not answered either, nothing else is sent, and it is asked again after
//! pauses that grow. When the outage has lasted as long as the run may wait, every request fails immediately, so the run ends with
//! the positions that it has.

use crate::client::{Error, Gate, Kind, Reply, Request, Service, Stats};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row, over all requests, after which the site is asked whether it answers at all.
const SIGNS: u32 = 3;
/// Retries that a run may spend before it has earned any. Each answer earns one more, up to as many again: half of all
/// attempts may fail for hours, but an endpoint that always fails is soon asked once only.
const RETRIES: u32 = 200;

/// The state of the site.
pub struct Health {
    /// The longest outage that is waited for.
    patience: Duration,
    /// The first pause between two questions, and the longest.
    pauses: [Duration; 2],
    gate: Arc<Gate>,
    stats: Arc<Stats>,
    state: Mutex<State>,
    /// Whoever holds it asks the site.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    last_answer: Option<Instant>,
    /// Since the last answer.
    failures: u32,
    outage: Option<Outage>,
    /// Outages that ended.
    ended: u32,
    /// The run gave up.
    over: Option<Error>,
    /// Retries spent and not earned again.
    spent: u32,
}

/// Failures that may be the site's.
struct Outage {
    since: Instant,
    last: Error,
    /// When the site is asked next, and the pause after that.
    next: Instant,
    pause: Duration,
    /// The site did not answer when it was asked.
    confirmed: bool,
}

impl Health {
    /// `pauses`: the first one between two questions, and the longest.
    pub fn new(gate: Arc<Gate>, stats: Arc<Stats>, pauses: [Duration; 2], patience: Duration) -> Self {
        Self { patience, pauses, gate, stats, state: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// The outcome of an attempt.
    pub fn observe(&self, result: Result<&Reply, &Error>) {
        match result {
            Err(error) if error.may_be_outage() => self.failed(error),
            // Whoever cut it off, it says nothing of the site.
            Err(error) if error.kind == Kind::Malformed => {}
            Ok(_) | Err(_) => self.answered(),
        }
    }

    /// Whether one more retry is within the budget.
    pub fn may_retry(&self) -> bool {
        self.with(|state| {
            state.spent += 1;
            state.spent <= RETRIES
        })
    }

    /// Whether the site is being asked if it answers.
    pub fn is_in_doubt(&self) -> bool {
        self.with(|state| state.outage.is_some())
    }

    /// Waits while nothing may be sent. Returns whether there was an outage; an error if the run gave up.
    pub async fn wait(&self, site: &impl Service) -> Result<bool, Error> {
        let ended = self.with(|state| state.ended);
        loop {
            if self.passes()? {
                return Ok(self.with(|state| state.ended) != ended);
            }
            // If this caller is cancelled, the next one asks.
            let _turn = self.asking.lock().await;
            let Some(next) = self.with(|state| state.outage.as_ref().map(|outage| outage.next)) else { continue };
            tokio::time::sleep_until(next).await;
            // A request that was under way may have been answered.
            if self.is_in_doubt() {
                let request = question();
                let result = site.call(&request).await;
                self.stats.add_attempt(&request, result.is_ok());
                self.observe(result.as_ref());
                self.confirm();
            }
        }
    }

    /// Before a request is given up: whether it failed in an outage, which is over now. `began`: its last attempt.
    pub async fn excuses(&self, began: Instant, error: &Error, site: &impl Service) -> Result<bool, Error> {
        if !error.may_be_outage() || self.with(|state| state.last_answer.is_some_and(|answer| answer >= began)) {
            return Ok(false);
        }
        self.with(|state| self.doubt(state, error));
        self.wait(site).await
    }

    /// What is waited for, for people, and for how long at most.
    pub fn waiting(&self) -> Option<(String, Duration)> {
        self.with(|state| {
            let outage = state.outage.as_ref().filter(|outage| outage.confirmed)?;
            let lasted = outage.since.elapsed();
            let what = format!("Jira has not answered for {} s ({})", lasted.as_secs(), outage.last.summary());
            Some((what, self.patience.saturating_sub(lasted)))
        })
    }

    fn answered(&self) {
        let outage = self.with(|state| {
            (state.last_answer, state.failures) = (Some(Instant::now()), 0);
            state.spent = state.spent.min(RETRIES).saturating_sub(1);
            let outage = state.outage.take().filter(|outage| outage.confirmed);
            state.ended += u32::from(outage.is_some());
            outage
        });
        if let Some(outage) = outage {
            tracing::info!("Jira answers again, after {:.0} s.", outage.since.elapsed().as_secs_f64());
        }
    }

    fn failed(&self, error: &Error) {
        let failures = self.with(|state| {
            state.failures = state.failures.saturating_add(1);
            if let Some(outage) = &mut state.outage {
                outage.last = error.clone();
            } else if state.failures >= SIGNS {
                self.doubt(state, error);
            }
            state.failures
        });
        // One failure may be the request's; with the second, everybody slows down.
        if failures > 1 {
            self.gate.on_refusal();
        }
    }

    /// Lets the site be asked. Not for a host that never answered: its address may be wrong, and whoever made the mistake
    /// waits for the error.
    fn doubt(&self, state: &mut State, error: &Error) {
        let is_jira = state.last_answer.is_some() || error.kind == Kind::Server;
        if cfg!(mutant = "outages_are_not_waited_for") {
            return;
        }
        if state.outage.is_none() && is_jira && !self.patience.is_zero() {
            let (since, last) = (Instant::now(), error.clone());
            state.outage = Some(Outage { since, last, next: since, pause: self.pauses[0], confirmed: false });
        }
    }

    /// The site was asked, and may not have answered.
    fn confirm(&self) {
        let news = self.with(|state| {
            let outage = state.outage.as_mut()?;
            outage.next = Instant::now() + outage.pause;
            outage.pause = (outage.pause * 2).min(self.pauses[1]);
            if outage.since.elapsed() >= self.patience {
                state.over = Some(given_up(&outage.last, outage.since.elapsed()));
                state.outage = None;
                return None;
            }
            let is_new = !std::mem::replace(&mut outage.confirmed, true);
            is_new.then(|| outage.last.summary())
        });
        if let Some(failure) = news {
            let minutes = self.patience.as_secs_f64() / 60.0;
            tracing::warn!(
                "Jira does not answer ({failure}). All requests wait until it does, for at most {minutes:.0} min."
            );
        }
    }

    /// Whether a request may be sent now.
    fn passes(&self) -> Result<bool, Error> {
        self.with(|state| match &state.over {
            Some(error) => Err(error.clone()),
            None => Ok(state.outage.is_none()),
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // A panic while holding the lock leaves plain values, which stay usable.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The account: whatever else is wrong, Jira has an answer to that, if only a refusal.
fn question() -> Request {
    Request::get("/rest/api/3/myself", &[]).short().probe()
}

fn given_up(last: &Error, lasted: Duration) -> Error {
    let detail = format!("{}; no answer for {:.0} min", last.detail, lasted.as_secs_f64() / 60.0).into();
    Error { kind: Kind::Outage, detail, tries: 0, elapsed: lasted, remedy: None, wait: None, ..last.clone() }
}

#[cfg(test)]
mod tests;
