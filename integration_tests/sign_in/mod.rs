//! Every way in: what works, what is said when it doesn't, and tokens that never get lost.

mod matrix;
mod migration;
mod once;
mod organization;
mod rotation;
mod scopes;
mod sites;
mod torn;
