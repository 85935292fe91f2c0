//! Arguments that several commands share.

use std::path::PathBuf;

/// Options of every protocol command.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct CommonArgs {
    /// Also log every request that failed or was retried
    #[arg(long)]
    pub debug: bool,
}

/// Options of a read in any protocol.
#[derive(Debug, clap::Args)]
pub struct ReadOptions {
    /// File with the IDs of all issues in the destination, one per line; the stream deleted_issues reports those that no
    /// longer exist
    #[arg(long, value_name = "FILE")]
    pub known_ids: Option<PathBuf>,
    /// Write the closing report of the run to this file (JSON)
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options of a command that needs only a config.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Config file (JSON)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Output for people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
}
