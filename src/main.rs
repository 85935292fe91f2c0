//! The binary: parses the command line, runs one command, ends the process with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    source_jira::cli::run()
}
