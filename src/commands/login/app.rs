//! The app to sign in through: its client ID and secret, from wherever they are at hand.

use super::Login;
use crate::{config::Secret, protocol::Failure};
use serde_json::Value;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
};

const ID: &str = "SOURCE_JIRA_CLIENT_ID";
const SECRET: &str = "SOURCE_JIRA_CLIENT_SECRET";

pub struct App {
    pub id: Secret,
    pub secret: Secret,
    pub origin: Origin,
}

/// Where the client secret was found.
pub enum Origin {
    File(PathBuf),
    Environment,
    Config,
    Terminal,
}

impl App {
    /// `credentials` are those of the config as it is, for signing in once more.
    pub fn find(options: &Login, credentials: Option<&Value>) -> Result<Self, Failure> {
        let member = |name: &str| filled(credentials?.get(name)?.as_str()?);
        let known = member("client_id");
        let given = options.client_id.as_deref().and_then(filled).or_else(|| variable(ID));
        let id = match given.or_else(|| known.clone()) {
            Some(id) => id,
            None => filled(&asked("Client ID of the app (developer console, Settings): ", line)?).ok_or_else(no_id)?,
        };
        // The secret in the config is that of the app in the config.
        let kept = member("client_secret").filter(|_| known.as_deref() == Some(id.as_str()));
        let (secret, origin) = if let Some(path) = &options.client_secret_file {
            (read(path)?, Origin::File(path.clone()))
        } else if let Some(secret) = variable(SECRET) {
            (secret, Origin::Environment)
        } else if let Some(secret) = kept {
            (secret, Origin::Config)
        } else {
            let typed = asked("Client secret of the app (not shown): ", |prompt| rpassword::prompt_password(prompt))?;
            (filled(&typed).ok_or_else(no_secret)?, Origin::Terminal)
        };
        Ok(Self { id: Secret::new(&id), secret: Secret::new(&secret), origin })
    }
}

impl Origin {
    /// As the end of "the client secret …".
    pub fn in_words(&self) -> String {
        match self {
            Self::File(path) => format!("from '{}'", path.display()),
            Self::Environment => format!("from {SECRET}"),
            Self::Config => "from the config".to_owned(),
            Self::Terminal => "that was typed".to_owned(),
        }
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().as_deref().and_then(filled)
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::config(format!(
            "The client secret cannot be read from '{}': {error}. Check the path after --client-secret-file.",
            path.display()
        ))
    })?;
    filled(&text).ok_or_else(|| {
        Failure::config(format!(
            "The file '{}' is empty. Put the app's client secret into it, and nothing else.",
            path.display()
        ))
    })
}

/// Asks whoever sits at the terminal; without one, an empty answer.
fn asked(prompt: &str, ask: impl FnOnce(&str) -> io::Result<String>) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(String::new());
    }
    ask(prompt)
        .map_err(|error| Failure::config(format!("The terminal cannot be read: {error}. {}", no_secret().message)))
}

fn line(prompt: &str) -> io::Result<String> {
    write!(io::stderr(), "{prompt}")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

fn no_id() -> Failure {
    Failure::config(format!(
        "The client ID of your app is not known. Give it by --client-id or as {ID} in the environment; it stands in the developer \
         console (https://developer.atlassian.com/console/myapps/), under Settings."
    ))
}

fn no_secret() -> Failure {
    Failure::config(format!(
        "The client secret of your app is not known. Give it as {SECRET} in the environment, or in a file by --client-secret-file; \
         it stands in the developer console (https://developer.atlassian.com/console/myapps/), under Settings."
    ))
}
