//! `login`: authorizes an OAuth 2.0 (3LO) app in the browser and writes the config, for users without a platform.

mod app;
mod args;
mod browser;
mod callback;
mod consent;
mod lines;
mod listener;
mod messages;
mod refusals;
mod site;
mod text;
mod write_config;

pub use args::LoginArgs;

use crate::{
    client::{
        Error, SignIn,
        sign_in::{
            hosts::Hosts,
            sites,
            token_endpoint::{IssuedTokens, TokenEndpoint},
        },
        transport::Http,
    },
    commands::{
        console::{self, say},
        scopes,
    },
    config::Parsed,
    protocol::Failure,
};
use app::App;
use callback::Callback;
use consent::{Expected, Reading};
use lines::Lines;
use listener::Listener;
use std::{future::pending, path::Path, process::ExitCode, sync::Arc, time::Duration};
use write_config::{LoginResult, Target};

/// Tries to exchange a code. A code works once and a new consent takes a person's time, so failures are retried.
const TRIES: u32 = 3;

/// Requests to the callback that are no answer, of which each is reported. Any web page can send more.
const MOST_REPORTED: usize = 10;

/// Bounds of the wait between tries: a code expires within minutes.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

pub fn run(options: &LoginArgs) -> ExitCode {
    console::log(false);
    console::run(login(options))
}

async fn login(options: &LoginArgs) -> Result<(), Failure> {
    // Everything that can fail on this machine is checked before the user is asked for a consent.
    let streams = scopes::named(&options.streams)?;
    let selected = options.site.as_deref().map(site::wanted).transpose()?;
    let target = Target::prepare(&options.config)?;
    let app = App::find(options, target.credentials())?;
    let callback = Callback::at(options.port);
    let listener = Listener::bind(callback).await?;
    let hosts = Hosts::from_environment()?;
    let http = Http::new(&hosts.auth)?;
    let exchange = TokenEndpoint::new(&http, &hosts, &app.id, &app.secret)?;

    let scopes = scopes::with_sign_in(streams);
    let requested = scopes.iter().copied().chain([scopes::OFFLINE]);
    let consent = exchange.consent(&callback.url(), requested)?;
    say(&messages::steps(&scopes, options.streams.is_empty(), callback, &consent.url, options.timeout));
    if !options.no_browser {
        browser::open(&consent.url);
    }

    let expected = Arc::new(Expected { callback, state: consent.state });
    let mut lines = Lines::read();
    let limit = Duration::from_secs(options.timeout);
    let code = tokio::time::timeout(limit, authorization_code(listener, &expected, &mut lines))
        .await
        .map_err(|_| refusals::timed_out(options.timeout, callback))??;
    say("Received the consent.");
    let granted = exchanged(&exchange, &code, callback, &app).await?;
    let Some(refresh) = &granted.refresh else { return Err(refusals::no_refresh_token()) };
    if let Some(text) = messages::missing(&scopes, &granted.scopes) {
        say(&text);
    }

    let access = granted.access()?;
    let reached = sites::of_token(access, &http, &hosts).await?;
    let site = site::choose(reached, selected.as_ref(), &mut lines).await?;
    let written = target.write(&LoginResult { app: &app, access, lifetime: granted.lifetime, refresh, site: &site })?;
    say(&messages::written(&options.config, &written, &app));
    let name = account_name(&written.parsed, &options.config)
        .await
        .map_err(|failure| refusals::written_but_refused(&options.config, &failure))?;
    say(&messages::done(&options.config, &written.parsed, name.as_deref()));
    Ok(())
}

/// The code, from the browser or pasted. Anything that is not an answer is reported, and the wait continues.
async fn authorization_code(
    listener: Listener,
    expected: &Arc<Expected>,
    lines: &mut Lines,
) -> Result<String, Failure> {
    let mut browsers = listener.serve(Arc::clone(expected));
    let mut reported = 0;
    loop {
        let (reading, pasted) = tokio::select! {
            Some(reading) = browsers.recv() => (reading, false),
            Some(line) = lines.next() => match line.trim() {
                "" => continue,
                line => (expected.of_pasted(line), true),
            },
            else => pending().await,
        };
        match reading {
            Reading::Code(code) => return Ok(code),
            Reading::Refused(failure) => return Err(failure),
            Reading::Other(text) if pasted || reported < MOST_REPORTED => {
                reported += usize::from(!pasted);
                say(&text);
            }
            Reading::Other(_) => {}
        }
    }
}

async fn exchanged(
    exchange: &TokenEndpoint,
    code: &str,
    callback: Callback,
    app: &App,
) -> Result<IssuedTokens, Failure> {
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

/// Connects with the written config, as the next command will.
async fn account_name(written: &Parsed, path: &Path) -> Result<Option<String>, Failure> {
    // Whatever the next runs do with renewed tokens, this command has just shown that it can write the file.
    let mut config = written.config.clone();
    config.persist_tokens = Some(true);
    let tokens = console::token_store(&config, &written.document, path)?;
    let client = SignIn::new(&config, tokens)?.connect(TRIES).await?;
    Ok(client.identity().name.clone())
}
