//! `singer`: the same streams by the same engine, as a Singer tap has them.

use super::{
    discover,
    read::{self, Inputs},
    session::{self, Loaded},
};
use crate::{
    cli::Singer,
    config::Credentials,
    protocol::{
        DiscoveredStream, Failure, Level, Message,
        singer::{self, Bookmarks, Choice},
    },
    sync::Emitter,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// A variable that Meltano sets for the taps it runs.
const MELTANO: &str = "MELTANO_EXTRACTOR_NAME";

pub fn run(options: &Singer) -> ExitCode {
    let out = session::singer(options.common.debug);
    if options.discover {
        return discover(&out, options.config.clone());
    }
    let files = [Some(&options.config), options.catalog.as_ref(), options.state.as_ref(), options.known_ids.as_ref()];
    let files: Vec<&Path> = files.into_iter().flatten().map(PathBuf::as_path).collect();
    read::sync(out, options.report.as_deref(), &files, |out| inputs(out, options))
}

fn discover(out: &Arc<Emitter>, config: PathBuf) -> ExitCode {
    let emitter = Arc::clone(out);
    session::run(out, async move {
        let catalog = discover::offered(&emitter, &config).await?;
        emitter.message(&Message::Catalog { catalog });
        Ok(())
    })
}

fn loaded(out: &Arc<Emitter>, config: &Path) -> Result<Loaded, Failure> {
    session::config(out, &session::file(config, "config")?, config)
}

fn inputs(out: &Arc<Emitter>, options: &Singer) -> Result<Inputs, Failure> {
    let loaded = loaded(out, &options.config)?;
    let rotates = matches!(loaded.config.credentials, Credentials::OAuth(_));
    if rotates && loaded.config.persist_tokens != Some(true) && std::env::var_os(MELTANO).is_some() {
        return Err(Failure::config(
            "Atlassian replaces the refresh token of OAuth2.0 at each use, and Meltano throws the config file away that it would be \
             saved in. Sign in with an API token or a service account. If the file after --config stays, set `persist_tokens` to true.",
        ));
    }
    let choice = choice(options.catalog.as_deref(), &discover::catalog(loaded.config.keeps_to_airbyte())?.streams)?;
    let Bookmarks { mut states, came, notes } = match &options.state {
        Some(path) => Bookmarks::parse(&session::file(path, "state")?)?,
        None => Bookmarks::default(),
    };
    let catalog = choice.configured();
    if catalog.streams.is_empty() {
        out.log(Level::Warn, "The catalog selects no stream, so nothing is read.");
    }
    for note in notes {
        out.log(Level::Warn, note);
    }
    // The others are kept as they came.
    states.streams.retain(|name, _| catalog.streams.iter().any(|stream| stream.name == *name));
    out.choose(&choice.streams, came);
    let known_ids = options.known_ids.as_deref().map(read::known_ids).transpose()?;
    Ok(Inputs { loaded, catalog, state: states, known_ids })
}

/// What the catalog chooses; without one, what discovery would have chosen.
fn choice(path: Option<&Path>, offered: &[DiscoveredStream]) -> Result<Choice, Failure> {
    match path {
        Some(path) => Choice::parse(&session::file(path, "catalog")?, offered),
        None => Choice::of(&singer::catalog(offered), offered),
    }
}
