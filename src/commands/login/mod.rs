//! `login`: OAuth 2.0 (3LO) for people without a platform. Asks for the consent in a browser, writes the config.

mod app;
mod browser;
mod callback;
mod consent;
mod lines;
mod page;
mod refusals;
mod settle;
mod site;
mod words;

use crate::{
    client::{
        Error, SignIn,
        sign_in::{
            exchange::{Exchange, Granted},
            hosts::Hosts,
            sites,
        },
        transport::Http,
    },
    commands::{
        human::{self, say},
        keeper::ConfigKeeper,
        scopes,
    },
    config::{Parsed, Secret, Site},
    protocol::Failure,
};
use app::App;
use callback::Listener;
use consent::{Callback, Expected, Reading};
use lines::Lines;
use settle::{Sealed, Target};
use std::{
    future::pending,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// A code works once, and a consent takes a person's time: worth more than one try.
const TRIES: u32 = 3;

/// Waits between those tries: a code does not live for long.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Login {
    /// Client ID of your app in the developer console; else SOURCE_JIRA_CLIENT_ID, the config, or a question
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// File with the app's client secret; else SOURCE_JIRA_CLIENT_SECRET, the config, or a question
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Streams to ask scopes for, comma-separated; all if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub streams: Vec<String>,
    /// The site to read, if the consent covers several: acme.atlassian.net
    #[arg(long, value_name = "HOST")]
    pub site: Option<String>,
    /// Path of the config to write
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    pub config: PathBuf,
    /// Port of this machine that the browser comes back to
    #[arg(long, default_value_t = 8711, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Seconds to wait for the consent
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// Only print the address of the consent page
    #[arg(long)]
    pub no_browser: bool,
}

pub fn run(options: &Login) -> ExitCode {
    human::log(false);
    human::run(login(options))
}

async fn login(options: &Login) -> Result<(), Failure> {
    // All that can be wrong on this machine is found out before anybody is asked for a consent.
    let streams = scopes::named(&options.streams)?;
    let wanted = options.site.as_deref().map(site::wanted).transpose()?;
    let target = Target::prepare(&options.config)?;
    let app = App::find(options, target.credentials())?;
    // The client ID is no secret here: it stands in the address of the consent page.
    human::hide([app.secret.expose()]);
    let callback = Callback::at(options.port);
    let listener = Listener::bind(callback).await?;
    let hosts = Hosts::from_environment()?;
    let http = Http::new(&hosts.auth)?;
    let exchange = Exchange::new(&http, &hosts, &app.id, &app.secret)?;

    let scopes = scopes::with_sign_in(streams);
    let asked = scopes.iter().copied().chain([scopes::OFFLINE]);
    let consent = exchange.consent(&callback.url(), asked)?;
    say(&words::steps(&scopes, options.streams.is_empty(), callback, &consent.url, options.timeout));
    if !options.no_browser {
        browser::open(&consent.url);
    }

    let expected = Arc::new(Expected { callback, state: consent.state });
    let mut lines = Lines::read();
    let limit = Duration::from_secs(options.timeout);
    let code = tokio::time::timeout(limit, answer(listener, &expected, &mut lines))
        .await
        .map_err(|_| refusals::timed_out(options.timeout, callback))??;
    say("The consent has arrived.");
    let granted = exchanged(&exchange, &code, callback, &app).await?;
    human::hide([Some(&granted.access), granted.refresh.as_ref()].into_iter().flatten().map(Secret::expose));
    let Some(refresh) = &granted.refresh else { return Err(refusals::no_refresh_token()) };
    if let Some(text) = words::missing(&scopes, &granted.scopes) {
        say(&text);
    }

    let reached = sites::of_token(&granted.access, &http, &hosts).await?;
    let site = site::choose(reached, wanted.as_ref(), &mut lines).await?;
    let written = target.write(&Sealed { app: &app, granted: &granted, refresh, site: &site })?;
    say(&words::written(&options.config, &written, &app));
    let name = whoami(&written.parsed, &options.config)
        .await
        .map_err(|failure| refusals::written_but(&options.config, &failure))?;
    say(&words::done(&options.config, &written.parsed, name.as_deref()));
    Ok(())
}

/// The code that a browser or a person brings. Whatever is no answer at all is told about and waited over.
async fn answer(listener: Listener, expected: &Arc<Expected>, lines: &mut Lines) -> Result<String, Failure> {
    let mut browsers = listener.serve(Arc::clone(expected));
    loop {
        let reading = tokio::select! {
            Some(reading) = browsers.recv() => reading,
            Some(line) = lines.next() => match line.trim() {
                "" => continue,
                line => expected.of_pasted(line),
            },
            else => pending().await,
        };
        match reading {
            Reading::Code(code) => return Ok(code),
            Reading::Refused(failure) => return Err(failure),
            Reading::Other(text) => say(&text),
        }
    }
}

async fn exchanged(exchange: &Exchange, code: &str, callback: Callback, app: &App) -> Result<Granted, Failure> {
    let mut tries = 1;
    loop {
        match exchange.code(code, &callback.url()).await {
            Err(error) if error.can_retry() && tries < TRIES => {
                tokio::time::sleep(error.wait.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST)).await;
                tries += 1;
            }
            result => return result.map_err(|error| refusals::refused(Error { tries, ..error }, callback, app)),
        }
    }
}

/// Signs in by what was written, as the next command will.
async fn whoami(written: &Parsed, path: &Path) -> Result<Option<String>, Failure> {
    let keeper = ConfigKeeper::new(None, &written.config, &written.document, path)?;
    let client = SignIn::new(&written.config, keeper)?.connect(TRIES).await?;
    Ok(client.identity().name.clone())
}

/// How the config names a site: without a scheme where that can be left out.
fn domain(site: &Site) -> String {
    let base = site.base_url();
    let short = base.split_once("://").map_or(base, |(_, rest)| rest);
    if short.parse::<Site>().as_ref() == Ok(site) { short.to_owned() } else { base.to_owned() }
}
