//! `read`: brings the streams of the catalog.

use super::session::{self, Loaded};
use crate::{
    cli::Read,
    client::SignIn,
    protocol::{ConfiguredCatalog, Failure, InputState},
    record::keys::Keys,
    sync::{Emitter, report::Report, run::Run, sight::ledger},
};
use std::{path::Path, process::ExitCode, sync::Arc};

/// How often the first question is asked: an outage of a minute should not fail a nightly sync.
const TRIES: u32 = 5;

pub fn run(options: &Read) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let inputs = inputs(&out, options);
    let emitter = Arc::clone(&out);
    session::run(&out, async move {
        let (loaded, catalog, state, known_ids) = inputs?;
        let client = SignIn::new(&loaded.config, loaded.keeper)?.connect(TRIES).await?;
        let job = std::env::var("WORKER_JOB_ID").ok().filter(|job| !job.is_empty());
        let run =
            Run { client, out: Arc::clone(&emitter), config: loaded.config, job, report: Report::default(), known_ids };
        read(&run, &catalog, &state, &emitter).await
    })
}

/// Reads with a pulse beside it.
pub async fn read(run: &Run, catalog: &ConfiguredCatalog, state: &InputState, out: &Emitter) -> Result<(), Failure> {
    tokio::select! {
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

fn inputs(
    out: &Arc<Emitter>,
    options: &Read,
) -> Result<(Loaded, ConfiguredCatalog, InputState, Option<Keys>), Failure> {
    let written = session::file(&options.config, "config")?;
    let loaded = session::config(out, &written, &options.config)?;
    let catalog = ConfiguredCatalog::parse(&session::file(&options.catalog, "catalog")?)?;
    let state = match &options.state {
        Some(path) => InputState::parse(&session::file(path, "state")?)?,
        None => InputState::default(),
    };
    if std::env::var("DATA_CHANNEL_MEDIUM").is_ok_and(|medium| medium == "SOCKET") {
        return Err(Failure::config(
            "The platform wants socket mode (DATA_CHANNEL_MEDIUM=SOCKET), which this connector does not have. Use the standard mode.",
        ));
    }
    let known_ids = options.known_ids.as_deref().map(known_ids).transpose()?;
    Ok((loaded, catalog, state, known_ids))
}

fn known_ids(path: &Path) -> Result<Keys, Failure> {
    let fault = |problem: String| {
        Failure::config(format!("The file '{}' after --known-ids cannot be used: {problem}.", path.display()))
    };
    let text =
        String::from_utf8(session::file(path, "known-ids")?).map_err(|_| fault("it is not UTF-8 text".to_owned()))?;
    ledger::read_file(&text).map_err(fault)
}
