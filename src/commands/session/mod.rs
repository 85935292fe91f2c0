//! What the protocol commands share: an output on stdout, a runtime, input files, and an error message even after a
//! panic.

mod signals;

pub(super) use signals::before_end;
pub use signals::listen;

use super::token_store::{Audience, ConfigTokenStore};
use crate::{
    config::{self, Config, Parsed},
    output::{Clock, Output, log::LogLayer},
    protocol::{Failure, Level, Message, text::agree},
    state::airbyte::StateOrigin,
};
use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{Arc, OnceLock},
};
use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt as _;

/// Airbyte messages on stdout, which also carry the log.
#[allow(clippy::disallowed_methods, reason = "the output's stdout")]
pub(super) fn output(debug: bool) -> Arc<Output> {
    logging(Output::airbyte(Box::new(std::io::stdout()), Clock::system()), debug)
}

/// Singer messages on stdout, with the log on stderr.
#[allow(clippy::disallowed_methods, reason = "the output's stdout")]
pub(super) fn singer(debug: bool) -> Arc<Output> {
    let (out, log) = (Box::new(std::io::stdout()), Box::new(std::io::stderr()));
    logging(Output::singer(out, log, Clock::system()), debug)
}

fn logging(out: Output, debug: bool) -> Arc<Output> {
    let out = Arc::new(out);
    let least = if debug { tracing::Level::DEBUG } else { tracing::Level::INFO };
    let subscriber = tracing_subscriber::registry().with(LogLayer::new(out.clone(), least));
    // Only the first call in a process has an effect; outside tests there is only one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    out
}

/// Runs a command. A failure or a panic becomes a TRACE ERROR and exit code 1.
pub(super) fn run<F>(out: &Arc<Output>, command: F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    run_with_cleanup(out, |_| (), command)
}

/// As [`run`]. If a signal ends the process, the output is closed first, then `cleanup` gets the signal's name, then the rest of
/// the output is written.
pub(super) fn run_with_cleanup<F>(
    out: &Arc<Output>,
    cleanup: impl FnOnce(&'static str) + Send + 'static,
    command: F,
) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let closing = Arc::clone(out);
    signals::before_end(move |signal| {
        closing.close();
        cleanup(signal);
        closing.drain();
    });
    // The TRACE ERROR below reports the panic. Only the hook knows its location; stderr stays empty.
    let location = Arc::new(OnceLock::new());
    let found = location.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = panic.location().map(|location| found.set(format!("{}:{}", location.file(), location.line())));
    }));
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return fail(out, failure),
    };
    // After a panic only the output is used, and its lock ignores poisoning.
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(command)));
    // Don't wait for requests in flight.
    runtime.shutdown_background();
    match result {
        Ok(Ok(())) => end(out),
        Ok(Err(failure)) => fail(out, failure),
        Err(panic) => fail(
            out,
            Failure::system(
                "The connector stopped because of an internal error. The output so far is valid. Please report this.",
            )
            .internal(format!(
                "{} ({})",
                panic_text(panic.as_ref()),
                location.get().map_or("unknown location", String::as_str)
            )),
        ),
    }
}

/// The runtime of a command.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| Failure::system(format!("Can't start the threads of the process: {error}.")))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}

fn fail(out: &Output, failure: Failure) -> ExitCode {
    out.fail(failure);
    end(out)
}

/// Writes the rest of the output. The exit code is 0 if nothing failed and all of the output was written.
#[allow(clippy::disallowed_macros, reason = "the output is closed, so the log is, too")]
pub(super) fn end(out: &Output) -> ExitCode {
    out.drain();
    // What the command did after a signal was not written, so its exit code says nothing.
    if out.is_closed() {
        signals::wait_for_end();
    }
    match out.broken() {
        None if out.failure_count() == 0 => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
        // The reader closed the output, so there is nothing left to report to.
        Some(std::io::ErrorKind::BrokenPipe) => ExitCode::FAILURE,
        Some(kind) => {
            eprintln!(
                "source-jira: can't write the output: {kind}. The lines written so far are complete, except perhaps the last one."
            );
            ExitCode::FAILURE
        }
    }
}

/// The content of a file from the command line.
pub(super) fn file(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::config(format!(
            "Can't read the {what} from '{}': {error}. Check the path after --{what}.",
            path.display()
        ))
    })
}

/// A parsed config and the store for the tokens that are renewed.
pub struct Loaded {
    pub config: Config,
    pub tokens: Arc<ConfigTokenStore>,
}

/// The config in a file's bytes. From here on the output redacts its secrets.
pub(super) fn config(out: &Arc<Output>, written: &[u8], path: &Path) -> Result<Loaded, Failure> {
    config_with_state(out, written, path, StateOrigin::Own)
}

/// The config together with the input state, which may show that the connection was set up with Airbyte's connector.
pub(super) fn config_with_state(
    out: &Arc<Output>,
    written: &[u8],
    path: &Path,
    state: StateOrigin,
) -> Result<Loaded, Failure> {
    let mut parsed = config::parse(written).map_err(|error| Failure::config(error.to_string()))?;
    match state {
        StateOrigin::Own => {}
        StateOrigin::Inherited => parsed.config.default_to_airbyte(),
        StateOrigin::Airbyte => parsed.adopt_airbyte_compatibility(),
    }
    let Parsed { config, document, ignored } = parsed;
    if document.is_migrated() {
        out.message(&Message::control(document.value().clone(), Clock::system().now()));
    }
    let (names, verb) = (ignored.join("`, `"), agree(ignored.len(), "is no option", "are no options"));
    if !ignored.is_empty() {
        out.log(
            Level::Warn,
            format!("`{names}` in the config {verb} of this connector and has no effect: see docs/config.md."),
        );
    }
    let tokens = ConfigTokenStore::new(Audience::Program(Arc::clone(out)), &config, &document, path)?;
    Ok(Loaded { config, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{self, Write},
        sync::Mutex,
    };

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Runs a command and returns its exit code and the line that it wrote.
    fn output_of(command: impl Future<Output = Result<(), Failure>>) -> (ExitCode, serde_json::Value) {
        let memory = Memory::default();
        let code = run(&Arc::new(Output::new(Box::new(memory.clone()), Clock::system())), command);
        // The panics of other tests must stay visible.
        let _ = std::panic::take_hook();
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        (code, serde_json::from_str(if text.is_empty() { "null" } else { &text }).unwrap())
    }

    /// One test, because the panic hook is shared by the whole process.
    #[test]
    fn failures_and_panics_become_error_messages() {
        assert_eq!(output_of(async { Ok(()) }), (ExitCode::SUCCESS, serde_json::Value::Null));

        let (code, message) = output_of(async { Err(Failure::transient("Jira is down.")) });
        assert_eq!((code, &message["trace"]["error"]["message"]), (ExitCode::FAILURE, &"Jira is down.".into()));

        let (code, message) = output_of(async { panic!("table {} is missing", 7) });
        assert_eq!(code, ExitCode::FAILURE);
        let error = &message["trace"]["error"];
        assert_eq!((&message["type"], &error["failure_type"]), (&"TRACE".into(), &"system_error".into()));
        let internal = error["internal_message"].as_str().unwrap();
        assert!(internal.contains("table 7 is missing") && internal.contains("session/mod.rs:"), "{internal}");
    }
}
