//! Every way in: what works, what is said when it doesn't, and tokens that never get lost.

mod killed_renewals;
mod matrix;
mod migration;
mod organization;
mod proxies;
mod rotation;
mod scopes;
mod single_renewal;
mod sites;
mod storage;
mod token_replies;
