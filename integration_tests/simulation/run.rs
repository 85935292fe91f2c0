//! One run of `read` inside this process, into memory; its output can end at any byte.

use super::virtual_time::{advance_when_idle, wait_until_idle};
use crate::support::{Output, Site};
use serde_json::Value;
use source_jira::{
    client::{
        Error, SignIn,
        sign_in::{
            hosts::Hosts,
            tokens::{RenewedTokens, TokenStore},
        },
    },
    commands::read,
    config::{self, Secret},
    output::{self, Clock},
    protocol::{ConfiguredCatalog, Failure, InputState},
    sync::context::SyncContext,
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// When all is read.
    Natural,
    /// SIGKILL ends the process once it has written so many bytes.
    Killed(usize),
    /// The reader closes the pipe after so many bytes.
    Closed(usize),
}

/// Takes the first bytes of the output.
#[derive(Clone)]
struct Pipe {
    taken: Arc<Mutex<Vec<u8>>>,
    end: End,
    is_slow: bool,
    full: Arc<Notify>,
}

impl Pipe {
    fn room(&self, taken: usize) -> usize {
        match self.end {
            End::Natural => usize::MAX,
            End::Killed(most) | End::Closed(most) => most - taken,
        }
    }

    fn is_full(&self) -> bool {
        self.room(self.taken.lock().expect("no thread panics with it").len()) == 0
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_slow {
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut taken = self.taken.lock().expect("no thread panics with it");
        let room = self.room(taken.len()).min(bytes.len());
        taken.extend_from_slice(&bytes[..room]);
        match self.end {
            End::Closed(_) if room == 0 && !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            End::Closed(_) => Ok(room),
            // What a dying process writes goes nowhere.
            End::Killed(most) if taken.len() == most => {
                self.full.notify_one();
                Ok(bytes.len())
            }
            End::Killed(_) | End::Natural => Ok(room),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The platform's part in renewing tokens: they go into the config of the next run.
struct Platform(Mutex<Value>);

impl TokenStore for Platform {
    fn ready(&self) -> Result<(), Error> {
        Ok(())
    }

    fn save(&self, renewed: &RenewedTokens) -> Result<(), Error> {
        let mut config = self.0.lock().expect("no thread panics with it");
        config["credentials"]["refresh_token"] = renewed.refresh.expose().into();
        Ok(())
    }

    fn reload(&self, _: &Secret) -> Option<Secret> {
        None
    }
}

/// In virtual time. No run of a small site takes so long, whatever fails.
const TIMEOUT: Duration = Duration::from_secs(12 * 3_600);

/// What a run is given.
pub struct Start<'a> {
    pub config: &'a Value,
    pub catalog: &'a Value,
    pub state: &'a Value,
    /// The platform's name for the job.
    pub job: Option<&'a str>,
    pub end: End,
    /// Whoever reads the output takes its time.
    pub is_slow: bool,
}

/// How a run ended.
pub struct Ended {
    pub output: Output,
    /// Its output was cut off.
    pub cut: bool,
    /// The config for the next one.
    pub config: Value,
}

pub async fn run(site: &Site, start: &Start<'_>) -> Ended {
    let pipe = Pipe { taken: Arc::default(), end: start.end, is_slow: start.is_slow, full: Arc::default() };
    // A constant, so that a replay writes the same bytes.
    let out = Arc::new(output::Output::new(Box::new(pipe.clone()), Clock::new(|| 1_800_000_000_000)));
    let platform = Arc::new(Platform(Mutex::new(start.config.clone())));
    tokio::select! {
        biased;
        () = pipe.full.notified() => {}
        result = read_all(site, start, &out, platform.clone()) => {
            if let Err(failure) = result {
                out.fail(failure);
            }
            out.drain();
        }
        () = tokio::time::sleep(TIMEOUT) => panic!("the read does not end"),
        never = advance_when_idle(site) => match never {},
    }
    // Requests of a killed run may still be under way.
    wait_until_idle(site).await;
    let cut = pipe.is_full();
    let written = pipe.taken.lock().expect("no thread panics with it").clone();
    let code = (!cut).then(|| i32::from(out.failure_count() > 0));
    let config = platform.0.lock().expect("no thread panics with it").clone();
    Ended { output: Output::from(code, written, b""), cut, config }
}

async fn read_all(
    site: &Site,
    start: &Start<'_>,
    out: &Arc<output::Output>,
    keeper: Arc<Platform>,
) -> Result<(), Failure> {
    let config =
        config::parse(start.config.to_string().as_bytes()).map_err(|error| Failure::config(error.to_string()))?.config;
    let catalog = ConfiguredCatalog::parse(start.catalog.to_string().as_bytes())?;
    let state = InputState::parse(start.state.to_string().as_bytes())?;
    let hosts = Hosts { api: site.url(), auth: site.url() };
    let client = SignIn::at(&config, keeper, hosts)?.patient().connect(3).await?;
    let sync = SyncContext::new(client, Arc::clone(out), config, start.job.map(str::to_owned), None);
    read::read(&sync, &catalog, &state).await
}
