//! `spec`: what the config may hold.

use super::session;
use crate::{
    config,
    protocol::{Message, message::Spec},
};
use std::process::ExitCode;

pub const DOCUMENTATION: &str = "https://github.com/source-jira/source-jira";
const CHANGELOG: &str = "https://github.com/source-jira/source-jira/blob/main/CHANGELOG.md";

pub fn run() -> ExitCode {
    let out = session::emitter(false);
    out.message(&message());
    session::end(&out)
}

fn message() -> Message {
    Message::Spec {
        spec: Box::new(Spec {
            documentation_url: DOCUMENTATION,
            changelog_url: CHANGELOG,
            connection_specification: config::spec(),
            protocol_version: "0.2.0",
        }),
    }
}
