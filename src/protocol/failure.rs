//! A failure as a platform shows it: a message, details for support, and who fixes it.

use serde::Serialize;
use std::fmt;

/// Who fixes a failure. Airbyte protocol: `failure_type` of a TRACE ERROR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureType {
    /// You, the user: credentials, permissions, a name in the config.
    ConfigError,
    /// A retry later: an outage, a quota.
    TransientError,
    /// Us: a bug in this connector, or a change in Jira's API.
    SystemError,
}

/// A failure for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened, where, and what to do.
    pub message: String,
    /// Details for support.
    pub internal: Option<String>,
    pub kind: FailureType,
    /// The stream that failed, if only one did.
    pub stream: Option<String>,
}

impl Failure {
    /// A failure that the user fixes.
    pub fn config(message: impl Into<String>) -> Self {
        Self { message: message.into(), internal: None, kind: FailureType::ConfigError, stream: None }
    }

    /// A failure that a retry later fixes.
    pub fn transient(message: impl Into<String>) -> Self {
        Self { kind: FailureType::TransientError, ..Self::config(message) }
    }

    /// A failure that we fix.
    pub fn system(message: impl Into<String>) -> Self {
        Self { kind: FailureType::SystemError, ..Self::config(message) }
    }

    /// Adds details for support.
    pub fn internal(self, internal: impl Into<String>) -> Self {
        Self { internal: Some(internal.into()), ..self }
    }

    /// Names the stream that failed.
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
