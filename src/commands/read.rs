//! `read`: reads the streams of the catalog.

use super::{
    args::ReadOptions,
    console,
    session::{self, Loaded},
    stored_file,
};
use crate::{
    client::{Client, SignIn},
    output::{Clock, Output, Waits},
    protocol::{ConfiguredCatalog, Failure, InputState, Level},
    record::keys::Keys,
    state::{
        airbyte::{self, StateOrigin},
        sent_ids,
    },
    sync::{
        context::SyncContext,
        report::closing::{Begin, Closing},
        run,
    },
};
use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, OnceLock},
};

/// Tries of the first request: an outage of a minute must not fail a nightly sync.
const TRIES: u32 = 5;

#[derive(Debug, clap::Args)]
pub struct ReadArgs {
    /// Config file (JSON)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Configured catalog (JSON): which streams to read, and in which sync mode
    #[arg(long, value_name = "FILE")]
    pub catalog: PathBuf,
    /// State file (JSON): the states of the last sync, to resume from
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    #[command(flatten)]
    pub options: ReadOptions,
}

/// The inputs of a read, parsed.
pub struct Inputs {
    pub loaded: Loaded,
    pub catalog: ConfiguredCatalog,
    pub state: InputState,
    pub known_ids: Option<Keys>,
}

pub fn run(args: &ReadArgs) -> ExitCode {
    let files = [Some(&args.config), Some(&args.catalog), args.state.as_ref()];
    let out = session::output(args.options.common.debug);
    sync(out, &args.options, files, |out| inputs(out, args))
}

/// Reads what `inputs` selects. The report must replace none of `files`, the other input files.
pub fn sync(
    out: Arc<Output>,
    options: &ReadOptions,
    files: [Option<&PathBuf>; 3],
    inputs: impl FnOnce(&Arc<Output>) -> Result<Inputs, Failure>,
) -> ExitCode {
    let files: Vec<&Path> = files.into_iter().flatten().chain(&options.known_ids).map(PathBuf::as_path).collect();
    let writable = options.report.as_deref().map(|path| require_writable(path, &files)).transpose();
    let path = writable.as_ref().ok().copied().flatten().map(Path::to_owned);
    let closing = Arc::new(ReportInputs {
        out,
        begin: Begin::now(Clock::system()),
        path,
        site: OnceLock::new(),
        sync: OnceLock::new(),
    });
    let last = Arc::clone(&closing);
    let code = session::run_with_cleanup(&closing.out, move |signal| last.stopped_by(signal), async {
        writable?;
        let Inputs { loaded, catalog, state, known_ids } = inputs(&closing.out)?;
        closing.site.get_or_init(|| loaded.config.site().base_url().to_owned());
        let sign_in = SignIn::new(&loaded.config, loaded.tokens)?.patient();
        let client = tokio::select! {
            client = sign_in.connect(TRIES) => client?,
            // Whoever waits sees that something goes on.
            () = closing.out.heartbeats(|| Waits { rate_limit: sign_in.gate().closed_for(), outage: sign_in.outage() }) => return Ok(()),
        };
        let job = std::env::var("WORKER_JOB_ID").ok().filter(|job| !job.is_empty());
        let out = Arc::clone(&closing.out);
        let sync = closing.sync.get_or_init(|| SyncContext::new(client, out, loaded.config, job, known_ids));
        read(sync, &catalog, &state).await
    });
    if let Err(text) = closing.write() {
        closing.out.log(Level::Warn, text);
        // The process ends next.
        closing.out.drain();
    }
    code
}

/// What the closing report is made from. Outlives the command, so that a report is written after a panic and a signal, too.
struct ReportInputs {
    out: Arc<Output>,
    begin: Begin,
    /// The file of the report, if one is requested and can be written.
    path: Option<PathBuf>,
    site: OnceLock<String>,
    sync: OnceLock<SyncContext>,
}

