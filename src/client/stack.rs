//! The stack of all layers, in the order that [`crate::client`] explains.

use super::{
    Gate, Stats,
    auth::Auth,
    health::Health,
    observe::Observe,
    retry::{Policy, Retry},
    throttle::Throttle,
    transport::Http,
};
use std::{sync::Arc, time::Duration};

/// All layers.
pub type Stack = Observe<Retry<Throttle<Auth<Http>>>>;

/// What all stacks of a run share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shared {
    pub gate: Arc<Gate>,
    pub health: Arc<Health>,
    pub stats: Arc<Stats>,
    policy: Policy,
}

impl Shared {
    /// `limit`: the most requests in flight. `loopback`: the hosts are on this machine. `patience`: the longest outage that is
    /// waited for.
    pub(super) fn new(limit: usize, loopback: bool, patience: Duration) -> Self {
        let (gate, stats, policy) = (Arc::new(Gate::new(limit)), Arc::default(), Policy::for_site(loopback));
        let health = Health::new(Arc::clone(&gate), Arc::clone(&stats), policy.pauses(), patience);
        Self { gate, health: Arc::new(health), stats, policy }
    }

    /// Puts the layers above authentication on `auth`.
    pub(super) fn layers(&self, auth: Auth<Http>) -> Stack {
        let throttle = Throttle::new(auth, Arc::clone(&self.gate));
        let retry = Retry::new(throttle, Arc::clone(&self.health), self.policy);
        Observe::new(retry, Arc::clone(&self.stats))
    }
}
