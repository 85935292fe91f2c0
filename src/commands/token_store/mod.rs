//! Stores renewed tokens: in a CONTROL message for the platform, and in the config file where the connector may write it.

use crate::{
    client::sign_in::tokens::{RenewedTokens, TokenStore},
    config::{Config, Credentials, Document, Secret},
    output::{Clock, Output},
    protocol::{Failure, Message},
};
use serde_json::Value;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::NamedTempFile;

/// Environment variables that Airbyte's platform sets for the connectors it runs.
const PLATFORM: [&str; 2] = ["WORKER_JOB_ID", "WORKER_CONNECTOR_IMAGE"];

/// Who reads the output of the command that renews a token.
pub enum Audience {
    /// A platform, which stores the config of a CONTROL message. Singer targets read the same output and ignore configs.
    Platform(Arc<Output>),
    /// A person at a terminal.
    Person,
}

/// Stores tokens in a config file and reports them to the platform.
pub struct ConfigTokenStore {
    audience: Audience,
    document: Document,
    path: PathBuf,
    /// Whether renewed tokens are written to the file.
    saves: bool,
}

impl Audience {
    /// Whether a CONTROL message is stored by its reader.
    fn stores_configs(&self) -> bool {
        matches!(self, Self::Platform(out) if out.delivers_config())
    }
}

impl ConfigTokenStore {
    /// Decides whether renewed tokens are written to the file. `persist_tokens` decides if it is set; otherwise they are
    /// written if the file can be replaced and no platform runs the connector, because a platform stores the config itself.
    pub fn new(audience: Audience, config: &Config, document: &Document, path: &Path) -> Result<Arc<Self>, Failure> {
        let rotates = matches!(config.credentials, Credentials::OAuth(_));
        let in_platform = PLATFORM.iter().any(|name| std::env::var_os(name).is_some());
        let wanted = config.persist_tokens.unwrap_or(!in_platform);
        let saves = match (rotates && wanted).then(|| replaceable(path)) {
            None => false,
            Some(Ok(())) => true,
            Some(Err(error)) if config.persist_tokens == Some(true) || !audience.stores_configs() => {
                return Err(Failure::config(format!(
                    "Can't save renewed tokens to the config file '{}': {error}. Atlassian replaces the refresh token each time it is \
                     used, and the new one has to be saved. Make the file and its folder writable.",
                    path.display()
                )));
            }
            Some(Err(_)) => false,
        };
        Ok(Arc::new(Self { audience, document: document.clone(), path: path.to_owned(), saves }))
    }

    fn save(&self, renewed: &RenewedTokens) -> io::Result<()> {
        // Read the file again: a person may have edited it since the run started.
        let bytes = std::fs::read(&self.path)?;
        let document = Document::decode(&bytes).unwrap_or_else(|_| self.document.clone());
        replace(&self.path, &with(&document, renewed))
    }
}

impl TokenStore for ConfigTokenStore {
    fn save(&self, renewed: &RenewedTokens) {
        if let Audience::Platform(out) = &self.audience {
            out.message(&Message::control(with(&self.document, renewed), Clock::system().now()));
            // The platform must have the new token before the connector uses it: a kill would lose it otherwise.
            out.drain();
        }
        if self.saves
            && let Err(error) = self.save(renewed)
        {
            tracing::error!(
                "Can't save the renewed refresh token to '{}': {error}. This run continues, but the old token stops working in 10 \
                 minutes. Make the file writable, then authorize the app again (`source-jira login`).",
                self.path.display()
            );
        }
    }

    fn reload(&self, than: &Secret) -> Option<Secret> {
        if !self.path.is_file() {
            return None;
        }
        let document: Value = serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()?;
        let token = Secret::new(document.pointer("/credentials/refresh_token")?.as_str()?);
        (token.expose() != than.expose()).then_some(token)
    }
}

fn with(document: &Document, renewed: &RenewedTokens) -> Value {
    document.with_tokens(renewed.refresh.expose(), renewed.access.expose(), renewed.expires_at).value().clone()
}

/// Checks that a file can be replaced by another one of the same name, which takes write access to its folder.
pub(super) fn replaceable(path: &Path) -> io::Result<()> {
    if !path.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    OpenOptions::new().write(true).open(path)?;
    creatable(&path.canonicalize()?)
}

/// Checks that a file that does not exist can be created.
pub(super) fn creatable(path: &Path) -> io::Result<()> {
    temporary(path).map(drop)
}

/// Replaces a file's content atomically: after a kill at any moment the file holds either the old or the new content,
/// complete. A new file is readable by its owner only; an existing file keeps its permissions.
pub(super) fn replace(path: &Path, content: &Value) -> io::Result<()> {
    // Follow a symbolic link rather than replace it.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut file = temporary(&path)?;
    writeln!(file, "{content:#}")?;
    if let Ok(before) = std::fs::metadata(&path) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// An empty file in the same folder, removed when dropped.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::Error::other("its folder does not exist"));
    }
    let made = tempfile::Builder::new().prefix(".source-jira-").suffix(".new").tempfile_in(folder);
    // The full error names the temporary file, which means nothing to the user.
    made.map_err(|error| io::Error::from(error.kind()))
}
