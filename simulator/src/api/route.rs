//! One route: its path, its parameters, and its response to anonymous callers.

use crate::server::context::{Answer, Context};

/// The response to a caller without a login. Most of Jira responds 200 with empty results. (Measured by a public
/// simulator and reported by users of a Jira CLI.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anonymous {
    /// The same response as with a login.
    Same,
    /// 200 and this body.
    Empty(&'static str),
    /// 404, as for a missing issue.
    NotFound,
    /// 401.
    Refused,
}

/// The host of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The site's own host, and the gateway.
    Jira,
    /// The site's own host only.
    Site,
    /// Atlassian's own hosts, where each route checks the credentials.
    Accounts,
}

pub(crate) struct Route {
    pub method: &'static str,
    pub template: &'static str,
    /// Its query parameters; others are refused.
    pub query: &'static [&'static str],
    pub anonymous: Anonymous,
    pub host: Host,
    pub answer: fn(&Context<'_>) -> Answer,
}

pub(crate) const EMPTY_PAGE: Anonymous =
    Anonymous::Empty("{\"maxResults\":50,\"startAt\":0,\"total\":0,\"isLast\":true,\"values\":[]}");
pub(crate) const EMPTY_LIST: Anonymous = Anonymous::Empty("[]");

pub(crate) const fn get(
    template: &'static str,
    query: &'static [&'static str],
    anonymous: Anonymous,
    answer: fn(&Context<'_>) -> Answer,
) -> Route {
    Route { method: "GET", template, query, anonymous, host: Host::Jira, answer }
}

pub(crate) const fn post(
    template: &'static str,
    query: &'static [&'static str],
    anonymous: Anonymous,
    answer: fn(&Context<'_>) -> Answer,
) -> Route {
    Route { method: "POST", template, query, anonymous, host: Host::Jira, answer }
}
