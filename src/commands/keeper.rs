//! Keeps renewed tokens: in a CONTROL message for the platform, and in the config file where that is ours to write.

use super::human;
use crate::{
    client::sign_in::tokens::{Keeper, Renewed},
    config::{Config, Credentials, Document, Secret},
    protocol::{Failure, Message},
    sync::{Clock, Emitter},
};
use serde_json::Value;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::NamedTempFile;

/// Variables that Airbyte's platform sets for the connectors it runs.
const PLATFORM: [&str; 2] = ["WORKER_JOB_ID", "WORKER_CONNECTOR_IMAGE"];

/// A config file, and whoever listens.
pub struct ConfigKeeper {
    /// Missing for commands whose output is for people. Singer's targets take no config.
    out: Option<Arc<Emitter>>,
    document: Document,
    path: PathBuf,
    save: bool,
}

impl ConfigKeeper {
    /// Decides whether renewed tokens are saved: as `persist_tokens` says, or else if the file can be replaced and no
    /// platform runs us, which has its own place for the config.
    pub fn new(
        out: Option<Arc<Emitter>>,
        config: &Config,
        document: &Document,
        path: &Path,
    ) -> Result<Arc<Self>, Failure> {
        let rotates = matches!(config.credentials, Credentials::OAuth(_));
        let in_platform = PLATFORM.iter().any(|name| std::env::var_os(name).is_some());
        let wanted = config.persist_tokens.unwrap_or(!in_platform);
        let save = match (rotates && wanted).then(|| replaceable(path)) {
            None => false,
            Some(Ok(())) => true,
            Some(Err(error))
                if config.persist_tokens == Some(true) || out.as_ref().is_none_or(|out| !out.hands_over_configs()) =>
            {
                return Err(Failure::config(format!(
                    "Signing in renews the refresh token, which then has to be saved, but the config file '{}' cannot be replaced: \
                     {error}. Make the file and its folder writable.",
                    path.display()
                )));
            }
            Some(Err(_)) => false,
        };
        Ok(Arc::new(Self { out, document: document.clone(), path: path.to_owned(), save }))
    }

    fn saved(&self, renewed: &Renewed) -> io::Result<()> {
        // As it is by now: somebody may have edited it since we began.
        let bytes = std::fs::read(&self.path)?;
        let document = Document::decode(&bytes).unwrap_or_else(|_| self.document.clone());
        replace(&self.path, &with(&document, renewed))
    }
}

impl Keeper for ConfigKeeper {
    fn keep(&self, renewed: &Renewed) {
        let secrets = [renewed.refresh.expose(), renewed.access.expose()];
        if self.out.is_none() {
            human::hide(secrets);
        }
        if let Some(out) = &self.out {
            out.hide(secrets);
            out.message(&Message::control(with(&self.document, renewed), Clock::system().now()));
            // Before anything is done with the token: a kill must not lose it.
            out.flush();
        }
        if self.save
            && let Err(error) = self.saved(renewed)
        {
            tracing::error!(
                "The renewed refresh token could not be saved to '{}': {error}. This run goes on, but the old token stops working 10 \
                 minutes from now: mend the file, then sign in again (`source-jira login`).",
                self.path.display()
            );
        }
    }

    fn newer(&self, than: &Secret) -> Option<Secret> {
        if !self.path.is_file() {
            return None;
        }
        let document: Value = serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()?;
        let token = Secret::new(document.pointer("/credentials/refresh_token")?.as_str()?);
        (token.expose() != than.expose()).then_some(token)
    }
}

fn with(document: &Document, renewed: &Renewed) -> Value {
    document.with_tokens(renewed.refresh.expose(), renewed.access.expose(), renewed.until).value().clone()
}

/// Whether a file can be replaced by another of the same name: that takes the right to write into its folder.
pub fn replaceable(path: &Path) -> io::Result<()> {
    if !path.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    OpenOptions::new().write(true).open(path)?;
    creatable(&path.canonicalize()?)
}

/// Whether a file that is not there can be written.
pub fn creatable(path: &Path) -> io::Result<()> {
    beside(path).map(drop)
}

/// Replaces a file's content at once: after a kill at any moment it holds the old or the new one, whole. A new file may
/// be read by its owner alone, an old one by whom it could be read before.
pub fn replace(path: &Path, content: &Value) -> io::Result<()> {
    // A link stays a link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut file = beside(&path)?;
    writeln!(file, "{content:#}")?;
    if let Ok(before) = std::fs::metadata(&path) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// An empty file in the same folder, gone when dropped.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::Error::other("its folder does not exist"));
    }
    let made = tempfile::Builder::new().prefix(".source-jira-").suffix(".new").tempfile_in(folder);
    // The whole error names the passing file, which tells nobody anything.
    made.map_err(|error| io::Error::from(error.kind()))
}
