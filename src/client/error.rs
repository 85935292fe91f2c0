//! A request that brought no good answer: what kind of failure, what Jira said, and what to do about it.

use super::classify;
use crate::protocol::{Failure, FailureType};
use std::{fmt, time::Duration};

/// What went wrong, as far as the caller has to tell apart. `classify` says for each what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// 401: the credentials are not accepted.
    Unauthorized,
    /// 200, but Jira answered as if nobody had signed in.
    Anonymous,
    /// Too many failed sign-ins: Jira wants a human first.
    Captcha,
    /// 401 from the gateway: the token lacks a scope.
    Scope,
    /// 403: signed in, but not allowed.
    Forbidden,
    /// 404: not there, or not visible.
    NotFound,
    /// 400: Jira could not use the request.
    BadRequest,
    /// 405, 410, 415: the endpoint is gone or changed.
    Gone,
    /// 409 and 422: Jira can't do it now, for this object.
    Conflict,
    /// 429.
    RateLimited,
    /// 5xx.
    Server,
    /// No answer in time.
    Timeout,
    /// No connection: name, route, proxy, or a connection that broke.
    Network,
    /// No trusted connection.
    Tls,
    /// A redirect to elsewhere: the site has another address.
    Redirect,
    /// HTML where JSON belongs.
    NotJson,
    /// JSON that ends too early or is not what the endpoint documents.
    Malformed,
    /// Credentials that this version can't use yet.
    Unsupported,
}

#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    pub status: Option<u16>,
    /// `GET /rest/api/3/myself`.
    pub request: String,
    /// What Jira or the network said, shortened.
    pub detail: String,
    /// Ids that Atlassian's support asks for.
    pub trace: Option<String>,
    /// When Jira wants to be asked again, as it said.
    pub wait: Option<Duration>,
    pub tries: u32,
    pub elapsed: Duration,
}

impl Error {
    pub fn new(kind: Kind, request: impl Into<String>, detail: impl Into<String>) -> Self {
        let (request, detail) = (request.into(), detail.into());
        Self { kind, status: None, request, detail, trace: None, wait: None, tries: 1, elapsed: Duration::ZERO }
    }

    /// Whether the same request can succeed later.
    pub fn can_retry(&self) -> bool {
        classify::rule(self.kind).retry
    }

    /// Whether asking for less at a time can help.
    pub fn can_shrink(&self) -> bool {
        matches!(self.kind, Kind::Server | Kind::Timeout | Kind::Malformed | Kind::Network | Kind::NotJson)
    }

    /// Ends the whole run: no other request can succeed either.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self.kind,
            Kind::Unauthorized | Kind::Anonymous | Kind::Captcha | Kind::Tls | Kind::Redirect | Kind::Unsupported
        )
    }

    pub fn failure_type(&self) -> FailureType {
        classify::rule(self.kind).failure
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = classify::rule(self.kind);
        write!(out, "{}", rule.what)?;
        match self.status {
            Some(status) => write!(out, " ({}: {status}", self.request)?,
            None => write!(out, " ({}", self.request)?,
        }
        if !self.detail.is_empty() {
            write!(out, ", \"{}\"", self.detail)?;
        }
        if self.tries > 1 {
            write!(out, ", after {} tries in {:.1} s", self.tries, self.elapsed.as_secs_f64())?;
        }
        write!(out, "). {}", rule.remedy)
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
