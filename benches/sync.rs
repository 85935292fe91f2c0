//! The whole binary against the simulator in a process of its own: requests, wall time, CPU and peak memory.
//!
//! `cargo bench --bench sync` prints the table of README.md; `-- --large` adds a site of 200,000 issues, once as it
//! is and once with one answer of a hundred going wrong.

#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs)]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
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
    println!(
        "| site | streams | requests per 1,000 issues | records | wall | CPU | CPU per 100,000 issues | peak memory |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    run(20_000, 0, &FAMILY[..1], false);
    run(20_000, 0, &FAMILY, false);
    run(20_000, 50, &FAMILY, false);
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
    let config = json!({
        "credentials": {"auth_type": "API Token", "email": simulator.site["email"], "api_token": simulator.site["api_token"]},
        "domain": simulator.site["domain"],
    });
    let configured: Vec<Value> =
        streams.iter().map(|name| json!({"stream": {"name": name}, "sync_mode": "incremental"})).collect();
    let config = file("config.json", config.to_string());
    let catalog = file("catalog.json", json!({"streams": configured}).to_string());
    let begin = Instant::now();
    let mut process = binary(&["read", "--config"])
        .arg(config)
        .arg("--catalog")
        .arg(catalog)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the connector starts");
    let output = process.stdout.take().expect("piped");
    let reader = std::thread::spawn(move || count(output));
    let (cpu, memory) = watch(&mut process);
    let wall = begin.elapsed();
    let (total, report) = reader.join().expect("the output is read");
    let report = report.expect("the closing report");
    let thousands = total as f64 / 1000.0;
    let faults = if faulty { ", 1 % faults" } else { "" };
    println!(
        "| {total} issues, {latency} ms{faults} | {} | {:.1} | {} | {:.1} s | {cpu:.1} s | {:.1} s | {:.0} MB |",
        streams.join(", "),
        report.1 as f64 / thousands,
        report.0,
        wall.as_secs_f64(),
        cpu * 100.0 / thousands,
        memory / 1024.0
    );
}

/// Reads what the connector writes, as a platform would; returns the issues and the numbers of the report.
fn count(output: impl Read) -> (usize, Option<(u64, u64)>) {
    let mut output = BufReader::with_capacity(1 << 20, output);
    let (mut line, mut issues, mut report) = (Vec::new(), 0, None);
    while output.read_until(b'\n', &mut line).expect("a readable pipe") > 0 {
        if line.starts_with(b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"issues\"") {
            issues += 1;
        } else if line.starts_with(b"{\"type\":\"LOG\"") {
            report = report.or(numbers(&String::from_utf8_lossy(&line)));
        }
        line.clear();
    }
    (issues, report)
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
