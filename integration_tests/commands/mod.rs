//! The commands as platforms and people call them.

mod airbyte_files;
mod causes;
mod check;
mod closing;
mod credentials;
mod demo;
mod discover;
pub mod harness;
mod input;
mod legacy;
mod login;
mod login_site;
mod projects;
mod records;
mod report;
mod signals;
mod spec;
mod state;
mod usage;
