//! The command line, as Airbyte's platforms call it, and a few commands for people.

use crate::commands;
use clap::{Parser, Subcommand};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// Reads Jira Cloud into Airbyte, PyAirbyte or Meltano pipelines.
#[derive(Debug, Parser)]
#[command(name = "source-jira", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print what the config may hold
    Spec(Quiet),
    /// Try the connection
    Check(Check),
    /// Print the streams and their schemas
    Discover(Configured),
    /// Read streams
    Read(Read),
    /// Read streams as a Singer tap. The word may be left out before Singer's options, as Meltano does
    Singer(Singer),
    /// Sign in by OAuth 2.0 and write the config
    Login(commands::login::Login),
    /// Print the scopes that an app or a token needs
    Scopes(commands::scopes::Scopes),
    /// Show the projects that the account sees, to choose from
    Projects(Projects),
    /// Try everything without an account, against a simulated site
    #[cfg(feature = "demo")]
    Demo(commands::demo::Demo),
    /// Write the generated pages of docs/, or check that they are up to date
    #[command(hide = true)]
    Docs(commands::docs::Docs),
}

/// Options that every protocol command takes.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Quiet {
    /// Log each request that failed or was repeated
    #[arg(long)]
    pub debug: bool,
}

/// Options of commands that need a config and nothing else.
#[derive(Debug, clap::Args)]
pub struct Configured {
    /// Path of the config, a JSON file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    #[command(flatten)]
    pub common: Quiet,
}

#[derive(Debug, clap::Args)]
pub struct Check {
    #[command(flatten)]
    pub with: Configured,
    /// Show stream by stream what can be read, what is missing, and what to do
    #[arg(long)]
    pub report: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, requires = "report")]
    pub format: Format,
}

#[derive(Debug, clap::Args)]
pub struct Projects {
    #[command(flatten)]
    pub with: Configured,
    /// Form of the list
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// For people, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Read {
    /// Path of the config, a JSON file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Path of the configured catalog: which streams to read, and how
    #[arg(long, value_name = "FILE")]
    pub catalog: PathBuf,
    /// Path of the states that the last sync wrote
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Path of the ids of all issues that the destination holds, one a line, so that the stream deleted_issues can tell which
    /// of them are gone
    #[arg(long, value_name = "FILE")]
    pub known_ids: Option<PathBuf>,
    /// Also write the closing report, as JSON, into this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub common: Quiet,
}

#[derive(Debug, clap::Args)]
pub struct Singer {
    /// Path of the config, a JSON file
    #[arg(long, short, value_name = "FILE")]
    pub config: PathBuf,
    /// Print the catalog: the streams, to choose from
    #[arg(long, short)]
    pub discover: bool,
    /// Path of the catalog with what was chosen; without it, everything is read
    #[arg(long, visible_alias = "properties", value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Path of the state that the target wrote last
    #[arg(long, short, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Path of the ids of all issues that the destination holds, as for `read`
    #[arg(long, value_name = "FILE")]
    pub known_ids: Option<PathBuf>,
    /// Also write the closing report, as JSON, into this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub common: Quiet,
}

/// What a call of a Singer tap begins with: its runners can't put a command there.
const SINGER: [&str; 5] = ["--config", "--discover", "--catalog", "--properties", "--state"];

/// The arguments, with the command that a Singer call leaves out.
fn arguments(mut given: Vec<OsString>) -> Vec<OsString> {
    let first = given.get(1).and_then(|first| first.to_str()).and_then(|first| first.split('=').next());
    if first.is_some_and(|first| SINGER.contains(&first)) {
        given.insert(1, "singer".into());
    }
    given
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    match Cli::parse_from(arguments(std::env::args_os().collect())).command {
        Command::Spec(_) => commands::spec::run(),
        Command::Check(options) if options.report => commands::report::run(&options),
        Command::Check(options) => commands::check::run(&options.with),
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
