//! The wall clock, passed in so that tests can stop it.

/// Returns epoch milliseconds.
#[derive(Clone, Copy)]
pub struct Clock(fn() -> i64);

impl Clock {
    pub const fn new(now: fn() -> i64) -> Self {
        Self(now)
    }

    /// The machine's clock. Cursors never use it: they follow the server's.
    #[allow(clippy::disallowed_methods, reason = "the clock that is passed in")]
    pub const fn system() -> Self {
        Self(|| chrono::Utc::now().timestamp_millis())
    }

    pub fn now(self) -> i64 {
        (self.0)()
    }
}
