//! `singer`: the connector as a Singer tap: the same streams with Singer catalogs, states and messages.

use super::{
    args::ReadOptions,
    discover,
    read::{self, Inputs},
    session::{self, Loaded},
};
use crate::{
    output::Output,
    protocol::{
        DiscoveredStream, Failure, Level, Message,
        singer::{self, Bookmarks, Selection},
    },
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

#[derive(Debug, clap::Args)]
pub struct SingerArgs {
    /// Config file (JSON)
    #[arg(long, short, value_name = "FILE")]
    pub config: PathBuf,
    /// Print the catalog of available streams and exit
    #[arg(long, short)]
    pub discover: bool,
    /// Catalog (JSON) with the selected streams and properties; all streams if omitted
    #[arg(long, visible_alias = "properties", value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// State file (JSON): the last state that the target wrote, to resume from
    #[arg(long, short, value_name = "FILE")]
    pub state: Option<PathBuf>,
    #[command(flatten)]
    pub options: ReadOptions,
}

pub fn run(args: &SingerArgs) -> ExitCode {
    let out = session::singer(args.options.common.debug);
    if args.discover {
        return discover(&out, args.config.clone());
    }
    let files = [Some(&args.config), args.catalog.as_ref(), args.state.as_ref()];
    read::sync(out, &args.options, files, |out| inputs(out, args))
}

fn discover(out: &Arc<Output>, config: PathBuf) -> ExitCode {
    let output = Arc::clone(out);
    session::run(out, async move {
        let catalog = discover::available(&output, &config).await?;
        output.message(&Message::Catalog { catalog });
        Ok(())
    })
}

fn loaded(out: &Arc<Output>, config: &Path) -> Result<Loaded, Failure> {
    session::config(out, &session::file(config, "config")?, config)
}

fn inputs(out: &Arc<Output>, args: &SingerArgs) -> Result<Inputs, Failure> {
    let loaded = loaded(out, &args.config)?;
    let choice = choice(args.catalog.as_deref(), &discover::catalog(loaded.config.is_airbyte_compatible())?.streams)?;
    let Bookmarks { mut states, passed: came, warnings: notes } = match &args.state {
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
    // `choose` keeps the bookmarks of the other streams unchanged.
    states.streams.retain(|name, _| catalog.streams.iter().any(|stream| stream.name == *name));
    out.select_streams(&choice.streams, came);
    let known_ids = args.options.known_ids.as_deref().map(read::known_ids).transpose()?;
    Ok(Inputs { loaded, catalog, state: states, known_ids })
}

/// The selection of the catalog; without a catalog, the default selection of discovery.
fn choice(path: Option<&Path>, offered: &[DiscoveredStream]) -> Result<Selection, Failure> {
    match path {
        Some(path) => Selection::parse(&session::file(path, "catalog")?, offered),
        None => Selection::of(&singer::catalog(offered), offered),
    }
}
