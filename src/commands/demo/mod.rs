//! `demo`: a real full sync, edits, and a real incremental sync, against a simulated site. No account, no network.

mod screen;
mod serve;

use crate::{
    client::SignIn,
    commands::{check, discover, read},
    config::{self, Config},
    protocol::{ConfiguredCatalog, Failure, InputState},
    sync::{Clock, Emitter, report::Report, run::Run},
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
pub struct Demo {
    /// Issues of the simulated site
    #[arg(long, default_value_t = 1_000)]
    pub issues: u32,
    /// Projects of the simulated site
    #[arg(long, default_value_t = 10)]
    pub projects: u32,
    /// Users of the simulated site
    #[arg(long, default_value_t = 50)]
    pub users: u32,
    /// The same seed makes the same site and the same edits
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Edits between the two syncs
    #[arg(long, default_value_t = 25)]
    pub edits: u32,
    /// Milliseconds that each answer takes at least
    #[arg(long, default_value_t = 0)]
    pub latency: u64,
    /// Faults to simulate, a TOML file (see simulator/README.md)
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Serve recorded issues from this folder instead of generated ones
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// Where the JSON lines, the states and the config go
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub out: PathBuf,
    /// Only serve the simulated site, until interrupted
    #[arg(long)]
    pub serve: bool,
    /// Port to serve at; 0 for any free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

pub fn run(options: &Demo) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        eprintln!("source-jira: the process could not start its threads.");
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

async fn start(options: &Demo) -> Result<Running, Failure> {
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

async fn show(options: &Demo, jira: &Running) -> Result<(), Failure> {
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

    screen.step("check", &check::try_out(&config, Arc::new(())).await?);
    let catalog = discover::catalog(false)?;
    screen.step("discover", &format!("{} streams", catalog.streams.len()));
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
            "{failures} failure(s); the TRACE lines in {} say which",
            options.out.display()
        ))),
    }
}

/// One read, exactly as the command `read` does it, but into a file.
async fn sync(
    screen: &Screen,
    config: &Config,
    catalog: &ConfiguredCatalog,
    state: &InputState,
    path: &Path,
) -> Result<Sync, Failure> {
    let file = File::create(path).map_err(|error| unwritten(path, &error))?;
    let out = Arc::new(Emitter::new(Box::new(BufWriter::new(file)), Clock::system()));
    out.hide(config.secrets());
    let client = SignIn::new(config, Arc::new(()))?.connect(1).await?;
    let run = Run {
        client: client.clone(),
        out: out.clone(),
        config: config.clone(),
        job: None,
        report: Report::new(config),
        known_ids: None,
    };
    let begin = Instant::now();
    tokio::select! {
        result = read::read(&run, catalog, state, &out) => result?,
        () = screen.progress(&out, &client) => {}
    }
    out.flush();
    Ok(Sync {
        streams: out.summary(),
        routes: client.stats().routes(),
        wall: begin.elapsed(),
        failures: out.failures(),
    })
}

/// The last state of each stream in a file of JSON lines, as a platform would hand them back.
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
    Failure::config(format!(
        "'{}' cannot be written or read: {error}. Choose another folder with --out.",
        path.display()
    ))
}
