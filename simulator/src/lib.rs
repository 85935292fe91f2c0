//! A Jira Cloud in one process: seeded sites, Jira's real limits and quirks, faults on demand.
//!
//! ```no_run
//! # async fn run() -> Result<(), jira_simulator::Error> {
//! use jira_simulator::{ServerOptions, Site, SiteOptions, start};
//!
//! let site = Site::generate(&SiteOptions { issues: 500, seed: 7, ..SiteOptions::default() });
//! let jira = start(site, ServerOptions::default()).await?;
//! println!("{} {} {}", jira.url(), jira.email(), jira.token());
//! # Ok(()) }
//! ```

mod api;
mod audit;
mod error;
mod faults;
mod identity;
pub mod jql;
mod json;
mod paging;
mod random;
mod records;
mod render;
pub mod scenario;
mod server;
mod site;
mod text;
mod when;

pub use error::Error;
pub use scenario::Scenario;
pub use server::auth::Credentials;
pub use server::course::{Course, Happening};
pub use server::log::{RequestLog, RouteLog};
pub use server::{Running, ServerOptions, start};
pub use site::Site;
pub use site::edit::{Edit, Edited};
pub use site::gone::{Gone, GoneChild, GoneChildKind, GoneKind, Moved};
pub use site::options::SiteOptions;
pub use site::summary::Summary;
pub use site::truth::ENTITIES;
