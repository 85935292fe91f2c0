//! What the commands for people share: results on stdout, log and errors on stderr, a runtime, a config.

use super::{
    session,
    token_store::{Audience, ConfigTokenStore},
};
use crate::{
    config::{self, Config, Document, Parsed},
    output::log,
    protocol::{
        Failure,
        redaction::redact,
        text::{one_line, printable},
    },
};
use serde::Serialize;
use std::{
    future::Future,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};
use tracing::Level;
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _};

/// Runs a command. A failure becomes one line on stderr and exit code 1.
pub fn run<F>(command: F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let runtime = match session::runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return fail(&failure),
    };
    let result = runtime.block_on(command);
    // Don't wait for requests in flight.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    say(&format!("source-jira: {}", failure.message));
    ExitCode::FAILURE
}

/// Tables are not made narrower than this; a narrower terminal breaks their lines.
const MIN_WIDTH: u16 = 40;

/// Writes a line to stderr. A closed stderr does not stop the command.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(&redact(text)));
}

/// Sends the log to stderr as plain lines: warnings and errors of all crates and the messages of this crate; with `debug`,
/// requests that failed or were retried too.
pub fn log(debug: bool) {
    let least = if debug { Level::DEBUG } else { Level::INFO };
    // Only the first call in a process has an effect; outside tests there is only one.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Lines { least }));
}

struct Lines {
    /// The lowest level of this crate's events that is shown.
    least: Level,
}

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let least = if metadata.target().starts_with("source_jira") { self.least } else { Level::WARN };
        if *metadata.level() <= least {
            say(&format!("{}: {}", metadata.level().as_str().to_lowercase(), one_line(&log::text(event))));
        }
    }
}

/// Writes the result of a command to stdout.
#[allow(clippy::disallowed_methods, reason = "output for people, of commands that write no protocol messages")]
pub fn show(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(printable(&redact(text)).as_bytes()).and_then(|()| out.flush()) {
        // The reader closed the pipe after enough lines, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::system(format!("Can't write the output: {error}."))),
    }
}

/// The number of columns of the terminal that shows the results. `COLUMNS` in the environment replaces it, as it does for
/// other programs; without a terminal it is 120.
#[allow(clippy::disallowed_methods, reason = "asks for the width of the terminal")]
pub fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    columns.or_else(terminal).unwrap_or(120).max(MIN_WIDTH)
}

/// Writes a JSON document to stdout.
pub fn show_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::system(format!("Can't encode the output as JSON: {error}.")))?;
    show(&format!("{text}\n"))
}

/// The config in a file, and the store for the tokens that are renewed.
pub fn config(path: &Path) -> Result<(Config, Arc<ConfigTokenStore>), Failure> {
    let written = session::file(path, "config")?;
    let Parsed { config, document, .. } =
        config::parse(&written).map_err(|error| Failure::config(error.to_string()))?;
    let tokens = token_store(&config, &document, path)?;
    Ok((config, tokens))
}

/// The token store of a command for people.
pub fn token_store(config: &Config, document: &Document, path: &Path) -> Result<Arc<ConfigTokenStore>, Failure> {
    ConfigTokenStore::new(Audience::Person, config, document, path)
}
