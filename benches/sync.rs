//! The whole binary against the simulator in a process of its own: requests, wall time, CPU and peak memory.
//!
//! `cargo bench --bench sync` prints the table of README.md; `-- --large` adds a site of 200,000 issues, once as it
//! is and once with one answer of a hundred going wrong; `-- --huge` reads a site of a million instead, and needs 12 GB for the
//! simulator.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench is a program of its own, which may stop at any fault and prints its table"
)]

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const FAMILY: [&str; 4] = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs"];
/// Clock ticks a second in /proc, the same on every Linux.
const TICKS: f64 = 100.0;
/// What goes wrong, each this often for all requests.
const FAULTS: [&str; 5] = ["429", "500", "503", "reset", "cut"];
const FAULTY: f64 = 0.01;

fn main() {
    let large = std::env::args().any(|argument| argument == "--large");
    let huge = std::env::args().any(|argument| argument == "--huge");
    println!(
        "| site | streams | requests per 1,000 issues | records | wall | CPU | CPU per 100,000 issues | peak memory |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    if huge {
        return run(1_000_000, 0, &FAMILY, false);
    }
    run(20_000, 0, &FAMILY[..1], false);
    run(20_000, 0, &FAMILY, false);
    run(20_000, 50, &FAMILY, false);
    run_twice(20_000, &FAMILY);
    if large {
        run(200_000, 0, &FAMILY, false);
        run(200_000, 0, &FAMILY, true);
    }
    spec();
}

/// The simulator in a process of its own; stopped when dropped.
struct Simulator {
    process: Child,
    site: Value,
}

