//! What the protocol commands share: an emitter on stdout, a runtime, files read with good errors, and a last word
//! even for a panic.

use super::keeper::ConfigKeeper;
use crate::{
    config::{self, Config, Parsed},
    protocol::{Failure, Message},
    sync::{Clock, Emitter, airbyte::Whose, log::LogLayer},
};
use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt as _;

/// What is to be done before SIGTERM ends the process may take so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// An emitter on stdout that also carries the log.
pub fn emitter(debug: bool) -> Arc<Emitter> {
    logging(Emitter::new(Box::new(std::io::stdout()), Clock::system()), debug)
}

/// One in Singer's words, with the log on stderr.
pub fn singer(debug: bool) -> Arc<Emitter> {
    let (out, log) = (Box::new(std::io::stdout()), Box::new(std::io::stderr()));
    logging(Emitter::singer(out, log, Clock::system()), debug)
}

fn logging(out: Emitter, debug: bool) -> Arc<Emitter> {
    let out = Arc::new(out);
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
    run_until(out, || (), command)
}

/// As [`run`]; `last` is done before SIGTERM ends the first process of a container. Any other process dies by it at once.
pub fn run_until<F>(out: &Arc<Emitter>, last: impl FnOnce() + Send + 'static, command: F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    // The panic is told by a TRACE ERROR below, with its place, which only the hook knows; stderr stays quiet.
    let place = Arc::new(OnceLock::new());
    let known = place.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = panic.location().map(|location| known.set(format!("{}:{}", location.file(), location.line())));
    }));
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return fail(out, failure),
    };
    // What a panic leaves behind is only told about: the emitter's lock forgives it, nothing else is used again.
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            terminate_when_first(last);
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
            .internal(format!(
                "{} ({})",
                said(panic.as_ref()),
                place.get().map_or("unknown place", String::as_str)
            )),
        ),
    }
}

/// What every command runs on.
pub fn runtime() -> Result<Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| Failure::system(format!("The process could not start its threads: {error}.")))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

fn fail(out: &Emitter, failure: Failure) -> ExitCode {
    out.fail(failure);
    end(out)
}

/// Writes what waits; the exit code says whether all is well and could be said.
pub fn end(out: &Emitter) -> ExitCode {
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
pub fn terminate_when_first(last: impl FnOnce() + Send + 'static) {
    #[cfg(unix)]
    if std::process::id() == 1 {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut signal) = signal(SignalKind::terminate()) {
            tokio::spawn(async move {
                signal.recv().await;
                // It may have to wait for an output that nobody reads, and whoever sent the signal will not wait long.
                let _ = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(last)).await;
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

/// A config ready to sign in with.
pub struct Loaded {
    pub config: Config,
    pub keeper: Arc<ConfigKeeper>,
}

/// The config in a file's bytes. From here on the emitter hides its secrets.
pub fn config(out: &Arc<Emitter>, written: &[u8], path: &Path) -> Result<Loaded, Failure> {
    config_beside(out, written, path, Whose::Ours)
}

/// The same beside a state, which may show that the connection was Airbyte's.
pub fn config_beside(out: &Arc<Emitter>, written: &[u8], path: &Path, state: Whose) -> Result<Loaded, Failure> {
    let mut parsed = config::parse(written).map_err(|error| Failure::config(error.to_string()))?;
    match state {
        Whose::Ours => {}
        Whose::Inherited => parsed.config.inherit_airbyte(),
        Whose::Airbytes => parsed.meet_airbyte(),
    }
    let Parsed { config, document } = parsed;
    out.hide(config.secrets());
    if document.is_migrated() {
        out.message(&Message::control(document.value().clone(), Clock::system().now()));
    }
    let keeper = ConfigKeeper::new(Some(Arc::clone(out)), &config, &document, path)?;
    Ok(Loaded { config, keeper })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{self, Write},
        sync::Mutex,
    };

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Runs a command into memory: its exit code, and the one line that it wrote.
    fn told(command: impl Future<Output = Result<(), Failure>>) -> (ExitCode, serde_json::Value) {
        let page = Page::default();
        let code = run(&Arc::new(Emitter::new(Box::new(page.clone()), Clock::system())), command);
        // Other tests want to be heard when they panic.
        let _ = std::panic::take_hook();
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        (code, serde_json::from_str(if text.is_empty() { "null" } else { &text }).unwrap())
    }

    /// One test, because the hook belongs to the whole process.
    #[test]
    fn failures_and_panics_become_error_messages() {
        assert_eq!(told(async { Ok(()) }), (ExitCode::SUCCESS, serde_json::Value::Null));

        let (code, message) = told(async { Err(Failure::transient("Jira sleeps.")) });
        assert_eq!((code, &message["trace"]["error"]["message"]), (ExitCode::FAILURE, &"Jira sleeps.".into()));

        let (code, message) = told(async { panic!("table {} is not there", 7) });
        assert_eq!(code, ExitCode::FAILURE);
        let error = &message["trace"]["error"];
        assert_eq!((&message["type"], &error["failure_type"]), (&"TRACE".into(), &"system_error".into()));
        let internal = error["internal_message"].as_str().unwrap();
        assert!(internal.contains("table 7 is not there") && internal.contains("session.rs:"), "{internal}");
    }
}
