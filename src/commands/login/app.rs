//! The OAuth app: its client ID and secret, from the command line, the environment, the config or a prompt.

use super::args::LoginArgs;
use crate::{commands::session, config::Secret, protocol::Failure};
use serde_json::Value;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

const ID: &str = "SOURCE_JIRA_CLIENT_ID";
const SECRET: &str = "SOURCE_JIRA_CLIENT_SECRET";

/// The most that a signal waits until the terminal is as it was before a prompt.
const PROMPT_LIMIT: Duration = Duration::from_millis(500);

pub(super) struct App {
    pub id: Secret,
    pub secret: Secret,
    pub origin: Origin,
}

/// Where the client secret was found.
pub(super) enum Origin {
    File(PathBuf),
    Environment,
    Config,
    Terminal,
}

impl App {
    /// `credentials` are those of the existing config; a repeated login uses its app.
    pub(super) fn find(options: &LoginArgs, credentials: Option<&Value>) -> Result<Self, Failure> {
        let configured = |name: &str| filled(credentials?.get(name)?.as_str()?);
        let known = configured("client_id");
        let given = options.client_id.as_deref().and_then(filled).or_else(|| variable(ID));
        let id = match given.or_else(|| known.clone()) {
            Some(id) => id,
            None => {
                filled(&prompted("Client ID of the app (developer console, Settings): ", line)?).ok_or_else(no_id)?
            }
        };
        // The secret in the config belongs to the client ID in the config.
        let kept = configured("client_secret").filter(|_| known.as_deref() == Some(id.as_str()));
        let (secret, origin) = if let Some(path) = &options.client_secret_file {
            (read(path)?, Origin::File(path.clone()))
        } else if let Some(secret) = variable(SECRET) {
            (secret, Origin::Environment)
        } else if let Some(secret) = kept {
            (secret, Origin::Config)
        } else {
            let typed = prompted("Client secret of the app (not displayed): ", hidden_line)?;
            (filled(&typed).ok_or_else(no_secret)?, Origin::Terminal)
        };
        Ok(Self { id: Secret::unregistered(&id), secret: Secret::new(&secret), origin })
    }
}

impl Origin {
    /// The source, as it follows "the client secret".
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::File(path) => format!("from '{}'", path.display()),
            Self::Environment => format!("from {SECRET}"),
            Self::Config => "from the config".to_owned(),
            Self::Terminal => "from the prompt".to_owned(),
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
            "Can't read the client secret from '{}': {error}. Check the path after --client-secret-file.",
            path.display()
        ))
    })?;
    filled(&text).ok_or_else(|| {
        Failure::config(format!(
            "The file '{}' is empty. It must contain the client secret of the app and nothing else.",
            path.display()
        ))
    })
}

/// Prompts on the terminal; without a terminal, the answer is empty.
fn prompted(prompt: &str, ask: impl FnOnce(&str) -> io::Result<String>) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(String::new());
    }
    ask(prompt)
        .map_err(|error| Failure::config(format!("Can't read from the terminal: {error}. {}", no_secret().message)))
}

fn line(prompt: &str) -> io::Result<String> {
    write!(io::stderr(), "{prompt}")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// A line that the terminal does not show. Ctrl-C ends the process only when the terminal shows what is typed again.
fn hidden_line(prompt: &str) -> io::Result<String> {
    let (typing, typed) = mpsc::channel::<()>();
    session::before_end(move |_| {
        let _ = typed.recv_timeout(PROMPT_LIMIT);
    });
    let line = rpassword::prompt_password(prompt);
    drop(typing);
    if line.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        // The signal ends the process in this time.
        thread::sleep(PROMPT_LIMIT);
    }
    line
}

fn no_id() -> Failure {
    Failure::config(format!(
        "The client ID of your app is missing. Set --client-id or the environment variable {ID}. The developer console shows it under \
         Settings: https://developer.atlassian.com/console/myapps/"
    ))
}

fn no_secret() -> Failure {
    Failure::config(format!(
        "The client secret of your app is missing. Set the environment variable {SECRET}, or write the secret to a file and set \
         --client-secret-file. The developer console shows it under Settings: https://developer.atlassian.com/console/myapps/"
    ))
}
