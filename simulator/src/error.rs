//! What can go wrong when a site is loaded or served.

use std::fmt;

/// A failure outside the simulated Jira: a file, a scenario, a port.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
