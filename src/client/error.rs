//! The error of a request without a good reply: its kind, what Jira or the network reported, and what to do.

use super::classify;
use crate::protocol::{Failure, FailureType};
use std::{fmt, time::Duration};

/// What went wrong, as far as callers distinguish it. `classify` has the texts for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// 401: Jira does not accept the credentials.
    Unauthorized,
    /// 401 for credentials that Jira accepted earlier in this run.
    CredentialsExpired,
    /// The token endpoint does not accept the refresh token or code.
    InvalidGrant,
    /// The token endpoint does not accept the client ID and secret.
    InvalidClient,
    /// 2xx or 404, but for an anonymous user.
    Anonymous,
    /// Renewed tokens can't be stored for the next run.
    TokenStorage,
    /// Too many failed logins: Jira requires a CAPTCHA.
    Captcha,
    /// 401 from the gateway: the token lacks a scope.
    Scope,
    /// 403: authenticated, but without the permission.
    Forbidden,
    /// 404: does not exist, or is not visible.
    NotFound,
    /// 400 and other statuses of 4xx: Jira rejected the request.
    BadRequest,
    /// 405, 410, 415: the endpoint was removed or changed.
    EndpointRemoved,
    /// 409, 412 and 422: Jira cannot answer for this object at the moment.
    Conflict,
    /// 429.
    RateLimited,
    /// 5xx.
    Server,
    /// No reply in time.
    Timeout,
    /// Jira answered nothing for so long that the run gave up.
    Outage,
    /// No connection: no address, no route, or a connection that broke.
    Network,
    /// No connection to or through the proxy.
    Proxy,
    /// No trusted connection.
    Tls,
    /// 3xx: the site has another address.
    Redirect,
    /// HTML or other text instead of JSON.
    NotJson,
    /// More than fits into memory.
    TooLarge,
    /// JSON that is cut off or has not the documented shape.
    Malformed,
}

/// A failed request.
#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    /// The HTTP status; `None` without a reply.
    pub status: Option<u16>,
    /// Method and route: `GET /rest/api/3/myself`; without a request, what failed instead.
    pub request: String,
    /// The message of Jira or of the network, shortened.
    pub detail: Box<str>,
    /// The ID of the request, which Atlassian's support asks for.
    pub trace: Option<Box<str>>,
    /// How long Jira asks to wait before the next attempt.
    pub wait: Option<Duration>,
    /// Attempts, all of which failed.
    pub tries: u32,
    /// From the first attempt to the end of the last.
    pub elapsed: Duration,
    /// What to do, where more is known than the kind.
    pub remedy: Option<Box<str>>,
}

impl Error {
    pub fn new(kind: Kind, request: impl Into<String>, detail: impl Into<Box<str>>) -> Self {
        let (request, detail) = (request.into(), detail.into());
        Self {
            kind,
            status: None,
            request,
            detail,
            trace: None,
            wait: None,
            tries: 1,
            elapsed: Duration::ZERO,
            remedy: None,
        }
    }

    /// The same error with a remedy of its own, instead of that of its kind.
    pub fn with_remedy(self, remedy: impl Into<Box<str>>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The status with which Jira itself refused an object; none where something in front of Jira answered, or where the
    /// whole endpoint is missing.
    pub fn refusal(&self) -> Option<u16> {
        self.status.filter(|_| !matches!(self.kind, Kind::NotJson | Kind::EndpointRemoved))
    }

    /// Whether the same request can succeed later.
    pub fn can_retry(&self) -> bool {
        classify::rule(self.kind).retry
    }

    /// Whether a request for less data can succeed.
    pub fn can_shrink(&self) -> bool {
        matches!(
            self.kind,
            Kind::Server | Kind::Timeout | Kind::Malformed | Kind::Network | Kind::NotJson | Kind::TooLarge
        )
    }

    /// Whether Jira itself may not have answered: the same may happen to any other request.
    pub fn may_be_outage(&self) -> bool {
        matches!(self.kind, Kind::Server | Kind::Timeout | Kind::Network | Kind::Proxy | Kind::NotJson)
    }

    /// Whether no other request can succeed either, so that the run ends.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self.kind,
            Kind::Unauthorized
                | Kind::CredentialsExpired
                | Kind::InvalidGrant
                | Kind::InvalidClient
                | Kind::TokenStorage
                | Kind::Anonymous
                | Kind::Captcha
                | Kind::Tls
                | Kind::Redirect
                | Kind::Outage
        )
    }

    /// The request and its outcome, without an explanation: `GET /rest/api/3/myself: 401, "Unauthorized", after 2 tries in 3.1 s`.
    pub fn summary(&self) -> String {
        let status = self.status.map_or(String::new(), |status| format!(": {status}"));
        let detail = if self.detail.is_empty() { String::new() } else { format!(", \"{}\"", self.detail) };
        let tries = match self.tries {
            0 | 1 => String::new(),
            tries => format!(", after {tries} tries in {:.1} s", self.elapsed.as_secs_f64()),
        };
        format!("{}{status}{detail}{tries}", self.request)
    }

    /// Who fixes it.
    pub fn failure_type(&self) -> FailureType {
        classify::rule(self.kind).failure
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = classify::rule(self.kind);
        write!(out, "{} ({}). {}", rule.what, self.summary(), self.remedy.as_deref().unwrap_or(rule.remedy))
    }
}

impl std::error::Error for Error {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let trace = error.trace.as_deref().unwrap_or("none");
        let internal = format!("{:?}: {} ({}); trace {trace}", error.kind, error.request, error.detail);
        let message = error.to_string();
        Self { message, internal: Some(internal), kind: error.failure_type(), stream: None }
    }
}
