//! The table of routes, and how a path finds its line.

use crate::server::context::{Answer, Context};

/// What somebody gets who isn't logged in. Most of Jira answers 200 with nothing in it. (Measured by a public
/// simulator and reported by users of a Jira CLI.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nobody {
    /// The same answer as everybody.
    Same,
    /// 200 and this body.
    Empty(&'static str),
    /// 404, as for an issue that is not there.
    NotFound,
    /// 401.
    Refused,
}

/// Where a route is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// On the site's own host, and behind the gateway.
    Jira,
    /// On the site's own host only.
    Site,
    /// On Atlassian's own hosts, where each route looks at the credentials itself.
    Accounts,
}

pub(crate) struct Route {
    pub method: &'static str,
    pub template: &'static str,
    /// Query parameters it knows; others are refused.
    pub query: &'static [&'static str],
    pub nobody: Nobody,
    pub host: Host,
    pub answer: fn(&Context<'_>) -> Answer,
}

pub(crate) const EMPTY_PAGE: Nobody =
    Nobody::Empty("{\"maxResults\":50,\"startAt\":0,\"total\":0,\"isLast\":true,\"values\":[]}");
pub(crate) const EMPTY_LIST: Nobody = Nobody::Empty("[]");

pub(crate) const fn get(
    template: &'static str,
    query: &'static [&'static str],
    nobody: Nobody,
    answer: fn(&Context<'_>) -> Answer,
) -> Route {
    Route { method: "GET", template, query, nobody, host: Host::Jira, answer }
}

pub(crate) const fn post(
    template: &'static str,
    query: &'static [&'static str],
    nobody: Nobody,
    answer: fn(&Context<'_>) -> Answer,
) -> Route {
    Route { method: "POST", template, query, nobody, host: Host::Jira, answer }
}

/// The tables of all areas. Within them literal paths stand before open ones.
const TABLES: &[&[Route]] = &[
    super::account::ROUTES,
    super::search::ROUTES,
    super::bulk::ROUTES,
    super::changelog::ROUTES,
    super::comment::ROUTES,
    super::worklog::ROUTES,
    super::children::ROUTES,
    super::surroundings::ROUTES,
    super::project::ROUTES,
    super::people::ROUTES,
    super::fields::ROUTES,
    super::lists::ROUTES,
    super::permissions::ROUTES,
    super::access::ROUTES,
    super::screens::ROUTES,
    super::agile::ROUTES,
    super::setup::ROUTES,
    super::sprint::ROUTES,
    crate::audit::ROUTES,
    crate::identity::ROUTES,
];

/// What became of a path.
pub(crate) enum Found {
    Route(&'static Route, Vec<String>),
    /// The path exists, but not with this method.
    OtherMethod(&'static Route),
    Nothing,
}

impl Found {
    /// The line of the table that the path belongs to.
    pub(crate) fn route(&self) -> Option<&'static Route> {
        match self {
            Self::Route(route, _) | Self::OtherMethod(route) => Some(route),
            Self::Nothing => None,
        }
    }
}

pub(crate) fn every() -> impl Iterator<Item = &'static Route> {
    TABLES.iter().copied().flatten()
}

pub(crate) fn find(method: &str, path: &str, gateway: bool) -> Found {
    let mut other = None;
    for route in every().filter(|route| !gateway || route.host == Host::Jira) {
        let Some(parameters) = matches(route.template, path) else { continue };
        if route.method == method {
            return Found::Route(route, parameters);
        }
        other.get_or_insert(route);
    }
    other.map_or(Found::Nothing, Found::OtherMethod)
}

fn matches(template: &str, path: &str) -> Option<Vec<String>> {
    let mut parameters = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                parameters.push(crate::server::request::decode(given, false));
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}
