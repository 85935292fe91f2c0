//! `read`: brings the streams of the catalog.

use super::session::{self, Loaded};
use crate::{
    cli::Read,
    client::SignIn,
    protocol::{ConfiguredCatalog, Failure, InputState},
    sync::{Emitter, report::Report, run::Run},
};
use std::{process::ExitCode, sync::Arc};

/// How often the first question is asked: an outage of a minute should not fail a nightly sync.
const TRIES: u32 = 5;

pub fn run(options: &Read) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let inputs = inputs(&out, options);
    let emitter = Arc::clone(&out);
    session::run(&out, async move {
        let (loaded, catalog, state) = inputs?;
        let client = SignIn::new(&loaded.config, loaded.keeper)?.connect(TRIES).await?;
        let job = std::env::var("WORKER_JOB_ID").ok().filter(|job| !job.is_empty());
        let run = Run { client, out: Arc::clone(&emitter), config: loaded.config, job, report: Report::default() };
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

fn inputs(out: &Arc<Emitter>, options: &Read) -> Result<(Loaded, ConfiguredCatalog, InputState), Failure> {
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
    Ok((loaded, catalog, state))
}
