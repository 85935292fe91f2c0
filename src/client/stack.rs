//! The stack of all layers, in the order that [`crate::client`] explains.

use super::{
    Gate, Stats,
    auth::Auth,
    observe::Observe,
    retry::{Policy, Retry},
    throttle::Throttle,
    transport::Http,
};
use std::sync::Arc;

/// All layers.
pub type Stack = Observe<Retry<Throttle<Auth<Http>>>>;

/// Puts the layers above authentication on `auth`. `loopback`: the host is on this machine.
pub(super) fn layers(auth: Auth<Http>, gate: &Arc<Gate>, stats: &Arc<Stats>, loopback: bool) -> Stack {
    let throttle = Throttle::new(auth, Arc::clone(gate));
    let retry = Retry::new(throttle, Policy::for_site(loopback));
    Observe::new(retry, Arc::clone(stats))
}
