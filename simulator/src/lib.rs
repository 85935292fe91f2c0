//! A Jira Cloud in one process: seeded sites, Jira's limits and quirks, faults on demand.
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
mod error;
mod faults;
mod identity;
pub mod jql;
mod json;
mod paging;
mod random;
mod render;
pub mod scenario;
mod server;
mod site;
mod text;
mod time;
mod truth;

pub use error::Error;
pub use scenario::Scenario;
pub use server::auth::Credentials;
pub use server::log::{RequestLog, RouteLog};
pub use server::timeline::{Timeline, TimelineEvent};
pub use server::trace::TracedRequest;
pub use server::{Running, ServerOptions, start};
pub use site::Site;
pub use site::edit::{Edit, Edited};
pub use site::missing::{ChildKind, DeletedChild, MissingIssue, MissingReason, Moved};
pub use site::options::SiteOptions;
pub use truth::ENTITIES;
pub use truth::summary::Summary;
