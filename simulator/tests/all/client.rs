//! A minimal HTTP client, so that the tests share no code with the simulator.

use std::io::{Read, Write};
use std::net::TcpStream;

use jira_simulator::{Running, Scenario, ServerOptions, Site, SiteOptions, start};
use serde_json::Value;

/// 2026-03-02T12:00:00Z
pub const NOW: i64 = 1_772_452_800_000;

pub struct Client {
    pub jira: Running,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
}

pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub fn small(issues: u32) -> SiteOptions {
    SiteOptions { issues, now: Some(NOW), ..SiteOptions::default() }
}

pub async fn serve(site: Site, scenario: &str) -> Client {
    let scenario = Scenario::parse(scenario).unwrap();
    let jira = start(site, ServerOptions { scenario, ..ServerOptions::default() }).await.unwrap();
    // sim@example.com:simulated-token
    let login = "Basic c2ltQGV4YW1wbGUuY29tOnNpbXVsYXRlZC10b2tlbg==";
    Client { jira, headers: vec![("Authorization".into(), login.into())] }
}

/// A generated site with its clock at [`NOW`].
pub async fn site(issues: u32, scenario: &str) -> Client {
    serve(Site::generate(&small(issues)), scenario).await
}

impl Client {
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "", "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, "application/json", &body.to_string())
    }

    pub fn send(&self, method: &str, path: &str, kind: &str, body: &str) -> Reply {
        self.try_send(method, path, kind, body).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// `None` if the connection closed before the response was complete.
    pub fn try_send(&self, method: &str, path: &str, kind: &str, body: &str) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.jira.host()).unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: jira\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !kind.is_empty() {
            request += &format!("Content-Type: {kind}\r\n");
        }
        for (name, value) in &self.headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let split = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..split]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let reply = Reply { status, head, body: answer[split + 4..].to_vec() };
        let promised: usize = reply.header("content-length")?.parse().ok()?;
        (reply.body.len() == promised).then_some(reply)
    }

    pub fn search(&self, body: &Value) -> Reply {
        self.post("/rest/api/3/search/jql", body)
    }

    /// All pages of a search, as lists of ids.
    pub fn pages(&self, mut body: Value) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let answer = self.search(&body).json();
            let issues = answer["issues"].as_array().unwrap();
            pages.push(issues.iter().map(|issue| issue["id"].as_str().unwrap().to_string()).collect());
            assert!(pages.len() < 1000, "no end");
            match answer.get("nextPageToken") {
                Some(token) => body["nextPageToken"] = token.clone(),
                None => {
                    assert_eq!(answer["isLast"], true);
                    return pages;
                }
            }
        }
    }

    pub fn ids(&self, jql: &str) -> Vec<String> {
        self.pages(serde_json::json!({"jql": jql, "maxResults": 5000})).concat()
    }
}

pub fn ids(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value["id"].as_str().unwrap().to_string()).collect()
}
