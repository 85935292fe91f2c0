//! `demo`: a full sync, edits and an incremental sync by the real engine against a simulated site. It needs no account and no network.

mod screen;
mod serve;

use crate::{
    client::SignIn,
    commands::{check, discover, read, session},
    config::{self, Config},
    output::{Clock, Output},
    protocol::{
        ConfiguredCatalog, Failure, InputState,
        text::{agree, count},
    },
    sync::context::SyncContext,
};
use jira_simulator::{Running, ServerOptions, Site, SiteOptions};
use screen::{Screen, Sync};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Number of issues in the simulated site
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    pub issues: u32,
    /// Number of projects in the simulated site
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub projects: u32,
    /// Number of users in the simulated site
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub users: u32,
    /// Seed of the random site and edits; the same seed gives the same result
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of edits between the two syncs
    #[arg(long, value_name = "NUMBER", default_value_t = 25)]
    pub edits: u32,
    /// Minimum response time of the simulated site, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub latency: u64,
    /// Scenario file (TOML) with faults to simulate; see simulator/README.md
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Folder with recorded issues to serve instead of generated ones
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// Folder for the output: messages, state, config and catalog
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub out: PathBuf,
    /// Only serve the simulated site until interrupted
    #[arg(long)]
    pub serve: bool,
    /// Port of the simulated site; 0 selects a free port
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

#[allow(clippy::disallowed_macros, reason = "there are no secrets but those of the simulated site")]
pub fn run(options: &DemoArgs) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        eprintln!("source-jira: can't start the threads of the process.");
        return ExitCode::FAILURE;
    };
    let result = runtime.block_on(async {
        let jira = start(options).await?;
        if options.serve { serve::until_interrupted(&jira).await } else { show(options, &jira).await }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("source-jira demo: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn start(options: &DemoArgs) -> Result<Running, Failure> {
    let site = match &options.records {
        Some(folder) => Site::from_records(folder).map_err(|error| Failure::config(error.to_string()))?,
        None => Site::generate(&SiteOptions {
            issues: options.issues,
            projects: options.projects,
            users: options.users,
            seed: options.seed,
            ..SiteOptions::default()
        }),
    };
    let scenario = match &options.scenario {
        Some(file) => jira_simulator::Scenario::read(file).map_err(|error| Failure::config(error.to_string()))?,
        None => jira_simulator::Scenario::default(),
    };
    let latency = std::time::Duration::from_millis(options.latency);
    let server = ServerOptions { port: options.port, latency, scenario, ..ServerOptions::default() };
    jira_simulator::start(site, server).await.map_err(|error| Failure::config(error.to_string()))
}

async fn show(options: &DemoArgs, jira: &Running) -> Result<(), Failure> {
    let screen = Screen::new();
    screen.site(jira);
    let written = json!({
        "credentials": {"auth_type": "API Token", "email": jira.email(), "api_token": jira.token()},
        "domain": jira.host(),
    });
    std::fs::create_dir_all(&options.out).map_err(|error| unwritten(&options.out, &error))?;
    write(&options.out.join("config.json"), &written)?;
    let parsed = config::parse(written.to_string().as_bytes()).map_err(|error| Failure::config(error.to_string()))?;
    let config = parsed.config;

    screen.step("check", &check::verify(&config, Arc::new(())).await?);
    let catalog = discover::catalog(false)?;
    screen.step("discover", &count(catalog.streams.len(), "stream"));
    let configured = json!({"streams": catalog.streams.iter().map(|stream| json!({
        "stream": stream,
        "sync_mode": stream.supported_sync_modes.last(),
        "destination_sync_mode": "append_dedup",
    })).collect::<Vec<Value>>()});
    write(&options.out.join("catalog.json"), &configured)?;
    let configured = ConfiguredCatalog::parse(configured.to_string().as_bytes())?;

    let full = sync(&screen, &config, &configured, &InputState::default(), &options.out.join("full.jsonl")).await?;
    screen.full("full sync", &full, jira.site_summary().issues);
    let states = states(&options.out.join("full.jsonl"))?;
    write(&options.out.join("state.json"), &states)?;

    let edits = jira.random_edits(options.edits, options.seed);
    screen.edits(&edits);
    let state = InputState::parse(states.to_string().as_bytes())?;
    let path = options.out.join("incremental.jsonl");
    let incremental = sync(&screen, &config, &configured, &state, &path).await?;
    screen.incremental("incremental sync", &incremental);
    screen.files(&options.out);
    match full.failures + incremental.failures {
        0 => Ok(()),
        failures => Err(Failure::system(format!(
            "{} in the syncs. The TRACE messages in {} describe {}.",
            count(failures, "failure"),
            options.out.display(),
            agree(failures, "it", "them")
        ))),
    }
}

/// One read as by the command `read`, with its output in a file.
async fn sync(
    screen: &Screen,
    config: &Config,
    catalog: &ConfiguredCatalog,
    state: &InputState,
    path: &Path,
) -> Result<Sync, Failure> {
    let file = File::create(path).map_err(|error| unwritten(path, &error))?;
    let out = Arc::new(Output::new(Box::new(BufWriter::new(file)), Clock::system()));
    // A signal ends the file with a whole line.
    let closing = Arc::clone(&out);
    session::before_end(move |_| closing.close());
    let client = SignIn::new(config, Arc::new(()))?.connect(1).await?;
    let sync = SyncContext::new(client.clone(), Arc::clone(&out), config.clone(), None, None);
    let begin = Instant::now();
    tokio::select! {
        result = read::read(&sync, catalog, state) => result?,
        () = screen.progress(&out, &client) => {}
    }
    out.drain();
    Ok(Sync {
        streams: out.summary(),
        routes: client.stats().routes(),
        wall: begin.elapsed(),
        failures: out.failure_count(),
    })
}

/// The last state of each stream in a file of messages, as a platform would return them.
fn states(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| unwritten(path, &error))?;
    let mut last = std::collections::BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("{\"type\":\"STATE\"")) {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        let name = message
            .pointer("/state/stream/stream_descriptor/name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        last.insert(name, message.get("state").cloned().unwrap_or_default());
    }
    Ok(last.into_values().collect())
}

fn write(path: &Path, value: &Value) -> Result<(), Failure> {
    std::fs::write(path, format!("{value:#}\n")).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::config(format!("Can't write or read '{}': {error}. Choose another folder with --out.", path.display()))
}
