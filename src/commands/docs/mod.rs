//! `docs`: writes the pages that are made from the code, or checks that they are up to date.

mod config;
mod configured;
mod errors;
mod report;
mod streams;

use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub struct Docs {
    /// Only check; exit code 1 if a page is out of date
    #[arg(long)]
    check: bool,
    /// Folder of the pages
    #[arg(long, default_value = "docs")]
    folder: PathBuf,
}

/// The generated pages, by file name; besides, the catalog of Airbyte's tests.
pub fn pages() -> [(&'static str, String); 5] {
    [
        ("streams.md", streams::page()),
        ("errors.md", errors::page()),
        ("config.md", config::page()),
        ("report.md", report::page()),
        ("../integration_tests/configured_catalog.json", configured::page()),
    ]
}

pub fn run(options: &Docs) -> ExitCode {
    let mut stale = false;
    for (name, text) in pages() {
        let path = options.folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        stale = true;
        if options.check {
            eprintln!("{} is out of date; run `cargo run -- docs`.", path.display());
        } else if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{} could not be written: {error}.", path.display());
            return ExitCode::FAILURE;
        } else {
            eprintln!("{} written.", path.display());
        }
    }
    if options.check && stale { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

const MADE: &str = "<!-- Made by `cargo run -- docs`; edit the code, not this page. -->\n";