impl ReportInputs {
    /// Writes the last words of a run that a signal ends, and the report.
    fn stopped_by(&self, signal: &str) {
        let text = format!("Stopped by {signal}. To resume, pass the last STATE of this output with --state.");
        if io::stderr().is_terminal() && !self.out.logs_to_stderr() {
            console::say(&format!("source-jira: {text}"));
        }
        self.out.last_log(Level::Warn, text);
        if let Err(text) = self.write() {
            self.out.last_log(Level::Warn, text);
        }
    }

    fn write(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        let closing = Closing::new(self.begin, &self.out, self.site.get().map(String::as_str), self.sync.get());
        let written = serde_json::to_value(closing).map_err(io::Error::from);
        written.and_then(|report| stored_file::replace(path, &report)).map_err(|error| {
            format!("Can't write the report to '{}': {error}. The sync itself is not affected.", path.display())
        })
    }
}

/// The path of the report, if it can be written. Checked before the read, which may take hours.
fn require_writable<'a>(path: &'a Path, files: &[&Path]) -> Result<&'a Path, Failure> {
    let same =
        |other: &Path| path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other));
    if files.iter().any(|file| same(file)) {
        return Err(Failure::config(format!(
            "The report would replace '{}', an input file of this run. Choose another path after --report.",
            path.display()
        )));
    }
    let writable = if path.exists() { stored_file::replaceable(path) } else { stored_file::creatable(path) };
    writable.map(|()| path).map_err(|error| {
        Failure::config(format!(
            "Can't write the report to '{}': {error}. Check the path after --report and the permissions of its folder.",
            path.display()
        ))
    })
}

/// Reads while a heartbeat runs; stops when the reader of the output closes it.
pub async fn read(sync: &SyncContext, catalog: &ConfiguredCatalog, state: &InputState) -> Result<(), Failure> {
    tokio::select! {
        // In this order, so that a replayed simulation makes the same choices.
        biased;
        result = run::read(sync, catalog, state) => result,
        () = sync.out.heartbeats(|| waits(&sync.client)) => Ok(()),
        () = output_closed(&sync.out) => Ok(()),
    }
}

/// What all requests wait for.
fn waits(client: &Client) -> Waits {
    Waits { rate_limit: client.gate().closed_for(), outage: client.outage() }
}

/// Returns when the output can no longer be written.
async fn output_closed(out: &Output) {
    while out.broken().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

fn inputs(out: &Arc<Output>, args: &ReadArgs) -> Result<Inputs, Failure> {
    let written = session::file(&args.config, "config")?;
    let state = input_state(args);
    let whose = state.as_ref().map_or(StateOrigin::Own, airbyte::state_origin);
    let loaded = session::config_with_state(out, &written, &args.config, whose)?;
    let catalog = ConfiguredCatalog::parse(&session::file(&args.catalog, "catalog")?)?;
    let state = state?;
    if std::env::var("DATA_CHANNEL_MEDIUM").is_ok_and(|medium| medium == "SOCKET") {
        return Err(Failure::config(
            "The platform requests socket mode (DATA_CHANNEL_MEDIUM=SOCKET), which this connector does not support. Use the standard mode.",
        ));
    }
    let known_ids = args.options.known_ids.as_deref().map(known_ids).transpose()?;
    Ok(Inputs { loaded, catalog, state, known_ids })
}

fn input_state(args: &ReadArgs) -> Result<InputState, Failure> {
    match &args.state {
        Some(path) => InputState::parse(&session::file(path, "state")?),
        None => Ok(InputState::default()),
    }
}

pub fn known_ids(path: &Path) -> Result<Keys, Failure> {
    let fault = |problem: String| {
        Failure::config(format!("Can't use the file '{}' after --known-ids: {problem}.", path.display()))
    };
    let text = String::from_utf8(session::file(path, "known-ids")?).map_err(|_| fault("it is not UTF-8".to_owned()))?;
    sent_ids::read_file(&text).map_err(fault)
}
