//! `read`: brings the streams of the catalog.

use super::{
    keeper,
    session::{self, Loaded},
};
use crate::{
    cli::Read,
    client::SignIn,
    protocol::{ConfiguredCatalog, Failure, InputState, Level},
    record::keys::Keys,
    sync::{
        Clock, Emitter,
        airbyte::{self, Whose},
        report::{
            Report,
            closing::{Begin, Closing},
        },
        run::Run,
        sight::ledger,
    },
};
use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, OnceLock},
};

/// How often the first question is asked: an outage of a minute should not fail a nightly sync.
const TRIES: u32 = 5;

/// What a read is given.
pub struct Inputs {
    pub loaded: Loaded,
    pub catalog: ConfiguredCatalog,
    pub state: InputState,
    pub known_ids: Option<Keys>,
}

pub fn run(options: &Read) -> ExitCode {
    let files = [Some(&options.config), Some(&options.catalog), options.state.as_ref(), options.known_ids.as_ref()];
    let files: Vec<&Path> = files.into_iter().flatten().map(PathBuf::as_path).collect();
    let out = session::emitter(options.common.debug);
    sync(out, options.report.as_deref(), &files, |out| inputs(out, options))
}

/// Reads what `inputs` asks for. `files` are those that the report must not replace.
pub fn sync(
    out: Arc<Emitter>,
    report: Option<&Path>,
    files: &[&Path],
    inputs: impl FnOnce(&Arc<Emitter>) -> Result<Inputs, Failure>,
) -> ExitCode {
    let watched = report.map(|path| watched(path, files)).transpose();
    let path = watched.as_ref().ok().copied().flatten().map(Path::to_owned);
    let known =
        Arc::new(Known { out, begin: Begin::now(Clock::system()), path, site: OnceLock::new(), run: OnceLock::new() });
    let last = Arc::clone(&known);
    let code = session::run_until(&known.out, move || last.close(), async {
        watched?;
        let Inputs { loaded, catalog, state, known_ids } = inputs(&known.out)?;
        known.site.get_or_init(|| loaded.config.site().base_url().to_owned());
        let client = SignIn::new(&loaded.config, loaded.keeper)?.connect(TRIES).await?;
        let job = std::env::var("WORKER_JOB_ID").ok().filter(|job| !job.is_empty());
        let (out, report) = (Arc::clone(&known.out), Report::new(&loaded.config));
        let run = known.run.get_or_init(|| Run { client, out, config: loaded.config, job, report, known_ids });
        read(run, &catalog, &state, &known.out).await
    });
    known.close();
    code
}

/// What the report at the end is made of. Outlives the command, so that a panic and a SIGTERM leave a report, too.
struct Known {
    out: Arc<Emitter>,
    begin: Begin,
    /// Where the report goes, if one is wanted and can be written.
    path: Option<PathBuf>,
    site: OnceLock<String>,
    run: OnceLock<Run>,
}

impl Known {
    fn close(&self) {
        let Some(path) = &self.path else { return };
        let closing = Closing::new(self.begin, &self.out, self.site.get().map(String::as_str), self.run.get());
        let written = serde_json::to_value(closing).map_err(io::Error::from);
        if let Err(error) = written.and_then(|report| keeper::replace(path, &report)) {
            let path = path.display();
            let text =
                format!("The report could not be written to '{path}': {error}. The sync itself is not affected.");
            self.out.log(Level::Warn, text);
            self.out.flush();
        }
    }
}

/// Where the report goes, if it can be written there: to find out after hours that it can't would be late.
fn watched<'a>(path: &'a Path, files: &[&Path]) -> Result<&'a Path, Failure> {
    let same =
        |other: &Path| path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other));
    if files.iter().any(|file| same(file)) {
        return Err(Failure::config(format!(
            "The report would replace '{}', which this run reads. Give another path after --report.",
            path.display()
        )));
    }
    let writable = if path.exists() { keeper::replaceable(path) } else { keeper::creatable(path) };
    writable.map(|()| path).map_err(|error| {
        Failure::config(format!(
            "The report cannot be written to '{}': {error}. Check the path after --report, and that its folder may be written to.",
            path.display()
        ))
    })
}

/// Reads with a pulse beside it.
pub async fn read(run: &Run, catalog: &ConfiguredCatalog, state: &InputState, out: &Emitter) -> Result<(), Failure> {
    tokio::select! {
        // The same events make the same run.
        biased;
        result = run.read(catalog, state) => result,
        () = run.beat() => Ok(()),
        () = gone(out) => Ok(()),
    }
}

/// Ends when nobody reads the output any more.
async fn gone(out: &Emitter) {
    while out.broken().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

fn inputs(out: &Arc<Emitter>, options: &Read) -> Result<Inputs, Failure> {
    let written = session::file(&options.config, "config")?;
    let state = incoming(options);
    let whose = state.as_ref().map_or(Whose::Ours, airbyte::whose);
    let loaded = session::config_beside(out, &written, &options.config, whose)?;
    let catalog = ConfiguredCatalog::parse(&session::file(&options.catalog, "catalog")?)?;
    let state = state?;
    if std::env::var("DATA_CHANNEL_MEDIUM").is_ok_and(|medium| medium == "SOCKET") {
        return Err(Failure::config(
            "The platform wants socket mode (DATA_CHANNEL_MEDIUM=SOCKET), which this connector does not have. Use the standard mode.",
        ));
    }
    let known_ids = options.known_ids.as_deref().map(known_ids).transpose()?;
    Ok(Inputs { loaded, catalog, state, known_ids })
}

fn incoming(options: &Read) -> Result<InputState, Failure> {
    match &options.state {
        Some(path) => InputState::parse(&session::file(path, "state")?),
        None => Ok(InputState::default()),
    }
}

pub fn known_ids(path: &Path) -> Result<Keys, Failure> {
    let fault = |problem: String| {
        Failure::config(format!("The file '{}' after --known-ids cannot be used: {problem}.", path.display()))
    };
    let text =
        String::from_utf8(session::file(path, "known-ids")?).map_err(|_| fault("it is not UTF-8 text".to_owned()))?;
    ledger::read_file(&text).map_err(fault)
}
