//! What all stacks of a run share: the limits on requests, the health of the site, the site's clock, and the costs.

pub mod gate;
pub mod health;
pub mod site_clock;

use super::{Stats, retry::Policy};
use gate::Gate;
use health::Health;
use site_clock::SiteClock;
use std::{sync::Arc, time::Duration};

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Shared {
    pub gate: Arc<Gate>,
    pub health: Arc<Health>,
    pub stats: Arc<Stats>,
    pub clock: Arc<SiteClock>,
    pub policy: Policy,
}

impl Shared {
    /// `limit`: the most requests in flight. `loopback`: the hosts are on this machine. `patience`: the longest outage that is
    /// waited for.
    pub(super) fn new(limit: usize, loopback: bool, patience: Duration) -> Self {
        let (gate, stats, policy) = (Arc::new(Gate::new(limit)), Arc::default(), Policy::for_site(loopback));
        let health = Health::new(Arc::clone(&gate), Arc::clone(&stats), policy.pauses(), patience);
        Self { gate, health: Arc::new(health), stats, clock: Arc::new(SiteClock::start()), policy }
    }
}
