//! Keeps renewed tokens: in a CONTROL message for the platform, and in the config file where that is ours to write.

use crate::{
    client::sign_in::tokens::{Keeper, Renewed},
    config::{Config, Credentials, Document, Secret},
    protocol::{Failure, Message},
    sync::{Clock, Emitter},
};
use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Variables that Airbyte's platform sets for the connectors it runs.
const PLATFORM: [&str; 2] = ["WORKER_JOB_ID", "WORKER_CONNECTOR_IMAGE"];

/// A config file, and whoever listens.
pub struct ConfigKeeper {
    /// Missing for commands whose output is for people.
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
            Some(Err(error)) if config.persist_tokens == Some(true) || out.is_none() => {
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
        if let Some(out) = &self.out {
            out.hide([renewed.refresh.expose(), renewed.access.expose()]);
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
fn replaceable(path: &Path) -> io::Result<()> {
    if !path.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    OpenOptions::new().write(true).open(path)?;
    let beside = beside(&path.canonicalize()?);
    File::create_new(&beside)?;
    std::fs::remove_file(beside)
}

/// Replaces a file's content at once: after a kill at any moment it holds the old or the new one, whole. Only its owner
/// may read it, unless it was readable for others before.
pub fn replace(path: &Path, content: &Value) -> io::Result<()> {
    // A link stays a link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let beside = beside(&path);
    let _ = std::fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        writeln!(file, "{content:#}")?;
        if let Ok(before) = std::fs::metadata(&path) {
            file.set_permissions(before.permissions())?;
        }
        file.sync_all()
    });
    let done = written.and_then(|()| std::fs::rename(&beside, &path));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}
