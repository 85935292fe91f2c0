//! A simulated site with a folder of its own for config, catalog and state.

use super::{forms::Form, output::Output};
use jira_simulator::{Running, Scenario, ServerOptions, SiteOptions};
use serde_json::{Value, json};
use std::{
    ops::Deref,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// Variables that change what the connector does, and that may be set where the tests run.
const FOREIGN: [&str; 16] = [
    "WORKER_JOB_ID",
    "WORKER_CONNECTOR_IMAGE",
    "DATA_CHANNEL_MEDIUM",
    "MELTANO_EXTRACTOR_NAME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "SOURCE_JIRA_API_TOKEN",
    "SOURCE_JIRA_SERVICE_ACCOUNT_TOKEN",
    "SOURCE_JIRA_CLIENT_ID",
    "SOURCE_JIRA_CLIENT_SECRET",
    "SOURCE_JIRA_REFRESH_TOKEN",
    "SOURCE_JIRA_API_KEY",
];

/// A simulator of this process, and a folder for the files of the connector. Stopped and removed when dropped.
pub struct Site {
    jira: Option<Running>,
    runtime: Option<tokio::runtime::Runtime>,
    folder: PathBuf,
}

/// Milliseconds.
const DAY: i64 = 86_400_000;

impl Site {
    /// A small site; `scenario` is TOML, empty for none.
    pub fn new(issues: u32, seed: u64, scenario: &str) -> Self {
        Self::serve(jira_simulator::Site::generate(&SiteOptions { issues, seed, ..SiteOptions::default() }), scenario)
    }

    /// A site long ago, for tests that let time pass: no cursor passes this machine's clock.
    pub fn past(issues: u32, seed: u64, scenario: &str) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
        let now = Some((now as i64 / DAY - 300) * DAY);
        Self::serve(
            jira_simulator::Site::generate(&SiteOptions { issues, seed, now, ..SiteOptions::default() }),
            scenario,
        )
    }

    /// A site of another shape.
    pub fn of(options: &SiteOptions) -> Self {
        Self::serve(jira_simulator::Site::generate(options), "")
    }

    /// Serves recorded issues from a folder.
    pub fn recorded(folder: &Path) -> Self {
        Self::serve(jira_simulator::Site::from_records(folder).expect("the folder holds records"), "")
    }

    /// Served by a runtime of the caller's, which outlives it.
    pub fn served_by(runtime: &tokio::runtime::Runtime, site: jira_simulator::Site) -> Self {
        let jira = runtime.block_on(jira_simulator::start(site, ServerOptions::default())).expect("a free port");
        Self::with(jira, None)
    }

    fn serve(site: jira_simulator::Site, scenario: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let scenario = Scenario::parse(scenario).expect("a valid scenario");
        let options = ServerOptions { scenario, ..ServerOptions::default() };
        let jira = runtime.block_on(jira_simulator::start(site, options)).expect("a free port");
        Self::with(jira, Some(runtime))
    }

    fn with(jira: Running, runtime: Option<tokio::runtime::Runtime>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("source-jira-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a writable temporary folder");
        Self { jira: Some(jira), runtime, folder }
    }

    /// The plain config of the site.
    pub fn config(&self) -> Value {
        json!({
            "credentials": {"auth_type": "API Token", "email": self.email(), "api_token": self.token()},
            "domain": self.host(),
        })
    }

    /// The config with credentials of another kind.
    pub fn config_of(&self, form: Form) -> Value {
        self.config_with(json!({"credentials": form.credentials(self)}))
    }

    /// Changes what goes wrong from now on; `scenario` is TOML.
    pub fn change(&self, scenario: &str) {
        self.set_scenario(Scenario::parse(scenario).expect("a valid scenario"));
    }

    /// The config with further members.
    pub fn config_with(&self, members: Value) -> Value {
        let mut config = self.config();
        for (name, value) in members.as_object().expect("an object") {
            config[name] = value.clone();
        }
        config
    }

    /// Where the site's folder has a file of that name.
    pub fn file_path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file into the site's folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file_path(name);
        std::fs::write(&path, content).expect("a writable folder");
        path
    }

    /// Reads streams with the plain config: `mode` is `incremental` or `full_refresh`.
    pub fn read(&self, streams: &[&str], mode: &str, state: Option<&Value>) -> Output {
        self.read_with(&self.config(), &catalog(streams, mode), state)
    }

    /// Runs a read to its end; what it wrote keeps the protocol's rules, however it ended.
    pub fn read_with(&self, config: &Value, catalog: &Value, state: Option<&Value>) -> Output {
        let output = Output::of(self.read_command(config, catalog, state));
        super::protocol_rules::assert_valid(&output);
        output
    }

    /// The command of a read, not started yet.
    pub fn read_command(&self, config: &Value, catalog: &Value, state: Option<&Value>) -> Command {
        let config = self.file("config.json", config.to_string());
        let catalog = self.file("catalog.json", catalog.to_string());
        let mut command = self.command(&["read"]);
        command.arg("--config").arg(config).arg("--catalog").arg(catalog);
        if let Some(state) = state {
            command.arg("--state").arg(self.file("state.json", state.to_string()));
        }
        command
    }

    /// The executable with arguments, its streams piped.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_source-jira"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in FOREIGN {
            command.env_remove(name);
        }
        // The simulator plays Atlassian's own hosts too.
        command.env("ATLASSIAN_API_URL", self.url()).env("ATLASSIAN_AUTH_URL", self.url());
        command
    }

    /// What the destination of a complete sync must hold for a stream: rows of the site's own truth, by the member
    /// `id` or whatever `key` names.
    pub fn truth_by(&self, entity: &str, key: &[&str]) -> std::collections::BTreeMap<String, Value> {
        self.truth(entity).into_iter().map(|row| (super::destination::key_of(&row, key), row)).collect()
    }
}

impl Deref for Site {
    type Target = Running;
    fn deref(&self) -> &Running {
        self.jira.as_ref().expect("the simulator runs until it is dropped")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(jira) = self.jira.take() {
            jira.stop();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A configured catalog of streams, all in one mode.
pub fn catalog(streams: &[&str], mode: &str) -> Value {
    let streams: Vec<Value> = streams
        .iter()
        .map(|name| json!({"stream": {"name": name, "json_schema": {}}, "sync_mode": mode, "destination_sync_mode": "append_dedup"}))
        .collect();
    json!({"streams": streams})
}
