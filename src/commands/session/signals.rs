//! Signals that end the process. The first one runs the cleanup of the command; a second one ends the process immediately.

use std::{
    process,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// The most that the cleanup may take: it waits for the reader of the output. Docker kills ten seconds after the first signal.
const CLEANUP_LIMIT: Duration = Duration::from_secs(5);

/// Gets the name of the signal.
type Cleanup = Box<dyn FnOnce(&'static str) + Send>;

static CLEANUP: Mutex<Option<Cleanup>> = Mutex::new(None);

/// Runs `cleanup` before a signal ends the process.
pub(in crate::commands) fn before_end(cleanup: impl FnOnce(&'static str) + Send + 'static) {
    *CLEANUP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(cleanup));
}

/// Ends the process on SIGINT, SIGTERM, SIGHUP and SIGQUIT; on Windows on Ctrl-C. The first process of a container ignores
/// these without a handler.
pub fn listen() {
    // A thread and a runtime of its own: those of the command may wait for the reader of the output, or may have ended.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let signals = {
        let _context = runtime.enter();
        Signals::listen()
    };
    let _ = thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(end_on(signals)));
}

async fn end_on(mut signals: Signals) {
    let first = signals.next().await;
    let cleanup = CLEANUP.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (done, cleaned) = oneshot::channel::<()>();
    let cleaning = thread::Builder::new().name("cleanup".to_owned()).spawn(move || {
        if let Some(cleanup) = cleanup {
            cleanup(first.name);
        }
        drop(done);
    });
    let last = tokio::select! {
        _ = cleaned, if cleaning.is_ok() => first,
        () = tokio::time::sleep(CLEANUP_LIMIT) => first,
        second = signals.next() => second,
    };
    last.end();
}

/// Waits until the signal that closed the output ends the process.
pub(super) fn wait_for_end() -> ! {
    loop {
        thread::park();
    }
}

#[derive(Clone, Copy)]
struct Ending {
    name: &'static str,
    number: i32,
}

impl Ending {
    /// Dies of the signal, as the parent process expects it: PyAirbyte takes the exit code 143 for an error and the death by
    /// SIGTERM for what it asked for; a shell script goes on after the exit code 130 and stops after a death by SIGINT. The
    /// first process of a container can't die of a signal, and SIGQUIT would write the memory with its secrets to a file: these
    /// exit with the code that a shell shows for the signal.
    #[allow(clippy::disallowed_methods, reason = "the output is closed, and main may wait for its reader")]
    fn end(self) -> ! {
        #[cfg(unix)]
        if process::id() != 1 && self.name != "SIGQUIT" {
            let _ = signal_hook::low_level::emulate_default_handler(self.number);
        }
        process::exit(128 + self.number)
    }
}

#[cfg(unix)]
struct Signals(Vec<(Ending, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    /// Must be called within a runtime.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            ("SIGINT", SignalKind::interrupt()),
            ("SIGTERM", SignalKind::terminate()),
            ("SIGHUP", SignalKind::hangup()),
            ("SIGQUIT", SignalKind::quit()),
        ];
        let ignored = ignored();
        let heeded = kinds.into_iter().filter(|(_, kind)| ignored & (1 << (kind.as_raw_value() - 1)) == 0);
        let listened =
            heeded.filter_map(|(name, kind)| Some((Ending { name, number: kind.as_raw_value() }, signal(kind).ok()?)));
        Self(listened.collect())
    }

    async fn next(&mut self) -> Ending {
        std::future::poll_fn(|context| {
            use std::task::Poll;
            let came =
                self.0.iter_mut().find_map(|(ending, signal)| signal.poll_recv(context).is_ready().then_some(*ending));
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The signals that the process was started to ignore, one bit each: `nohup` ignores SIGHUP, and a shell ignores SIGINT and
/// SIGQUIT for a job in the background. A handler would undo that.
#[cfg(target_os = "linux")]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// Other systems tell this only to `unsafe` code. There SIGHUP and SIGQUIT keep their default, so that `nohup` works.
#[cfg(all(unix, not(target_os = "linux")))]
fn ignored() -> u64 {
    1 << (1 - 1) | 1 << (3 - 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) -> Ending {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Ending { name: "Ctrl-C", number: 2 }
    }
}
