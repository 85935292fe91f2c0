//! Stores renewed tokens: in a CONTROL message for the platform, and in the config file where the connector keeps them itself.

mod place;

use super::stored_file;
use crate::{
    client::{
        Error, Kind,
        sign_in::tokens::{RenewedTokens, TokenStore},
    },
    config::{Config, Credentials, Document, Secret},
    output::{Clock, Output},
    protocol::{Failure, Message},
};
use chrono::DateTime;
use place::{Place, Surroundings};
use serde_json::Value;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Longer than any token of Atlassian's: the room that each of the two is given on the disk before a renewal.
const LONGEST_TOKEN: usize = 4096;

const OAUTH: &str = "OAuth2.0";

/// Who reads the output of the command that renews a token.
pub enum Audience {
    /// A program. Platforms store the config of a CONTROL message; Singer has no such message.
    Program(Arc<Output>),
    /// A person at a terminal.
    Person,
}

/// Stores tokens in a config file and reports them to the platform.
pub struct ConfigTokenStore {
    audience: Audience,
    document: Document,
    path: PathBuf,
    /// Where renewed tokens must arrive.
    place: Place,
}

impl ConfigTokenStore {
    /// Decides where renewed tokens are stored, and checks that they can be, before any is renewed.
    pub fn new(audience: Audience, config: &Config, document: &Document, path: &Path) -> Result<Arc<Self>, Failure> {
        let place = if matches!(config.credentials, Credentials::OAuth(_)) {
            let control = matches!(&audience, Audience::Program(out) if out.delivers_config());
            Place::choose(config.persist_tokens, &Surroundings::from_environment(control))?
        } else {
            Place::Nowhere
        };
        let store = Self { audience, document: document.clone(), path: path.to_owned(), place };
        store.ready()?;
        Ok(Arc::new(store))
    }

    fn out(&self) -> Option<&Output> {
        match &self.audience {
            Audience::Program(out) => Some(out),
            Audience::Person => None,
        }
    }

    fn write(&self, renewed: &RenewedTokens) -> io::Result<()> {
        // Read the file again: a person may have edited it since the run started.
        let current = std::fs::read(&self.path).ok().and_then(|bytes| Document::decode(&bytes).ok());
        let rotates = |document: &Document| document.value().pointer("/credentials/auth_type") == Some(&OAUTH.into());
        let document = current.filter(rotates).unwrap_or_else(|| self.document.clone());
        stored_file::store(&self.path, &with(&document, renewed))
    }

    fn unwritable(&self, error: &io::Error) -> Error {
        Error::new(Kind::TokenStorage, format!("config file '{}'", self.path.display()), error.to_string())
    }

    /// The output is closed, so CONTROL messages reach no platform.
    fn unread(&self) -> Option<Error> {
        let closed = self.out()?.broken()?;
        Some(Error::new(Kind::TokenStorage, "CONTROL message", closed.to_string()).with_remedy(
            "The reader of the output has closed it. Run the connector again, and read its output to the end.",
        ))
    }
}

impl TokenStore for ConfigTokenStore {
    fn ready(&self) -> Result<(), Error> {
        match self.place {
            Place::Nowhere => Ok(()),
            Place::Platform => self.unread().map_or(Ok(()), Err),
            Place::File => {
                let longest = "x".repeat(LONGEST_TOKEN);
                let document = self.document.with_tokens(&longest, Some((&longest, DateTime::UNIX_EPOCH)));
                let room = format!("{:#}\n", document.value()).len();
                stored_file::storable(&self.path, room).map_err(|error| self.unwritable(&error))
            }
        }
    }

    fn save(&self, renewed: &RenewedTokens) -> Result<(), Error> {
        if let Some(out) = self.out() {
            out.message(&Message::control(with(&self.document, renewed), Clock::system().now()));
            // The platform must have the new token before the connector uses it: a kill would lose it otherwise.
            out.drain();
        }
        match self.place {
            Place::Nowhere => Ok(()),
            Place::Platform => self.unread().map_or(Ok(()), Err),
            Place::File => self.write(renewed).map_err(|error| {
                let control = match self.out() {
                    Some(out) if out.delivers_config() => {
                        "The last CONTROL message of the output contains the new one: copy it into the config. Or make"
                    }
                    _ => "Make",
                };
                self.unwritable(&error).with_remedy(format!(
                    "The refresh token was just renewed, and the old one stops working in 10 minutes. {control} the file writable and run \
                     the connector before that. Later, authorize the app again (`source-jira login`)."
                ))
            }),
        }
    }

    fn reload(&self, than: &Secret) -> Option<Secret> {
        if !self.path.is_file() {
            return None;
        }
        let document = Document::decode(&std::fs::read(&self.path).ok()?).ok()?;
        let token = Secret::new(document.value().pointer("/credentials/refresh_token")?.as_str()?);
        (!token.expose().is_empty() && token.expose() != than.expose()).then_some(token)
    }
}

fn with(document: &Document, renewed: &RenewedTokens) -> Value {
    let access = renewed.access.as_ref().map(|(token, expires_at)| (token.expose(), *expires_at));
    document.with_tokens(renewed.refresh.expose(), access).value().clone()
}
