//! Authentication: the gateway, the token endpoint, the consent page, the lists of sites and organizations.
//!
//! `api.atlassian.com` and `auth.atlassian.com` are simulated on the same port as the site and distinguished by path.

mod callback;
mod consent;
mod form;
pub(crate) mod gateway;
mod grants;
mod organization;
mod required;
pub(crate) mod scopes;
mod sites;
pub(crate) mod tokens;

use crate::api::route::{Anonymous, Host, Route};
use crate::server::context::{Answer, Context};

pub(crate) const ROUTES: &[Route] = &[
    own("POST", "/oauth/token", grants::answer),
    own("GET", "/oauth/token/accessible-resources", sites::answer),
    own("GET", "/authorize", consent::page),
    own("POST", "/authorize", consent::decided),
    own("GET", "/admin/v1/orgs", organization::all),
    own("GET", "/admin/v1/orgs/{orgId}", organization::one),
];

const fn own(method: &'static str, template: &'static str, answer: fn(&Context<'_>) -> Answer) -> Route {
    Route { method, template, query: &[], anonymous: Anonymous::Same, host: Host::Accounts, answer }
}
