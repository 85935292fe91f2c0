//! The commands as platforms and people call them.

mod airbyte_files;
pub mod bench;
mod causes;
mod check;
mod closing;
mod credentials;
mod demo;
mod discover;
mod ending;
mod input;
mod legacy;
mod login;
mod projects;
mod records;
mod report;
mod spec;
mod stage;
mod state;
mod usage;
