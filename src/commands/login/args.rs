//! The arguments of `login`.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct LoginArgs {
    /// Client ID of your OAuth app [default: $SOURCE_JIRA_CLIENT_ID, the existing config, or a prompt]
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// File with the client secret of the app [default: $SOURCE_JIRA_CLIENT_SECRET, the existing config, or a prompt]
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Streams to request scopes for, comma-separated; all streams if omitted
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub streams: Vec<String>,
    /// Site to read if the consent covers several, for example acme.atlassian.net
    #[arg(long, value_name = "HOST")]
    pub site: Option<String>,
    /// Config file to write; its other options are kept
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    pub config: PathBuf,
    /// Local port of the callback URL
    #[arg(long, default_value_t = 8711, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Time to wait for the consent, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// Print the address of the consent page, but don't open a browser
    #[arg(long)]
    pub no_browser: bool,
}
