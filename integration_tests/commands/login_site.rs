//! What the tests of `login` share: a site whose app can be consented to, and the executable while it waits for that.

use super::harness::redact;
use crate::support::Site;
use jira_simulator::Scenario;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, ErrorKind::AddrInUse, Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStderr, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

pub const SECRET: &str = "simulated-client-secret";

/// A simulated site that lists itself, and the port that its app's callback has.
pub struct LoginSite {
    pub site: Site,
    pub port: u16,
    /// What its accessible-resources list, as TOML.
    pub sites: String,
}

impl LoginSite {
    pub fn new(listed: &[(&str, &str)]) -> Self {
        let site = Site::new(30, 1, "");
        let port = free_port();
        let mut sites = String::new();
        for (id, url) in listed.iter().copied().chain([(site.cloud_id(), site.url().as_str())]) {
            sites.push_str(&format!("[[sign_in.sites]]\nid = \"{id}\"\nurl = \"{url}\"\nname = \"it\"\n"));
        }
        let setup = Self { site, port, sites };
        setup.scenario(&setup.sites);
        setup
    }

    /// Rules of `[sign_in]`, and whatever comes after them.
    pub fn scenario(&self, more: &str) {
        let text = format!("[sign_in]\ncallback = \"{}\"\n{more}", self.callback());
        self.site.set_scenario(Scenario::parse(&text).expect("a valid scenario"));
    }

    pub fn callback(&self) -> String {
        format!("http://localhost:{}/callback", self.port)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.site.command(&["login", "--no-browser", "--client-id", "simulated-client"]);
        command.args(["--port", &self.port.to_string(), "--streams", "issues"]).args(arguments);
        command.env("ATLASSIAN_API_URL", self.site.url()).env("ATLASSIAN_AUTH_URL", self.site.url());
        command.env("SOURCE_JIRA_CLIENT_SECRET", format!(" {SECRET}\n")).env_remove("SOURCE_JIRA_CLIENT_ID");
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Login {
        Login::start(self.command(arguments))
    }

    /// A login that ends before the user is asked, and why.
    pub fn fails(&self, arguments: &[&str]) -> String {
        self.start(arguments).end(self, 1)
    }

    pub fn config(&self) -> PathBuf {
        self.site.file("probe", "").with_file_name("config.json")
    }

    pub fn written(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.config()).expect("a config")).expect("JSON")
    }
}

/// The executable at work.
pub struct Login {
    pub child: Child,
    stderr: BufReader<ChildStderr>,
    pub reported: String,
}

impl Login {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the executable starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stderr, reported: String::new() }
    }

    /// The address of the consent page, once it is printed and waited for.
    pub fn consent(&mut self) -> String {
        self.line("Waiting up to");
        let found = self.reported.lines().map(str::trim).find(|line| line.contains("/authorize?"));
        found.expect("a consent page").to_owned()
    }

    /// Reads on to a line that holds a text.
    pub fn line(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("UTF-8") > 0, "no {text} in: {}", self.reported);
            self.reported.push_str(&line);
        }
    }

    pub fn paste(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{text}").expect("somebody reads");
    }

    /// What was printed after the steps, comparable. Nothing is ever written to stdout, and no secret anywhere.
    pub fn end(mut self, setup: &LoginSite, code: i32) -> String {
        self.stderr.read_to_string(&mut self.reported).expect("UTF-8");
        let output = self.child.wait_with_output().expect("an end");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{}", self.reported);
        assert!(!self.reported.contains(SECRET) && !self.reported.contains("panicked"), "{}", self.reported);
        let rest = self.reported.split_once(" for the consent.\n").map_or(self.reported.as_str(), |(_, rest)| rest);
        comparable(setup, rest).trim_end().to_owned()
    }
}

pub fn comparable(setup: &LoginSite, text: &str) -> String {
    redact(&setup.site, &text.replace(&setup.site.url(), "http://[SITE]")).replace(&setup.port.to_string(), "[PORT]")
}

/// Below the ports that systems hand out by themselves, so that no other test gets it meanwhile.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 12_000 + (std::process::id() as u16 % 1_000) * 16 + number % 4_000;
        let free =
            |address: &str| TcpListener::bind((address, port)).err().is_none_or(|error| error.kind() != AddrInUse);
        if free("127.0.0.1") && free("::1") {
            return port;
        }
    }
}
