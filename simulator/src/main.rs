//! `jira-simulator serve`: serves a simulated site on a local port.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use jira_simulator::{Error, Scenario, ServerOptions, Site, SiteOptions, start};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves a site until interrupted.
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// 0: any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[arg(long, default_value_t = 1000)]
    issues: u32,
    #[arg(long, default_value_t = 10)]
    projects: u32,
    #[arg(long, default_value_t = 50)]
    users: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Minimum duration of each response, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// A TOML file with the scenario: faults, and properties of the site.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// A folder of recorded entities to serve instead of a generated site.
    #[arg(long)]
    records: Option<PathBuf>,
    /// Add custom fields of kinds that are difficult for clients.
    #[arg(long)]
    odd_fields: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Serve(serve) = Cli::parse().command;
    match run(serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "jira-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(serve: Serve) -> Result<(), Error> {
    let site = match &serve.records {
        Some(folder) => Site::from_records(folder)?,
        None => Site::generate(&SiteOptions {
            issues: serve.issues,
            projects: serve.projects,
            users: serve.users,
            seed: serve.seed,
            odd_fields: serve.odd_fields,
            ..SiteOptions::default()
        }),
    };
    let scenario = match &serve.scenario {
        Some(file) => Scenario::read(file)?,
        None => Scenario::default(),
    };
    let latency = Duration::from_millis(serve.latency);
    let running =
        start(site, ServerOptions { port: serve.port, latency, scenario, ..ServerOptions::default() }).await?;
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{} {} {}", running.url(), running.email(), running.token());
    let _ = out.flush();
    let _ = tokio::signal::ctrl_c().await;
    Ok(())
}
