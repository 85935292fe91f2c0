//! What a run of the executable wrote, and how it ended.

use serde_json::Value;
use std::process::Command;

/// A finished run.
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The whole lines of stdout, parsed; a cut-off last line is left out.
    pub messages: Vec<Value>,
}

impl Output {
    /// Runs a command to its end.
    pub fn of(mut command: Command) -> Self {
        let output = command.output().expect("the executable starts");
        Self::from(output.status.code(), output.stdout, &output.stderr)
    }

    pub fn from(code: Option<i32>, stdout: Vec<u8>, stderr: &[u8]) -> Self {
        let whole = stdout.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let stdout = String::from_utf8(stdout[..whole].to_vec()).expect("stdout is UTF-8");
        let messages = stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("not a JSON line ({error}): {line}")))
            .collect();
        Self { code, stdout, stderr: String::from_utf8_lossy(stderr).into_owned(), messages }
    }

    /// Messages of a type, without their envelope: `RECORD` gives `{stream, data, emitted_at}`.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let payload = if kind == "CONNECTION_STATUS" { "connectionStatus".to_owned() } else { kind.to_lowercase() };
        self.messages
            .iter()
            .filter(move |message| message["type"] == kind)
            .filter_map(move |message| message.get(&payload))
    }

    /// The data of a stream's records, in order.
    pub fn records(&self, stream: &str) -> Vec<&Value> {
        self.of_type("RECORD").filter(|record| record["stream"] == stream).map(|record| &record["data"]).collect()
    }

    /// Texts of TRACE ERRORs.
    pub fn errors(&self) -> Vec<&str> {
        self.of_type("TRACE")
            .filter(|trace| trace["type"] == "ERROR")
            .filter_map(|trace| trace["error"]["message"].as_str())
            .collect()
    }

    /// Texts of LOG messages.
    pub fn logs(&self) -> Vec<&str> {
        self.of_type("LOG").filter_map(|log| log["message"].as_str()).collect()
    }

    /// The statuses of a stream, in order.
    pub fn statuses(&self, stream: &str) -> Vec<&str> {
        self.of_type("TRACE")
            .map(|trace| &trace["stream_status"])
            .filter(|status| status["stream_descriptor"]["name"] == stream)
            .filter_map(|status| status["status"].as_str())
            .collect()
    }

    /// The last state of each stream, as a platform hands it back.
    pub fn state(&self) -> Value {
        let mut last = std::collections::BTreeMap::new();
        for state in self.of_type("STATE") {
            last.insert(state["stream"]["stream_descriptor"]["name"].to_string(), state.clone());
        }
        last.into_values().collect()
    }

    /// Fails the test unless the run ended well.
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "errors: {:#?}\nstderr: {}", self.errors(), self.stderr);
        self
    }
}
