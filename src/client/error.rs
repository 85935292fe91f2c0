//! A request that brought no good answer: what kind of failure, what Jira said, and what to do about it.

use super::classify;
use crate::protocol::{Failure, FailureType};
use std::{fmt, time::Duration};

/// What went wrong, as far as the caller has to tell apart. `classify` says for each what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// 401: the credentials are not accepted.
    Unauthorized,
    /// 401 to credentials that were accepted before.
    Lapsed,
    /// The token endpoint does not take the refresh token.
    Grant,
    /// The token endpoint does not know the client ID and secret.
    App,
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
    /// No connection: name, route, or a connection that broke.
    Network,
    /// No connection to or through the proxy.
    Proxy,
    /// No trusted connection.
    Tls,
    /// A redirect to elsewhere: the site has another address.
    Redirect,
    /// HTML where JSON belongs.
    NotJson,
    /// JSON that ends too early or is not what the endpoint documents.
    Malformed,
}

#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    pub status: Option<u16>,
    /// `GET /rest/api/3/myself`.
    pub request: String,
    /// What Jira or the network said, shortened.
    pub detail: Box<str>,
    /// Ids that Atlassian's support asks for.
    pub trace: Option<Box<str>>,
    /// When Jira wants to be asked again, as it said.
    pub wait: Option<Duration>,
    pub tries: u32,
    pub elapsed: Duration,
    /// What to do about it, where more is known than `classify` can tell.
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

    /// With other advice than that of its kind.
    pub fn with_remedy(self, remedy: impl Into<Box<str>>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
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
            Kind::Unauthorized
                | Kind::Lapsed
                | Kind::Grant
                | Kind::App
                | Kind::Anonymous
                | Kind::Captcha
                | Kind::Tls
                | Kind::Redirect
        )
    }

    /// What was asked, and what came back, without what it means.
    pub fn said(&self) -> String {
        let status = self.status.map_or(String::new(), |status| format!(": {status}"));
        let detail = if self.detail.is_empty() { String::new() } else { format!(", \"{}\"", self.detail) };
        let tries = match self.tries {
            0 | 1 => String::new(),
            tries => format!(", after {tries} tries in {:.1} s", self.elapsed.as_secs_f64()),
        };
        format!("{}{status}{detail}{tries}", self.request)
    }

    pub fn failure_type(&self) -> FailureType {
        classify::rule(self.kind).failure
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = classify::rule(self.kind);
        write!(out, "{} ({}). {}", rule.what, self.said(), self.remedy.as_deref().unwrap_or(rule.remedy))
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