impl Simulator {
    fn start(issues: u32, latency: u32, faulty: bool) -> Self {
        let each = if faulty { FAULTY / FAULTS.len() as f64 } else { 0.0 };
        let faults = FAULTS.map(|kind| format!("[[fault]]\nkind = \"{kind}\"\nprobability = {each:?}\nseconds = 1\n"));
        let scenario = file("scenario.toml", faults.concat());
        let mut process =
            binary(&["demo", "--serve", "--issues", &issues.to_string(), "--latency", &latency.to_string()])
                .arg("--scenario")
                .arg(scenario)
                .stdout(Stdio::piped())
                .spawn()
                .expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line when it is ready");
        Self { process, site: serde_json::from_str(&line).expect("a line of JSON") }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(issues: u32, latency: u32, streams: &[&str], faulty: bool) {
    let simulator = Simulator::start(issues, latency, faulty);
    let first = simulator.read(streams, &json!([]));
    let faults = if faulty { ", 1 % faults" } else { "" };
    first.print(&format!("{} issues, {latency} ms{faults}", first.issues), streams, first.issues);
}

/// A second sync, after one edit for each hundred issues.
fn run_twice(issues: u32, streams: &[&str]) {
    let simulator = Simulator::start(issues, 0, false);
    let first = simulator.read(streams, &json!([]));
    // Later than any overlap.
    simulator.control("PUT", "clock", &json!({"advance_seconds": 7_200}));
    simulator.control("POST", "edits", &json!({"count": first.issues / 100}));
    simulator.control("PUT", "clock", &json!({"advance_seconds": 7_200}));
    let states: Vec<&Value> = first.states.values().collect();
    let second = simulator.read(streams, &json!(states));
    let title = format!("{} issues, 0 ms, {} changed since", first.issues, second.issues);
    second.print(&title, streams, second.issues);
}

/// What a read came to.
struct Reading {
    issues: usize,
    records: u64,
    requests: u64,
    /// The last of each stream.
    states: BTreeMap<String, Value>,
    /// Bytes of all STATE lines, and of the longest.
    state_bytes: [usize; 2],
    wall: Duration,
    cpu: f64,
    memory: f64,
}

impl Reading {
    fn print(&self, site: &str, streams: &[&str], issues: usize) {
        let thousands = issues as f64 / 1000.0;
        println!(
            "| {site} | {} | {:.1} | {} | {:.1} s | {:.1} s | {:.1} s | {:.0} MB |",
            streams.join(", "),
            self.requests as f64 / thousands,
            self.records,
            self.wall.as_secs_f64(),
            self.cpu,
            self.cpu * 100.0 / thousands,
            self.memory / 1024.0
        );
        let [sum, longest] = self.state_bytes.map(|bytes| bytes as f64 / 1e3);
        eprintln!("  STATE lines: {sum:.0} kB in all, the longest {longest:.1} kB");
    }
}

impl Simulator {
    fn read(&self, streams: &[&str], states: &Value) -> Reading {
        let config = json!({
            "credentials": {"auth_type": "API Token", "email": self.site["email"], "api_token": self.site["api_token"]},
            "domain": self.site["domain"],
        });
        let configured: Vec<Value> =
            streams.iter().map(|name| json!({"stream": {"name": name}, "sync_mode": "incremental"})).collect();
        let begin = Instant::now();
        let mut process = binary(&["read", "--config"])
            .arg(file("config.json", config.to_string()))
            .arg("--catalog")
            .arg(file("catalog.json", json!({"streams": configured}).to_string()))
            .arg("--state")
            .arg(file("state.json", states.to_string()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the connector starts");
        let output = process.stdout.take().expect("piped");
        let reader = std::thread::spawn(move || take(output));
        let (cpu, memory) = watch(&mut process);
        let wall = begin.elapsed();
        let reading = reader.join().expect("the output is read");
        Reading { wall, cpu, memory, ..reading }
    }

    /// Steers the site.
    fn control(&self, method: &str, what: &str, body: &Value) {
        let (host, body) = (self.site["domain"].as_str().expect("a host"), body.to_string());
        let mut connection = TcpStream::connect(host).expect("the simulator listens");
        let length = body.len();
        let request = format!(
            "{method} /_sim/{what} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        connection.write_all(request.as_bytes()).expect("it takes requests");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// Reads what the connector writes, as a platform would.
fn take(output: impl Read) -> Reading {
    let mut reading = Reading {
        issues: 0,
        records: 0,
        requests: 0,
        states: BTreeMap::new(),
        state_bytes: [0; 2],
        wall: Duration::ZERO,
        cpu: 0.0,
        memory: 0.0,
    };
    let (mut output, mut line) = (BufReader::with_capacity(1 << 20, output), Vec::new());
    while output.read_until(b'\n', &mut line).expect("a readable pipe") > 0 {
        if line.starts_with(b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"issues\"") {
            reading.issues += 1;
        } else if line.starts_with(b"{\"type\":\"STATE\"") {
            let state: Value = serde_json::from_slice(&line).expect("a line of JSON");
            let name = state["state"]["stream"]["stream_descriptor"]["name"].as_str().expect("a name").to_owned();
            reading.states.insert(name, state["state"].clone());
            let [sum, longest] = reading.state_bytes;
            reading.state_bytes = [sum + line.len(), longest.max(line.len())];
        } else if line.starts_with(b"{\"type\":\"LOG\"")
            && let Some((records, requests)) = numbers(&String::from_utf8_lossy(&line))
        {
            (reading.records, reading.requests) = (records, requests);
        }
        line.clear();
    }
    assert!(reading.requests > 0, "the closing report is missing");
    reading
}

/// Waits for the end; returns CPU seconds and peak memory in kB.
fn watch(process: &mut Child) -> (f64, f64) {
    let folder = PathBuf::from(format!("/proc/{}", process.id()));
    let mut memory = 0.0_f64;
    loop {
        if let Ok(status) = std::fs::read_to_string(folder.join("status")) {
            let peak = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))
                .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            memory = memory.max(peak.unwrap_or(0.0));
        }
        // A process that ended keeps its times until it is waited for.
        if let Ok(stat) = std::fs::read_to_string(folder.join("stat")) {
            let rest: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let ticks = |at: usize| rest.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
            if rest.first() == Some(&"Z") {
                process.wait().expect("it ended");
                return ((ticks(11) + ticks(12)) / TICKS, memory);
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Records and requests from the line "Report: 123 records, 45 requests (…".
fn numbers(line: &str) -> Option<(u64, u64)> {
    let rest = line.split("Report: ").nth(1)?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.parse().ok()?, words.nth(1)?.parse().ok()?))
}

fn spec() {
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let begin = Instant::now();
            binary(&["spec"]).output().expect("spec runs");
            begin.elapsed()
        })
        .collect();
    times.sort();
    println!("\n`spec`: {:.1} ms (median of {}).", times[times.len() / 2].as_secs_f64() * 1000.0, times.len());
}

fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_source-jira"));
    command.args(arguments);
    command
}

fn file(name: &str, content: String) -> PathBuf {
    let path = std::env::temp_dir().join(format!("source-jira-bench-{name}"));
    std::fs::write(&path, content).expect("a writable folder");
    path
}
