//! Authentication: which address, which header, which site, and which account.
//!
//! An API token without scopes works on the site's own address. All other credentials work only through the gateway, whose
//! addresses contain the cloud ID of a site. [`SignIn::connect`] tries the routes that the credentials allow, the most
//! likely one first, by a request to `/myself`: the one endpoint that never answers an anonymous user.

mod connect;
mod deployment;
mod diagnosis;
mod locate;
mod organization;
mod routes;
pub mod sites;
mod stacks;

// What callers of a sign-in need from the layer that authenticates each request.
pub use super::auth::{hosts, remedy, token_endpoint, tokens};
pub use connect::SignIn;
