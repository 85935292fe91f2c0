//! The time of the runtime that a life has for itself: it stands still while anything moves, and leaps when all wait.

use crate::support::Site;
use std::{convert::Infallible, time::Duration};

/// Turns of the runtime in which no request begins or ends, before everybody is taken to wait for the time.
const TURNS: u32 = 100;
/// The first leap of a wait, and the longest.
const LEAPS: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(200)];

/// Moves the paused time; never ends. Keeps the runtime busy, so that it does not move the time itself.
pub async fn pace(site: &Site) -> Infallible {
    loop {
        settle(site).await;
        let mut leap = LEAPS[0];
        while !moves(site).await {
            tokio::time::advance(leap).await;
            leap = (leap * 2).min(LEAPS[1]);
        }
    }
}

/// Waits until nothing moves that does not wait for the time.
pub async fn settle(site: &Site) {
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
