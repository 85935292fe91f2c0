//! The routes: one file per area of Jira's API, and one table of all routes.

mod access;
pub(crate) mod account;
pub(crate) mod agile;
mod audit_log;
mod bulk;
mod changelog;
mod children;
mod comment;
pub(crate) mod fields;
pub(crate) mod lists;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod project;
pub(crate) mod project_details;
pub(crate) mod route;
pub(crate) mod routes;
pub(crate) mod screens;
mod search;
pub(crate) mod setup;
mod sprint;
mod worklog;
