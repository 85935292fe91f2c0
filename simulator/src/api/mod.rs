//! The routes: one file per area of Jira's API, one table of all.

mod access;
pub(crate) mod account;
pub(crate) mod agile;
mod bulk;
mod changelog;
mod children;
mod comment;
pub(crate) mod fields;
pub(crate) mod lists;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod project;
pub(crate) mod routes;
pub(crate) mod screens;
mod search;
pub(crate) mod setup;
mod sprint;
pub(crate) mod surroundings;
mod worklog;
