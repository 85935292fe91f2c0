//! What the protocol commands share: an emitter on stdout, a runtime, files read with good errors, and a last word
//! even for a panic.

use crate::{
    config::{self, Config, Parsed},
    protocol::{Failure, Message},
    sync::{Clock, Emitter, log::LogLayer},
};
use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::Arc,
};
use tracing_subscriber::layer::SubscriberExt as _;

/// An emitter on stdout that also carries the log.
pub fn emitter(debug: bool) -> Arc<Emitter> {
    let out = Arc::new(Emitter::new(Box::new(std::io::stdout()), Clock::system()));
    let least = if debug { tracing::Level::DEBUG } else { tracing::Level::INFO };
    let subscriber = tracing_subscriber::registry().with(LogLayer::new(out.clone(), least));
    // Only the first one of a process counts, which is all there is outside tests.
    let _ = tracing::subscriber::set_global_default(subscriber);
    out
}

/// Runs a command to its end. A failure or a panic becomes a TRACE ERROR and exit code 1.
pub fn run<F>(out: &Arc<Emitter>, command: F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    // The panic is told by a TRACE ERROR below; its default text would go to stderr with no more to say.
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(out, Failure::system(format!("The process could not start its threads: {error}."))),
    };
    // What a panic leaves behind is only told about: the emitter's lock forgives it, nothing else is used again.
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            terminate_when_first();
            command.await
        })
    }));
    // Requests that are still under way need not be waited for.
    runtime.shutdown_background();
    match result {
        Ok(Ok(())) => end(out),
        Ok(Err(failure)) => fail(out, failure),
        Err(panic) => fail(
            out,
            Failure::system(
                "The connector met a bug of its own and stopped. What it wrote so far is valid; please report this.",
            )
            .internal(said(panic.as_ref())),
        ),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

fn fail(out: &Emitter, failure: Failure) -> ExitCode {
    out.fail(failure);
    end(out)
}

fn end(out: &Emitter) -> ExitCode {
    out.flush();
    match out.broken() {
        None if out.failures() == 0 => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
        // The reader went away: there is nobody left to tell.
        Some(std::io::ErrorKind::BrokenPipe) => ExitCode::FAILURE,
        Some(kind) => {
            eprintln!(
                "source-jira: the output could not be written: {kind}. The lines written before are whole but for the last."
            );
            ExitCode::FAILURE
        }
    }
}

/// As the first process of a container, a signal without a handler is ignored; anywhere else SIGTERM kills by default,
/// which is what the protocol's clients expect.
fn terminate_when_first() {
    #[cfg(unix)]
    if std::process::id() == 1 {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut signal) = signal(SignalKind::terminate()) {
            tokio::spawn(async move {
                signal.recv().await;
                std::process::exit(143);
            });
        }
    }
}

/// A file that the command line names.
pub fn file(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::config(format!(
            "The {what} cannot be read from '{}': {error}. Check the path after --{what}.",
            path.display()
        ))
    })
}

/// The config behind `--config`. From here on the emitter hides its secrets.
pub fn config(out: &Emitter, path: &Path) -> Result<Config, Failure> {
    let Parsed { config, document } =
        config::parse(&file(path, "config")?).map_err(|error| Failure::config(error.to_string()))?;
    out.hide(config.secrets());
    if document.is_migrated() {
        out.message(&Message::control(document.value().clone(), Clock::system().now()));
    }
    Ok(config)
}
