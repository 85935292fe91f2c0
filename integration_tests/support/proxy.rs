//! A proxy between the connector and the simulator: remembers what was asked, and answers some of it itself.
//!
//! For what no scenario can say: faults that depend on the body, edits at a chosen moment, counts that lie.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    pub body: String,
    /// The header that signs it.
    pub authorization: String,
}

impl Asked {
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path.split('?').next() == Some(path)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The ids of a bulk request.
    pub fn ids(&self) -> Vec<String> {
        let body = self.json();
        body["issueIdsOrKeys"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect()
    }
}

/// What becomes of a request.
pub enum Verdict {
    Pass,
    /// An answer in place of the simulator's.
    Answer(u16, String),
    /// The simulator's body, changed.
    Change(fn(Value) -> Value),
    /// The text of the simulator's body, changed.
    Rewrite(fn(&str) -> String),
}

type Rule = dyn Fn(&Asked) -> Verdict + Send + Sync;

pub struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
}

impl Proxy {
    /// Stands before `upstream` (`host:port`). The rule sees each request before it is answered.
    pub fn new(upstream: &str, rule: impl Fn(&Asked) -> Verdict + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let (asked, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (upstream, rule): (String, Arc<Rule>) = (upstream.to_owned(), Arc::new(rule));
        let (seen, stop) = (asked.clone(), stopped.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (upstream, rule, seen) = (upstream.clone(), rule.clone(), seen.clone());
                // A connection that breaks is the connector's business, or its end.
                thread::spawn(move || serve(client, &upstream, &*rule, &seen).ok());
            }
        });
        Self { port, asked, stopped }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Everything asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test thread panicked").clone()
    }

    /// The requests of one route.
    pub fn of(&self, method: &str, path: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.is(method, path)).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener, so that its thread ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// One request a connection: simple, and fast enough on one machine.
fn serve(mut client: TcpStream, upstream: &str, rule: &Rule, seen: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    let mut length = 0;
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        if name == "content-length" {
            length = line.split(':').nth(1).and_then(|value| value.trim().parse().ok()).unwrap_or(0);
        }
        if name == "authorization" {
            authorization = line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default();
        }
        // Bodies must stay readable here, and the simulator must close to end its answer.
        if !["accept-encoding", "connection"].contains(&name.as_str()) {
            head.push(line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut first = head.first().cloned().unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let asked = Asked { method, path, body: String::from_utf8_lossy(&body).into_owned(), authorization };
    let verdict = rule(&asked);
    seen.lock().expect("no test thread panicked").push(asked);
    if let Verdict::Answer(status, text) = verdict {
        return answer(
            &mut client,
            &format!("HTTP/1.1 {status} Faulty\r\ncontent-type: application/json"),
            text.as_bytes(),
        );
    }
    let mut server = TcpStream::connect(upstream)?;
    first = head.join("\r\n");
    server.write_all(format!("{first}\r\nconnection: close\r\n\r\n").as_bytes())?;
    server.write_all(&body)?;
    let mut reply = Vec::new();
    server.read_to_end(&mut reply)?;
    let end = reply.windows(4).position(|window| window == b"\r\n\r\n").map_or(reply.len(), |at| at + 4);
    let changed = match verdict {
        Verdict::Change(change) => Some(change(serde_json::from_slice(&reply[end..]).unwrap_or_default()).to_string()),
        Verdict::Rewrite(rewrite) => Some(rewrite(&String::from_utf8_lossy(&reply[end..]))),
        Verdict::Pass | Verdict::Answer(..) => None,
    };
    match changed {
        Some(body) => {
            let head: Vec<String> = String::from_utf8_lossy(&reply[..end])
                .lines()
                .filter(|line| !line.is_empty() && !line.to_lowercase().starts_with("content-length"))
                .map(str::to_owned)
                .collect();
            answer(&mut client, &head.join("\r\n"), body.as_bytes())
        }
        None => {
            client.write_all(&reply)?;
            client.shutdown(Shutdown::Write)
        }
    }
}

fn answer(client: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    client.write_all(format!("{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes())?;
    client.write_all(body)?;
    client.shutdown(Shutdown::Write)
}
