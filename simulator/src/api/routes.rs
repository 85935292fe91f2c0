//! The table of routes, and the matching of paths.

use super::route::{Host, Route};

/// The tables of all areas. In each table literal paths precede paths with parameters.
const TABLES: &[&[Route]] = &[
    super::account::ROUTES,
    super::search::ROUTES,
    super::bulk::ROUTES,
    super::changelog::ROUTES,
    super::comment::ROUTES,
    super::worklog::ROUTES,
    super::children::ROUTES,
    super::project_details::ROUTES,
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
    super::audit_log::ROUTES,
    crate::identity::ROUTES,
];

/// The result of matching a path.
pub(crate) enum Found {
    Route(&'static Route, Vec<String>),
    /// The path exists, but not with this method.
    OtherMethod(&'static Route),
    Nothing,
}

impl Found {
    /// The route of the path.
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
