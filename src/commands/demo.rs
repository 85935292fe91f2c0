//! `demo`
use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub struct Demo {}
pub fn run(_: &Demo) -> ExitCode {
    ExitCode::SUCCESS
}
