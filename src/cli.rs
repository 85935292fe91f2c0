//! The command line: parses the arguments and dispatches to a command.

use crate::commands;
use clap::{Parser, Subcommand};
use std::{ffi::OsString, process::ExitCode};

/// Jira Cloud source connector for Airbyte, PyAirbyte, Meltano and Singer pipelines
#[derive(Debug, Parser)]
#[command(name = "source-jira", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the connector specification: the options of the config
    Spec(commands::spec::SpecArgs),
    /// Check the config and the connection
    Check(commands::check::CheckArgs),
    /// Print the streams and their schemas
    Discover(commands::discover::DiscoverArgs),
    /// Read the streams of a catalog
    Read(commands::read::ReadArgs),
    /// Run as a Singer tap; the command name can be omitted before Singer options
    Singer(commands::singer::SingerArgs),
    /// Authorize an OAuth 2.0 app in the browser and write the config
    Login(commands::login::LoginArgs),
    /// Print the OAuth scopes that an app or a token needs
    Scopes(commands::scopes::ScopesArgs),
    /// List the projects that the account has access to
    Projects(commands::projects::ProjectsArgs),
    /// Run a full and an incremental sync against a simulated site; no account needed
    #[cfg(feature = "demo")]
    Demo(commands::demo::DemoArgs),
    /// Write the generated pages of docs/, or check that they are up to date
    #[command(hide = true)]
    Docs(commands::docs::DocsArgs),
}

/// Options that a Singer command line starts with. Singer runners cannot insert a command name before them.
const SINGER_OPTIONS: [&str; 5] = ["--config", "--discover", "--catalog", "--properties", "--state"];

/// The arguments, with the command name that a Singer command line omits.
fn with_command(mut given: Vec<OsString>) -> Vec<OsString> {
    let first = given.get(1).and_then(|first| first.to_str()).and_then(|first| first.split('=').next());
    if first.is_some_and(|first| SINGER_OPTIONS.contains(&first)) {
        given.insert(1, "singer".into());
    }
    given
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let command = Cli::parse_from(with_command(std::env::args_os().collect())).command;
    commands::end_on_signals();
    match command {
        Command::Spec(options) => commands::spec::run(&options),
        Command::Check(options) if options.report => commands::access::run(&options),
        Command::Check(options) => commands::check::run(&options),
        Command::Discover(options) => commands::discover::run(&options),
        Command::Read(options) => commands::read::run(&options),
        Command::Singer(options) => commands::singer::run(&options),
        Command::Login(options) => commands::login::run(&options),
        Command::Scopes(options) => commands::scopes::run(&options),
        Command::Projects(options) => commands::projects::run(&options),
        #[cfg(feature = "demo")]
        Command::Demo(options) => commands::demo::run(&options),
        Command::Docs(options) => commands::docs::run(&options),
    }
}
