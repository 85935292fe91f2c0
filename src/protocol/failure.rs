//! What went wrong, in the form that a platform shows to people: a sentence, details, and whose turn it is.

use serde::Serialize;
use std::fmt;

/// Airbyte protocol: `failure_type` of a TRACE ERROR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureType {
    /// The user can mend it: credentials, permissions, a name in the config.
    ConfigError,
    /// Trying again later helps: an outage, a quota.
    TransientError,
    /// A fault of this connector.
    SystemError,
}

/// A failure on its way to the user. `message` says what, where and what to do; `internal` is for support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub message: String,
    pub internal: Option<String>,
    pub kind: FailureType,
    /// The stream that it ended, if it ended only one.
    pub stream: Option<String>,
}

impl Failure {
    pub fn config(message: impl Into<String>) -> Self {
        Self { message: message.into(), internal: None, kind: FailureType::ConfigError, stream: None }
    }

    pub fn transient(message: impl Into<String>) -> Self {
        Self { kind: FailureType::TransientError, ..Self::config(message) }
    }

    pub fn system(message: impl Into<String>) -> Self {
        Self { kind: FailureType::SystemError, ..Self::config(message) }
    }

    pub fn internal(self, internal: impl Into<String>) -> Self {
        Self { internal: Some(internal.into()), ..self }
    }

    pub fn stream(self, stream: impl Into<String>) -> Self {
        Self { stream: Some(stream.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stream {
            Some(stream) => write!(out, "{stream}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}
