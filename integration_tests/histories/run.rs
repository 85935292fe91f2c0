//! One read inside this process, as the command makes it, into memory; it can be killed at any byte.

use crate::support::{Output, Site};
use serde_json::Value;
use source_jira::{
    client::{
        SignIn,
        sign_in::{
            hosts::Hosts,
            tokens::{Keeper, Renewed},
        },
    },
    commands::read,
    config::{self, Secret},
    protocol::{ConfiguredCatalog, Failure, InputState},
    sync::{Clock, Emitter, report::Report, run::Run},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;

/// Takes the first bytes of the output; at the last of them the process is as good as dead.
#[derive(Clone)]
struct Pipe {
    taken: Arc<Mutex<Vec<u8>>>,
    most: usize,
    full: Arc<Notify>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.lock().expect("nobody panics with it");
        let room = self.most - taken.len();
        taken.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if taken.len() == self.most {
            self.full.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The platform's side of renewed tokens: they go into the config of the next run.
struct Platform(Mutex<Value>);

impl Keeper for Platform {
    fn keep(&self, renewed: &Renewed) {
        let mut config = self.0.lock().expect("nobody panics with it");
        config["credentials"]["refresh_token"] = renewed.refresh.expose().into();
    }

    fn newer(&self, _: &Secret) -> Option<Secret> {
        None
    }
}

/// No run of a small site takes so long, whatever goes wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a run ended.
pub struct Ended {
    pub output: Output,
    pub killed: bool,
    /// The config for the next one.
    pub config: Value,
}

/// Reads with a config, a catalog and a state; `most` is the byte at which it is killed.
pub async fn run(site: &Site, config: &Value, catalog: &Value, state: &Value, most: Option<usize>) -> Ended {
    let pipe = Pipe { taken: Arc::default(), most: most.unwrap_or(usize::MAX), full: Arc::default() };
    let out = Arc::new(Emitter::new(Box::new(pipe.clone()), Clock::system()));
    let platform = Arc::new(Platform(Mutex::new(config.clone())));
    let killed = tokio::select! {
        () = tokio::time::sleep(PATIENCE) => panic!("the read does not end"),
        result = read_all(site, config, catalog, state, &out, platform.clone()) => {
            if let Err(failure) = result {
                out.fail(failure);
            }
            out.flush();
            // The last bytes may have filled it.
            pipe.taken.lock().expect("nobody panics with it").len() == pipe.most
        }
        () = pipe.full.notified() => true,
    };
    let written = pipe.taken.lock().expect("nobody panics with it").clone();
    let code = (!killed).then(|| i32::from(out.failures() > 0));
    let config = platform.0.lock().expect("nobody panics with it").clone();
    Ended { output: Output::from(code, written, b""), killed, config }
}

async fn read_all(
    site: &Site,
    config: &Value,
    catalog: &Value,
    state: &Value,
    out: &Arc<Emitter>,
    keeper: Arc<Platform>,
) -> Result<(), Failure> {
    let config =
        config::parse(config.to_string().as_bytes()).map_err(|error| Failure::config(error.to_string()))?.config;
    let catalog = ConfiguredCatalog::parse(catalog.to_string().as_bytes())?;
    let state = InputState::parse(state.to_string().as_bytes())?;
    let hosts = Hosts { api: site.url(), auth: site.url() };
    let client = SignIn::at(&config, keeper, hosts)?.connect(3).await?;
    let report = Report::new(&config);
    let run = Run { client, out: out.clone(), config, job: None, report, known_ids: None };
    read::read(&run, &catalog, &state, out).await
}
