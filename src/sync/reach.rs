//! How far before its cursor a stream reads again.

use crate::{
    config::Config,
    state::cursor::{MINUTE, overlap},
};

/// Milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// The longest overlap.
    pub longest: i64,
    /// What the config adds to the overlap.
    pub lookback: i64,
}

impl Reach {
    pub fn new(config: &Config) -> Self {
        let minutes = |minutes: u32| i64::from(minutes) * MINUTE;
        Self { longest: minutes(config.max_overlap_minutes), lookback: minutes(config.lookback_window_minutes) }
    }

    /// How late the index may be, where it was seen to lag by so much.
    pub fn overlap(self, index_lag: i64) -> i64 {
        overlap(index_lag, self.longest)
    }

    /// Of a stream that saw the index lag by so much.
    pub fn before_cursor(self, index_lag: i64) -> i64 {
        self.overlap(index_lag) + self.lookback
    }
}
