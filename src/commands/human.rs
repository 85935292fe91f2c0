//! What the commands for people share: the log on stderr, answers on stdout, a runtime, a config, one sentence when
//! something fails.

use super::{keeper::ConfigKeeper, session};
use crate::{
    config::{self, Config, Parsed},
    protocol::Failure,
    sync::{Secrets, log},
};
use serde::Serialize;
use std::{
    future::Future,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tracing::Level;
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _};

/// Runs a command to its end. A failure is told in one line on stderr, and by the exit code.
pub fn run<F>(command: F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let runtime = match session::runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return fail(&failure),
    };
    let result = runtime.block_on(async {
        session::terminate_when_first(|| ());
        command.await
    });
    // Requests that are still under way need not be waited for.
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

/// What nothing here shows. For the whole process, as the log is.
static HIDDEN: Mutex<Secrets> = Mutex::new(Secrets::new());

/// Values that nothing here shows from now on.
pub fn hide<'a>(secrets: impl IntoIterator<Item = &'a str>) {
    hidden().add(secrets);
}

fn hidden() -> MutexGuard<'static, Secrets> {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// To the person in front of it. A closed stderr is no reason to stop.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", hidden().clean(text));
}

/// Plain lines on stderr: warnings and errors, and what this crate says besides; with `debug`, requests that failed or
/// were repeated too.
pub fn log(debug: bool) {
    let least = if debug { Level::DEBUG } else { Level::INFO };
    // Only the first one of a process counts, which is all there is outside tests.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Lines { least }));
}

struct Lines {
    /// Of this crate's own events.
    least: Level,
}

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let least = if metadata.target().starts_with("source_jira") { self.least } else { Level::WARN };
        if *metadata.level() <= least {
            say(&format!("{}: {}", metadata.level().as_str().to_lowercase(), log::text(event)));
        }
    }
}

/// Writes what was asked for to stdout.
pub fn show(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(hidden().clean(text).as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough, such as `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::system(format!("The output could not be written: {error}."))),
    }
}

/// Writes a JSON document to stdout.
pub fn show_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::system(format!("The output could not be made: {error}.")))?;
    show(&format!("{text}\n"))
}

/// The config in a file, and who keeps the tokens that are renewed on the way.
pub fn config(path: &Path) -> Result<(Config, Arc<ConfigKeeper>), Failure> {
    let written = session::file(path, "config")?;
    let Parsed { config, document } = config::parse(&written).map_err(|error| Failure::config(error.to_string()))?;
    hide(config.secrets());
    let keeper = ConfigKeeper::new(None, &config, &document, path)?;
    Ok((config, keeper))
}
