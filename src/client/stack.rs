//! The stack of all layers, in the order that [`crate::client`] explains.

use super::{auth::Auth, observe::Observe, retry::Retry, shared::Shared, throttle::Throttle, transport::Http};
use std::sync::Arc;

/// All layers.
pub type Stack = Observe<Retry<Throttle<Auth<Http>>>>;

/// Puts the layers above authentication on `auth`.
pub(super) fn layers(auth: Auth<Http>, shared: &Shared) -> Stack {
    let throttle = Throttle::new(auth, Arc::clone(&shared.gate));
    let retry = Retry::new(throttle, Arc::clone(&shared.health), shared.policy);
    Observe::new(retry, Arc::clone(&shared.stats), Arc::clone(&shared.clock))
}
