//! The virtual time of a case: it is paused while anything moves, and advances when everything waits for it.

use crate::support::Site;
use std::{convert::Infallible, time::Duration};

/// Turns of the runtime without a request that begins or ends, after which everything counts as waiting for the time.
const TURNS: u32 = 100;
/// The first advance of a wait, and the longest.
const ADVANCES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(200)];

/// Advances the paused time; never ends. Keeps the runtime busy, so that the runtime does not advance the time on its own.
pub async fn advance_when_idle(site: &Site) -> Infallible {
    loop {
        wait_until_idle(site).await;
        let mut advance = ADVANCES[0];
        while !moves(site).await {
            tokio::time::advance(advance).await;
            advance = (advance * 2).min(ADVANCES[1]);
        }
    }
}

/// Waits until nothing moves but what waits for the time.
pub async fn wait_until_idle(site: &Site) {
    while moves(site).await {}
}

/// Whether a request begins or ends within some turns of the runtime.
async fn moves(site: &Site) -> bool {
    let before = site.activity();
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
        if site.activity() != before {
            return true;
        }
    }
    false
}
